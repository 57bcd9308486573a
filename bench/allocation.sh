#!/bin/sh
# What operator new costs when it passes through the preloaded runtime: one program, alone and recorded, in turn.
# Prints the table and writes docs/bench-allocation.md.
#
#     sh bench/allocation.sh [ROUNDS]        default 9; RECOUNT_BUILD is the build tree, default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
recount=${RECOUNT_BUILD:-$root/build/release}/recount
rounds=${1:-9}
document=${BENCH_DOCUMENT:-$root/docs/bench-allocation.md}
count=10000000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$recount" c++ -O2 "$root/bench/programs/allocate.cpp" -o "$work/allocate"

for _ in $(seq "$rounds"); do
    "$work/allocate" $count >>"$work/alone"
    "$recount" record -o "$work/data" "$work/allocate" $count >>"$work/recorded" 2>/dev/null
done
median() { sort -g "$1" | sed -n "$(((rounds + 1) / 2))p"; }
least() { sort -g "$1" | head -n 1; }
{
    echo "# What an allocation costs"
    echo
    echo "Written by \`sh bench/allocation.sh $rounds\` on $(date +%F): $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(c++ --version | head -n 1)."
    echo
    echo "\`new long\` and \`delete\`, $count times at one place that makes no coroutine frames; CPU time of the thread. Under"
    echo "\`recount record\` operator new passes through the preloaded runtime, which looks the place up and finds it plain."
    echo
    echo "| | ns, median of $rounds | least |"
    echo "|---|--:|--:|"
    echo "| alone | $(median "$work/alone") | $(least "$work/alone") |"
    echo "| recorded | $(median "$work/recorded") | $(least "$work/recorded") |"
} | tee "$document"
