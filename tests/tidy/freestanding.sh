#!/bin/sh
# usage: freestanding.sh LIB...
# The forwarding core stands alone: all a library may want from outside is what the compiler itself
# calls for copying and comparing bytes.
set -eu
. "$(dirname "$0")/undefined.sh"

[ $# -gt 0 ] || { sed -n 2p "$0" >&2; exit 2; }
status=0
for library in "$@"; do
  wanted=$(undefined_in "$library" | grep -vxE 'mem(cpy|move|set|cmp)' || true)
  [ -z "$wanted" ] && continue
  printf '%s: wants %s\n' "$library" $wanted >&2
  status=1
done
exit $status
