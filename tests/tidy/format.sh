#!/usr/bin/env bash
# Every source file is as clang-format of Debian 12 leaves it (.clang-format). `format.sh --fix` makes it so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mode=(--dry-run --Werror)
[[ ${1:-} == --fix ]] && mode=(-i)
find vrouter-core control-core recording pcap-replay scenarios sim netns-lab cli tests -name '*.h' -o -name '*.cc' -o -name '*.c' | sort |
  xargs clang-format "${mode[@]}"
