#!/bin/sh
# What it takes to read a big profile: seconds and peak memory of each report, at several sizes. Prints the tables and
# writes docs/bench-reader.md.
#
#     sh bench/reader.sh [ROUNDS [CONTEXTS…]]     default: 3 rounds; 100000, 1000000 and 3000000 contexts
#
# As many samples as contexts, at most the 1048576 that a recording keeps. RECOUNT_BUILD is the build tree, default
# build/release; BENCH_DOCUMENT the document. Needs GNU time.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
recount=${RECOUNT_BUILD:-$root/build/release}/recount
rounds=${1:-3}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 100000 1000000 3000000
document=${BENCH_DOCUMENT:-$root/docs/bench-reader.md}
kept=1048576
[ -x "$recount" ] || {
    echo "reader.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
[ -x /usr/bin/time ] || {
    echo "reader.sh: there is no /usr/bin/time; apt-get install time"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_profile() { # CONTEXTS [shuffled]: prints what is in it
    "$recount" record --max-size 4G -o "$work/recorded" "$work/reader" "$1" >"$work/out" 2>&1 || {
        cat "$work/out" >&2
        exit 1
    }
    "$work/reader_samples" "$work/recorded" "$work/profile" $(($1 < kept ? $1 : kept)) ${2:-}
    rm -f "$work/recorded"
}

# The best of the rounds: what else the machine does can only add to it.
row() { # NAME COMMAND…
    name=$1
    shift
    for _ in $(seq "$rounds"); do
        /usr/bin/time -a -o "$work/times" -f "%e %U %S %M" "$recount" "$@" -i "$work/profile" >"$work/output"
    done
    awk -v name="$name" -v bytes="$(wc -c <"$work/output")" '
        { for (i = 1; i <= 4; i++) if (NR == 1 || $i < least[i]) least[i] = $i }
        { cpu = $2 + $3; if (NR == 1 || cpu < least[5]) least[5] = cpu }
        END { printf "| %s | %.2f | %.2f | %.0f | %.1f |\n", name, least[1], least[5], least[4] / 1024, bytes / 1e6 }
    ' "$work/times"
    rm "$work/times"
}

table() { # CONTEXTS [shuffled]
    make_profile "$@" >"$work/counts"
    echo
    echo "## $(cat "$work/counts")${2:+, $2}"
    echo
    echo "The file has $(($(wc -c <"$work/profile") / 1000000)) MB."
    echo
    echo "| command | seconds | CPU seconds | peak MB | output, MB |"
    echo "|---|--:|--:|--:|--:|"
    row "report" report
    row "report --json" report --json
    row "explain function_a001" explain function_a001
    row "report --awaits" report --awaits
    row "report --tree" report --tree
    row "report --tree --json" report --tree --json
    row "export --to folded" export --to folded
    row "export --to speedscope" export --to speedscope
}

"$recount" cc -O1 -g -std=gnu17 "$root/bench/programs/reader.c" -o "$work/reader"
cc -O2 -std=gnu17 -I "$root" "$root/bench/programs/reader_samples.c" -o "$work/reader_samples"
{
    echo "# Reading big profiles"
    echo
    echo "Written by \`sh bench/reader.sh $rounds $*\` on $(date -u +%Y-%m-%d):"
    echo "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs, Linux $(uname -r | cut -d- -f1),"
    echo "load average $(cut -d' ' -f1-3 /proc/loadavg) when it began: other work on the machine is in the seconds."
    echo
    echo "A program of 2000 functions that call each other at random, some dozens of calls deep, recorded; its samples were"
    echo "replaced by as many as contexts (at most the $kept that a recording keeps), each with a native stack, from about"
    echo "where the program was in its run; shuffled, from anywhere, so that hardly a stack has to do with the one before,"
    echo "which no program does. Each figure is the least of $rounds rounds, memory the peak of what was resident, and the"
    echo "output goes to a file."
    for contexts; do table "$contexts"; done
    [ $# -lt 2 ] || table "$2" shuffled
} | tee "$document"
