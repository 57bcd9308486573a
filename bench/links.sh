#!/bin/sh
# What a linked registration and a linked callback cost: the same instrumented program without a recording and with one,
# in turn. Prints the table and writes docs/bench-links.md.
#
#     sh bench/links.sh [ROUNDS]        default 7; RECOUNT_BUILD is the build tree, default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
recount=$build/recount
rounds=${1:-7}
document=${BENCH_DOCUMENT:-$root/docs/bench-links.md}
[ -x "$recount" ] || {
    echo "links.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck disable=SC2046
RECOUNT_CC=gcc "$recount" cc -O2 "$root/bench/programs/links.c" -o links $(pkg-config --cflags --libs libuv libevent glib-2.0)

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

row() { # WHAT COUNT TEXT
    : >without
    : >with
    for _ in $(seq "$rounds"); do
        ./links "$1" "$2" >>without
        "$recount" record -o data ./links "$1" "$2" >>with 2>err
    done
    a=$(median without) b=$(median with)
    echo "| $3 | $a | $b | $((b - a)) |"
}

{
    cat <<END
# What a linked callback costs

Written by \`sh bench/links.sh $rounds\` on $(date +%Y-%m-%d): $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) CPUs,
Linux $(uname -r | cut -d- -f1), $(gcc --version | head -n 1), -O2. CPU time of the thread, the median of $rounds rounds; the machine's
load average was $(cut -d ' ' -f 1-3 /proc/loadavg) when it began. The program is instrumented in both columns: the difference
holds the hooks of the callback as well.

| what | ns, not recorded | ns, recorded | ns more |
|---|--:|--:|--:|
END
    row uv-register 2000000 "a registration: \`uv_timer_start\` of one timer"
    row event-register 2000000 "a registration: \`event_add\` of one event"
    row uv-callback 2000000 "a callback: an idle handle's"
    row uv-chain 1000000 "both: a timer's callback that starts the timer again"
    row glib-chain 500000 "both: \`g_idle_add\` and its callback"
} | tee "$document"
