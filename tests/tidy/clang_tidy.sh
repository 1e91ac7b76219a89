#!/usr/bin/env bash
# usage: clang_tidy.sh [FOLDER...]
# clang-tidy of Debian 12 (.clang-tidy) over the folders that read foreign bytes; name others to see
# more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
(( $# )) || set -- vrouter-core control-core/bgp control-core/xmpp
find "$@" -name '*.cc' | sort | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- -std=c++20 -I. 2>/dev/null
echo "clang-tidy has nothing to say of $*"
