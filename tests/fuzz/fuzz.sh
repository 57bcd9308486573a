#!/bin/sh
# Feeds the reader with mutated profiles, guided by the code that they reach (libFuzzer, clang). What it begins with are
# recordings made now of a few programs. Not part of run.sh: it ends after SECONDS. Writes docs/fuzz.md.
#
#     sh tests/fuzz/fuzz.sh [SECONDS]       default 600; RECOUNT_BUILD is the build tree that has recount
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
recount=${RECOUNT_BUILD:-$root/build/release}/recount
seconds=${1:-600}
document=${FUZZ_DOCUMENT:-$root/docs/fuzz.md}
[ -x "$recount" ] || {
    echo "fuzz.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
tree=$root/build/fuzz
cmake -S "$root" -B "$tree" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
    -DRECOUNT_SANITIZE=fuzzer-no-link,address,undefined >"$tree.log" 2>&1 || { cat "$tree.log"; exit 1; }
cmake --build "$tree" --target fuzz_read >"$tree.log" 2>&1 || { cat "$tree.log"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/seeds" "$work/found"
for source in "$root"/tests/truth/plain.c "$root"/tests/truth/coro.c "$root"/tests/truth/forks.c \
    "$root"/tests/truth/fibers.c "$root"/tests/truth/pt_lines.c; do
    name=$(basename "$source" .c)
    RECOUNT_CC=gcc "$recount" cc -g -O1 "$source" -o "$work/$name" -pthread
    "$recount" record -o "$work/seeds/$name" "$work/$name" >/dev/null 2>&1
done
"$recount" record --twice -o "$work/seeds/twice" "$work/plain" >/dev/null 2>&1
"$recount" merge -o "$work/seeds/merged" "$work/seeds/plain" "$work/seeds/coro" >/dev/null 2>&1

status=0
(cd "$work/found" && "$tree/bin/fuzz_read" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=600000 \
    -print_final_stats=1 "$work/found" "$work/seeds") >"$work/log" 2>&1 || status=$?
if [ $status != 0 ]; then
    tail -n 60 "$work/log"
    kept=$(mktemp -d)
    cp "$work"/found/crash-* "$work"/found/timeout-* "$work"/found/oom-* "$kept" 2>/dev/null || :
    echo "fuzz.sh: failed; what it failed on is in $kept"
    exit 1
fi
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
covered=$(sed -nE 's/.*cov: ([0-9]+) .*/\1/p' "$work/log")
{
    cat <<END
# Hostile profiles

Written by \`sh tests/fuzz/fuzz.sh $seconds\` on $(date +%Y-%m-%d): $(nproc) cores (VM), Linux $(uname -r | cut -d- -f1),
$(clang --version | head -n 1), libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer.

$runs inputs, mutated from $(ls "$work/seeds" | wc -l) recordings, were loaded, and what loaded was modelled, explained and
rendered as table, tree, awaits, story and JSON: no crash, no leak, none that took longer than 20 s or 4 GB, and no refusal
without its one line. They reached $(echo "$covered" | tail -n 1) edges of the code, the recordings as they are
$(echo "$covered" | head -n 1).
END
} >"$document"
cat "$document"
