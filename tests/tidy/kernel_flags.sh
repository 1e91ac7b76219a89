#!/bin/bash
# usage: kernel_flags.sh [COMPILER]
# Compiles every source of the forwarding core as a Linux 6.1 x86-64 module would (g++ only) and
# holds the symbols it wants against what that kernel exports.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/tidy/undefined.sh"
compiler=${1:-g++}
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# kbuild's flags without those for C and for kernel headers, and what keeps C++ without a run time.
flags=(
  -std=c++20 -O2 -Wall -Wextra -Werror -Wframe-larger-than=2048
  -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit -fno-unwind-tables
  -fno-asynchronous-unwind-tables -fno-gnu-unique -nostdlib
  -mno-sse -mno-mmx -mno-sse2 -mno-3dnow -mno-avx -mno-80387 -mno-fp-ret-in-387 -mno-red-zone
  -mcmodel=kernel -mpreferred-stack-boundary=3 -mskip-rax-setup -fcf-protection=none
  -mindirect-branch=thunk-extern -mindirect-branch-register -mindirect-branch-cs-prefix
  -mfunction-return=thunk-extern -fno-jump-tables -mharden-sls=all -fstack-protector-strong
  -ftrivial-auto-var-init=zero -fno-PIE -fno-strict-aliasing -fno-strict-overflow
  -fno-delete-null-pointer-checks -fconserve-stack
)
allowed='mem(cpy|move|set|cmp)|__stack_chk_fail|__x86_indirect_thunk_r[a-z0-9]+|__x86_return_thunk'

cd "$root"
find vrouter-core -name '*.cc' | sort | while read -r source; do
  "$compiler" "${flags[@]}" -I . -c "$source" -o "$objects/${source//\//.}.o"
done
count=$(find "$objects" -name '*.o' | wc -l)
[ "$count" -gt 0 ] || { echo "no source found" >&2; exit 1; }

wanted=$(undefined_in "$objects"/*.o | grep -vxE "$allowed" || true)
if [ -n "$wanted" ]; then
  printf 'wants %s, which the kernel does not export\n' $wanted >&2
  exit 1
fi
started=$(nm -f posix "$objects"/*.o | grep -E '_GLOBAL__sub_I' || true)
[ -z "$started" ] || { echo "static constructors do not run in the kernel: $started" >&2; exit 1; }
echo "$count sources compile for the kernel and want nothing it lacks"
