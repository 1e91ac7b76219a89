#!/usr/bin/env bash
# usage: headers.sh COMPILER
# Each header of the product compiles alone: what it uses, it includes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
compiler=${1:?the compiler}
cd "$root"
mapfile -t headers < <(find vrouter-core control-core recording pcap-replay scenarios sim netns-lab cli -name '*.h' | sort)
(( ${#headers[@]} )) || { echo "no header found" >&2; exit 1; }
printf '%s\n' "${headers[@]}" |
  xargs -P "$(nproc)" -I{} "$compiler" -std=c++20 -fsyntax-only -x c++ -I. -include {} /dev/null
echo "${#headers[@]} headers compile alone"
