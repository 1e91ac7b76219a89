# Sourced. undefined_in FILE...: the symbols which these objects or libraries use and none of them
# defines, one a line. Weak symbols count as defined: each object carries its own.
undefined_in() {
  nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u >"${TMPDIR:-/tmp}/defined.$$"
  nm --undefined-only "$@" | awk 'NF == 2 { print $2 }' | sort -u |
    comm -23 - "${TMPDIR:-/tmp}/defined.$$"
  rm -f "${TMPDIR:-/tmp}/defined.$$"
}
