#!/bin/sh
# What the runtime shows to its host: held to symbols.exported. A new name there is a decision, not an accident. (What the
# runtime asks of others: gate.sh.)
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
exit $failed
