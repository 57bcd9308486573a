#!/bin/sh
# Many tasks alive at once, switched many times, on one thread and on two: what recount costs, in time and in memory, and
# whether its counts are right. Writes docs/bench-scale.md.
#
#     sh bench/scale.sh [-r ROUNDS] [-t SECONDS] [TASKS [SWITCHES [STYLE…]]]
#
# default: 100000 tasks, 10000000 switches, all styles (coro coroutine ucontext asm), 3 rounds, 120 s a run. RECOUNT_BUILD
# is the build tree, default build/release; BENCH_DOCUMENT the document. Needs python3.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
command -v python3 >/dev/null || {
    echo "scale.sh: there is no python3; apt-get install python3"
    exit 1
}
for file in "$build/recount" "$build/bin/truth-check"; do
    [ -x "$file" ] || {
        echo "scale.sh: there is no $file; cmake --preset release && cmake --build --preset release"
        exit 1
    }
done
PYTHONDONTWRITEBYTECODE=1 exec python3 "$root/bench/scale.py" "$root" "$build" \
    "${BENCH_DOCUMENT:-$root/docs/bench-scale.md}" "$@"
