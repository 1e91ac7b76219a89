#!/usr/bin/env bash
# What the kernel would never run does not link into the module (netns-lab/kernel/cxx.lds).
set -euo pipefail
script=$(cd "$(dirname "$0")/../.." && pwd)/netns-lab/kernel/cxx.lds
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

links() {  # C++: whether it links
  echo "$1" | g++ -std=c++20 -O2 -fno-exceptions -fno-use-cxa-atexit -c -x c++ -o "$folder/one.o" -
  ld -r --force-group-allocation -T "$script" -o "$folder/all.o" "$folder/one.o" 2>"$folder/said"
}
refused() {  # REASON C++
  ! links "$2" || { echo "linked: $2" >&2; exit 1; }
  grep -q "$1" "$folder/said" || { cat "$folder/said" >&2; exit 1; }
}

links 'constinit int n = 1; int f() { return ++n; }' || { cat "$folder/said" >&2; exit 1; }
refused 'make it constinit' 'int f(); int n = f();'
refused 'no thread_local' 'thread_local int n = 1; int* f() { return &n; }'
