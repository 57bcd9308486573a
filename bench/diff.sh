#!/bin/sh
# Does recount diff say "changed" of twice the same program, and does it find what was planted as often as it says it
# would? Records a program and its slower variants in turn, and compares 100 pairs of sides of each. Writes
# docs/bench-diff.md.
#
#     sh bench/diff.sh [ROUNDS]        default 40, at least 5, each of six recordings; RECOUNT_BUILD is the build tree
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
rounds=${1:-40}
document=${BENCH_DOCUMENT:-$root/docs/bench-diff.md}
[ -x "$build/recount" ] || {
    echo "diff.sh: there is no $build/recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RECOUNT_CC=gcc "$build/recount" cc -g -O2 "$root/bench/programs/planted.c" -o "$work/planted"
load=$(cut -d ' ' -f 1-3 /proc/loadavg)

record() { # NAME ROUND [PERCENT [CALLS]]
    name=$1 round=$2
    shift 2
    (cd "$work" && "$build/recount" record -F 4000 -o "$name.$round" ./planted 700 "$@" 2>err) || {
        cat "$work/err"
        exit 1
    }
}

for round in $(seq "$rounds"); do
    record base "$round"
    record three "$round" 3
    record ten "$round" 10
    record again "$round"
    record fifty "$round" 50
    record calls "$round" 0 1
done

{
    cat <<END
# Diffs of the same, and of what was planted

Written by \`sh bench/diff.sh $rounds\` on $(date +%Y-%m-%d): $(nproc) cores (VM), Linux $(uname -r | cut -d- -f1), $(gcc --version | head -n 1), -O2.
The machine's load average was $load when it began: others worked on it.

END
    python3 "$root/bench/diff.py" "$build/recount" "$work" "$rounds"
} >"$work/document"
mv "$work/document" "$document"
cat "$document"
