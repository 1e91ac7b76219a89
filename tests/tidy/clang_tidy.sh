#!/usr/bin/env bash
# usage: clang_tidy.sh BUILD [FOLDER...]
# clang-tidy of Debian 12 (.clang-tidy) over the folders that read foreign bytes; name others to see
# more. BUILD holds compile_commands.json.
set -euo pipefail
build=$(realpath "${1:?the build folder}"); shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
(( $# )) || set -- vrouter-core control-core/bgp control-core/xmpp
find "$@" -name '*.cc' | sort | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet 2>/dev/null
echo "clang-tidy has nothing to say of $*"
