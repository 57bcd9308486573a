#!/bin/sh
# The numbers in the source that were measured: measures them again on this machine, and writes both side by side to
# docs/bench-constants.md. Takes some four minutes.
#
#     sh bench/constants.sh [ROUNDS [RECORDINGS]]      default 5 and 14; RECOUNT_BUILD is the build tree, default
#                                                      build/release
#
# BENCH_DOCUMENT is the document. Needs python3, gcc and clang.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
command -v python3 >/dev/null || {
    echo "constants.sh: there is no python3; apt-get install python3"
    exit 1
}
[ -x "$build/recount" ] || {
    echo "constants.sh: there is no $build/recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
PYTHONDONTWRITEBYTECODE=1 exec python3 "$root/bench/constants.py" "$root" "$build/recount" \
    "${BENCH_DOCUMENT:-$root/docs/bench-constants.md}" "${1:-5}" "${2:-14}"
