#!/bin/sh
# A recorded program is killed with kill -9 at random moments, every fourth time without the launcher. Each profile must
# load, each ledger close, and the counts be those that the program kept itself in a file that the kill does not reach.
set -eu
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
bin=$RECOUNT_BUILD/bin
times=${KILL9_TIMES:-100}
seed=${KILL9_SEED:-$(date +%s)}
echo "seed: KILL9_SEED=$seed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$recount" cc -std=gnu17 -D_GNU_SOURCE -O2 -g -I"$RECOUNT_SOURCE/include" "$here/programs/kill9.c" -o kill9 -lpthread
awk -v seed="$seed" -v times="$times" \
    'BEGIN { srand(seed); for (i = 1; i <= times; i++) print i, int(rand() ^ 2 * 200000) }' >moments

fail() {
    echo "run $run, killed after $delay us: $*"
    exit 1
}

: >entries
while read -r run delay; do
    rm -rf profile.data counters
    status=0
    if [ $((run % 4)) = 0 ]; then
        RECOUNT=profile.data "$bin/kill9-kill" counters "$delay" ./kill9 counters >log 2>&1 || status=$?
    else
        "$bin/kill9-kill" counters "$delay" "$recount" record -o profile.data -- ./kill9 counters >log 2>&1 || status=$?
    fi
    [ "$status" = 137 ] || fail "exit status $status instead of 137: $(cat log)"
    "$recount" report -i profile.data --json >report.json 2>log || fail "the profile does not load: $(cat log)"
    "$bin/kill9-check" report.json counters >verdict || fail "$(cat verdict)"
    cat verdict >>entries
    [ $((run % 10)) != 1 ] || [ "$(cat verdict)" = 0 ] || "$recount" explain -i profile.data leaf >explained 2>log ||
        fail "recount explain: $(cat log)"
done <moments
sort -n entries | awk '
    { value[NR] = $1 }
    END {
        printf "%d kills, %d of them before the first entry, ", NR, none()
        printf "between %d and %d entries each; ", value[1], value[NR]
        print "every profile loads, every ledger closes"
    }
    function none(  i, n) { for (i = 1; i <= NR; i++) n += value[i] == 0; return n }'
[ "$(sort -n entries | tail -n 1)" -gt 100000 ]
