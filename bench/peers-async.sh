#!/bin/sh
# The async truth programs through uftrace, gprof, callgrind, XRay, perf and recount, side by side: what each says of how
# often a function was called, by whom, and how long it waited, held against what the program printed of itself in
# that very run. Writes docs/peers-async.md.
#
#     sh bench/peers-async.sh [PROGRAM…]    default: tests/truth/*.c and *.cpp that wait for something
#
# RECOUNT_BUILD is the build tree, default build/release; BENCH_DOCUMENT the document. Needs python3; a peer that is not
# there is left out and named (Debian: uftrace binutils valgrind clang llvm linux-perf).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
command -v python3 >/dev/null || {
    echo "peers-async.sh: there is no python3; apt-get install python3"
    exit 1
}
[ -x "$build/recount" ] || {
    echo "peers-async.sh: there is no $build/recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
PYTHONDONTWRITEBYTECODE=1 exec python3 "$root/bench/peers/side_by_side.py" "$root" "$build/recount" \
    "${BENCH_DOCUMENT:-$root/docs/peers-async.md}" "$@"
