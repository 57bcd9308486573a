#!/bin/sh
# What it costs to know protothreads without edits, for gcc and clang: the least of several runs. Prints the table and
# writes docs/bench-protothread.md.
#
#     sh bench/protothread.sh [RUNS]        default 7; RECOUNT_BUILD is the build tree, default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
recount=${RECOUNT_BUILD:-$root/build/release}/recount
runs=${1:-7}
document=${BENCH_DOCUMENT:-$root/docs/bench-protothread.md}
[ -x "$recount" ] || {
    echo "protothread.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() { # COMPILER: the least of each column
    RECOUNT_CC=$1 "$recount" cc -O2 "$root/bench/programs/protothread.c" -o "$work/program"
    for _ in $(seq "$runs"); do
        "$recount" record -o "$work/data" "$work/program" 2>"$work/err"
    done | awk -v name="$1" '
        { for (i = 1; i <= NF; i++) if (NR == 1 || $i < least[i]) least[i] = $i }
        END { printf "| %s |", name; for (i = 1; i <= 5; i++) printf " %.0f |", least[i]; print "" }'
}

{
    echo "# What protothreads cost"
    echo
    echo "Made by \`sh bench/protothread.sh\`. CPU nanoseconds an entry, the least of $runs runs. The first eight entries of a"
    echo "function that takes a number are beside those of one that takes a pointer and is on trial; then the same"
    echo "functions' further entries, which the fast path serves alike; last, a protothread's resume with its suspension."
    echo
    echo "| compiler | number, first 8 | pointer, first 8 | number, later | pointer, later | protothread |"
    echo "|---|--:|--:|--:|--:|--:|"
    for compiler in gcc clang; do
        command -v $compiler >/dev/null && row $compiler
    done
} | tee "$document"
