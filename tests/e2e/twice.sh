#!/bin/sh
# twice.sh TWICE-CHECK: counts of a run awake and times of a run asleep, of a program that knows both.
set -u
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
mkdir plain
failed=0

# hold DATA TRUTH POINTS
hold() {
    "$recount" report -i "$1" --json >report.json && "$check" report.json "$2" "$3" || failed=1
}

"$recount" cc -O2 -g "$here/programs/twice.c" -o program || exit 2
cc -O2 -g "$here/programs/twice.c" -o plain/program || exit 2

# A pair made by hand: the second run is of a build without hooks, from another place. What it printed is the truth.
"$recount" record -o hand ./program >/dev/null || exit 2
"$recount" record -o hand.asleep plain/program >truth 2>/dev/null || exit 2
printf '\007\0\0\0\0\0\0\0' | tee mark | dd of=hand bs=1 seek=80 conv=notrunc status=none
cat mark | dd of=hand.asleep bs=1 seek=80 conv=notrunc status=none
printf '\001' | dd of=hand.asleep bs=1 seek=88 conv=notrunc status=none
echo "by hand:"
hold hand truth 0

# What the second run printed last is the truth of the very run that was sampled. A run of the build without hooks is
# another run, and a machine is not as fast at one time as at another: 2 points for that.
"$recount" record --twice -o twice ./program >both || exit 2
tail -n "$(wc -l <truth)" both >asleep
echo "with sleeping hooks, against themselves:"
hold twice asleep 0
echo "against the build without hooks:"
hold twice truth 2

exit $failed
