#!/bin/sh
# host.sh: each case of host.c, plain and recorded: the same words, the same exit status, and a profile that loads.
set -u
here=$(cd "$(dirname "$0")" && pwd)
recount=$RECOUNT_BUILD/recount
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    $compiler -D_GNU_SOURCE -O1 "$here/host.c" -o plain -pthread || exit 1
    RECOUNT_CC=$compiler "$recount" cc -D_GNU_SOURCE -O1 "$here/host.c" -o hooked -pthread || exit 1
    for name in $(./plain); do
        timeout 30 ./plain "$name" >expected 2>&1
        expected=$?
        timeout 60 "$recount" record -o data -- ./hooked "$name" >said 2>err
        status=$?
        cmp -s expected said && [ $status = $expected ] && "$recount" report -i data --json >json && continue
        echo "$compiler, $name: exit status $status, not $expected; it said:"
        cat said err
        failed=1
    done
done
exit $failed
