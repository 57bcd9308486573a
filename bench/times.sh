#!/bin/sh
# Four programs of which it is known what part of the running time one function takes, under every profiler: by how much
# the share that each reports is off. Writes docs/bench-times.md.
#
#     sh bench/times.sh [ROUNDS]        default 5; RECOUNT_BUILD is the build tree, default build/release
#
# BENCH_DOCUMENT is the document. Needs python3 and perf; uftrace, gprof, clang and llvm-xray where they are there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
for command in python3 perf; do
    command -v $command >/dev/null || {
        echo "times.sh: there is no $command; apt-get install python3 linux-perf"
        exit 1
    }
done
[ -x "$build/recount" ] || {
    echo "times.sh: there is no $build/recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
PYTHONDONTWRITEBYTECODE=1 exec python3 "$root/bench/times.py" "$root" "$build/recount" \
    "${BENCH_DOCUMENT:-$root/docs/bench-times.md}" "${1:-5}"
