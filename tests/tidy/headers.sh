#!/usr/bin/env bash
# usage: headers.sh COMPILER
# Each header of the product compiles alone: what it uses, it includes. One that a source includes
# before anything else has been compiled alone with that source, and is left out here, as is the
# kernel module's own header, which is C.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
compiler=${1:?the compiler}
cd "$root"
folders=(vrouter-core control-core recording pcap-replay scenarios sim netns-lab cli)

first_includes() {
  find "${folders[@]}" -name '*.cc' -exec awk '
    FNR == 1 { seen = 0 }
    !seen && /^#include/ { seen = 1; if ($2 ~ /^"/) print substr($2, 2, length($2) - 2) }' {} +
}

mapfile -t headers < <(comm -23 <(find "${folders[@]}" -name '*.h' -not -path netns-lab/kernel/glue.h | sort) <(first_includes | sort -u))
(( ${#headers[@]} )) || { echo "no header found" >&2; exit 1; }
printf '%s\n' "${headers[@]}" |
  xargs -P "$(nproc)" -I{} "$compiler" -std=c++20 -fsyntax-only -x c++ -I. -include {} /dev/null
echo "${#headers[@]} headers compile alone; the others do as the first of a source"
