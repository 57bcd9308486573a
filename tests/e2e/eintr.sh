#!/bin/sh
# No system call of a recorded program fails with EINTR because of the sampler, and the sampler still takes its samples:
# a program that sleeps in five ways between bursts of work, with the flag and without, on one thread and on four.
set -eu
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
check=$RECOUNT_BUILD/bin/eintr-check
calls=${EINTR_CALLS:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

flags='-std=gnu17 -D_GNU_SOURCE -O2 -g'
"$recount" cc $flags "$here/programs/eintr.c" -o flag -lpthread
${RECOUNT_CC:-cc} $flags "$here/programs/eintr.c" -o plain -lpthread

./plain 2 20 tick >control.json
if "$check" control.json >control.txt || grep -q ' 0 of' control.txt; then
    echo "the control is broken, not every kind of call was interrupted: $(cat control.txt)"
    exit 1
fi

status=0
for build in flag plain; do
    for threads in 1 4; do
        rm -f eintr.data
        "$recount" record -F 1000 -o eintr.data -- "./$build" "$threads" "$calls" >program.json
        "$recount" report -i eintr.data --json >report.json
        verdict=$("$check" program.json report.json 950) || status=1
        echo "$build, $threads threads: $verdict"
    done
done
exit $status
