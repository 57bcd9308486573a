#!/bin/sh
# What the runtime shows to its host and asks of it: both lists are held to what is written in symbols.exported and
# symbols.allowed. A new name there is a decision, not an accident: malloc and stdio stay out of all of it, and locks out of
# what hooks can reach.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${RECOUNT_BUILD:?the build tree}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# only LIST WHAT: every name on standard input stands in the list
only() {
    grep -vxF -f "$here/$1" >"$work/more" || return 0
    echo "$2 what tests/$1 does not name:"
    sed 's/^/    /' "$work/more"
    failed=1
}

nm -D --defined-only "$build/librecount.so" | awk '{ print $3 }' | sort -u >"$work/exported"
[ -s "$work/exported" ] || { echo "librecount.so exports nothing"; exit 1; }
only symbols.exported "librecount.so exports" <"$work/exported"

nm -u "$build/librecount.a" 2>/dev/null | awk 'NF == 2 { print $2 }' | sort -u >"$work/needed"
[ -s "$work/needed" ] || { echo "librecount.a needs nothing"; exit 1; }
only symbols.allowed "librecount.a needs" <"$work/needed"

# ban WHAT EXPRESSION FILE: no name in the file matches
ban() {
    grep -xE "$2" "$3" >"$work/banned" || return 0
    echo "$1 uses:"
    sed 's/^/    /' "$work/banned"
    failed=1
}

ban "the runtime" '(m|c|re)alloc|free|.*printf.*|f?puts|fopen|fwrite|_?exit|abort|dlopen|setenv' "$work/needed"
nm -u "$build"/instrument/CMakeFiles/recount_instrument.dir/*.o | awk 'NF == 2 { print $2 }' | sort -u >"$work/tracer"
[ -s "$work/tracer" ] || { echo "the tracer's objects were not found"; exit 1; }
ban "the tracer" 'pthread_(mutex|cond|rwlock|spin)_.*|sem_.*' "$work/tracer"
exit $failed
