#!/bin/sh
# usage: prefetch.sh LIB
# Packets of a batch ask for the lines of the tables they will read. GCC once took the functions that
# do so for functions without effect, and left out all but a few of their calls
# (vrouter-core/base/prefetch.h); nothing but speed tells. So: each kind of table is asked for.
set -eu

[ $# -eq 1 ] || { sed -n 2p "$0" >&2; exit 2; }
asked=$(objdump -d --no-show-raw-insn "$1" | grep -c prefetch || true)
[ "$asked" -ge 20 ] && exit 0
echo "$1: $asked prefetch instructions; flows, entries of flows, MACs and routes of two families want 20" >&2
exit 1
