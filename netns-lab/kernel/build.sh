#!/usr/bin/env bash
# usage: build.sh OUT [RELEASE]
# Builds vrouter.ko in the folder OUT for the kernel RELEASE (default: the newest one whose headers
# are installed, the cloud flavour first) and prints its path. Nothing is written beside the sources.
# A warning of the compiler (of those of W=1, too), of objtool or, if it is there, of sparse, and a
# symbol the kernel lacks for C++, is an error.
# TFLAB_KERNEL_HEADERS names the headers' folder where they are elsewhere.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
(( $# )) || { sed -n 2,7p "$0" >&2; exit 2; }
out=$1

headers=${TFLAB_KERNEL_HEADERS:-}
if [[ ! $headers && ${2:-} ]]; then
  headers=/usr/src/linux-headers-$2
else
  for flavour in cloud-amd64 amd64; do
    [[ $headers ]] || headers=$(ls -d /usr/src/linux-headers-*-$flavour 2>/dev/null | sort -V | tail -1 || true)
  done
fi
[[ -f $headers/Makefile ]] ||
  { echo "vrouter.ko: no kernel headers${2:+ for $2} (Debian package linux-headers-${2:-amd64})" >&2; exit 4; }

mkdir -p "$out"
ln -sfn "$root" "$out/tree"
for file in Kbuild cxx.mk cxx.lds module.c instance.c ports.c family.c; do
  ln -sfn "$here/$file" "$out/$file"
done

log=$out/build.log
export KBUILD_EXTRA_WARN=1
sparse=$(command -v sparse >/dev/null && echo C=1 || true)
make $sparse --no-print-directory -k -C "$headers" M="$(cd "$out" && pwd)" -j"${TFLAB_JOBS:-$(nproc)}" modules >"$log" 2>&1 ||
  { tail -40 "$log" >&2; exit 70; }
if grep -E 'warning:|objtool:' "$log" >&2; then exit 70; fi

wanted=$(nm --undefined-only "$out/cxxall.o" | awk '{ print $2 }' | sort -u |
  comm -23 - <(grep -E '^[a-z_]' "$here/allowlist.txt" | sort))
[[ ! $wanted ]] || { printf 'vrouter.ko: C++ wants %s, which the kernel lacks\n' $wanted >&2; exit 70; }

# Without debug information it is a fiftieth of the size; $out/vrouter.ko keeps it.
mkdir -p "$out/lab"
strip --strip-debug -o "$out/lab/vrouter.ko" "$out/vrouter.ko"
echo "$out/lab/vrouter.ko"
