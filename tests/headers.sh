#!/bin/sh
# The public headers compile alone, pedantic, in C and in C++, with every compiler that is there.
set -u
cd "$(dirname "$0")/../include" || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# try COMPILER LANGUAGE STANDARD HEADER
try() {
    command -v "$1" >/dev/null || return
    echo "#include <$4>" >"$work/alone.$2"
    "$1" -std="$3" -Wall -Wextra -Wpedantic -Werror -I. -c "$work/alone.$2" -o "$work/alone.o" ||
        { echo "$4 does not compile alone: $1 -std=$3"; failed=1; }
}

for header in recount/*.h recount/pt/*.h; do
    for standard in c11 c17; do
        try gcc c $standard "$header"
        try clang c $standard "$header"
    done
    # coro.h is for C: from C++20 on co_await is a keyword.
    [ $header = recount/coro.h ] && standards=c++17 || standards="c++17 c++20"
    for standard in $standards; do
        try g++ cc $standard "$header"
        try clang++ cc $standard "$header"
    done
done
exit $failed
