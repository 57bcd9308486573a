#!/bin/sh
# The share of the time that a short function takes, in a single run, against the truth: with each compiler.
#
#     times.sh TIMES-CHECK
set -eu
check=$1
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    RECOUNT_CC=$compiler "$recount" cc -O2 -g "$here/programs/times.c" -o times
    "$recount" record -F 4000 -o times.data ./times >/dev/null 2>said || {
        cat said
        exit 1
    }
    "$recount" report -i times.data --json >report
    printf '%s: ' $compiler
    "$check" report
done
