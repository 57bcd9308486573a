#!/bin/sh
# The oracle against calls counted by hand, and the comparer against reports that are right and wrong.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

${RECOUNT_CC:-cc} -finstrument-functions -g -c "$here/known.c" -o first.o
${RECOUNT_CC:-cc} -finstrument-functions -g -DSECOND -c "$here/known.c" -o second.o
${RECOUNT_CC:-cc} first.o second.o "$RECOUNT_BUILD/oracle/liboracle.a" -lpthread -o known
ORACLE_OUT=dump ./known
# Preloaded, it counts what was only built with the flag.
${RECOUNT_CC:-cc} first.o second.o -lpthread -o unlinked
ORACLE_OUT=preloaded LD_PRELOAD=$RECOUNT_BUILD/oracle/liboracle.so ./unlinked
[ "$(awk '{ print $1 }' dump | sort)" = "$(awk '{ print $1 }' preloaded | sort)" ] || {
    echo 'linked and preloaded, the oracle counts differently'
    exit 1
}

# report MAIN FIRST SAME: a report with these counts
report() {
    printf '{"functions":[{"name":"main","object":"/x/known","entries":%s},' "$1"
    printf '{"name":"thread","object":"/x/known","entries":1},{"name":"second_half","object":"/x/known","entries":1},'
    printf '{"name":"sampled_only","object":"libc.so.6","entries":0},'
    printf '{"name":"first_half","object":"/x/known","entries":%s},' "$2"
    printf '{"name":"same_name","object":"/x/known","file":"a","entries":50},'
    printf '{"name":"same_name","object":"/x/known","file":"b","entries":%s}]}' "$3"
}

# expect STATUS TEXT: compares `report.json` and looks at the verdict
expect() {
    status=0
    "$RECOUNT_BUILD/bin/oracle-compare" dump report.json >out || status=$?
    if [ "$status" != "$1" ] || ! grep -qF "$2" out; then
        echo "expected status $1 and '$2', got status $status and:"
        cat out
        exit 1
    fi
}

report 1 2 200000 >report.json
expect 0 '5 functions, 200055 entries compared; 0 functions differ'
report 1 3 200000 >report.json
expect 1 'differs: known first_half: oracle 2, recount 3'
report 1 2 199999 >report.json
expect 1 'differs: known same_name: oracle 200050, recount 200049'
report 0 2 200000 >report.json
expect 1 'differs: known main: oracle 1, recount 0'
report 1 2 200000 | sed 's/first_half/never_called/' >report.json
expect 1 'differs: known never_called: oracle 0, recount 2'
echo 'the oracle counts as a hand does, and the comparer sees one entry too few or too many'
