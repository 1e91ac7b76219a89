#!/usr/bin/env bash
# Each header compiles alone: what it uses, it includes. Arguments: compiler, header...
set -u
compiler=$1; shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
check() {
  "$1" -std=c++20 -fsyntax-only -x c++ -I"$2" -include "$2/$3" /dev/null 2>&1 | sed "s|^|$3: |"
  return "${PIPESTATUS[0]}"
}
export -f check
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'check "$0" "$1" "$2" || echo "FAILED $2"' "$compiler" "$root" {} |
  tee /dev/stderr 2>&1 | grep -q FAILED && exit 1
echo "$# headers compile alone"
