#!/bin/sh
# writable.sh STATE COMPILER: writable.c may still write its code when its hooks slept, and they did.
set -u
here=$(cd "$(dirname "$0")" && pwd)
state=$1 compiler=$2
command -v "$compiler" >/dev/null || {
    echo "skipped: there is no $compiler"
    exit 77
}
recount=$RECOUNT_BUILD/recount
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
RECOUNT_CC=$compiler "$recount" cc -O2 "$here/writable.c" -o program 2>warnings || {
    cat warnings
    exit 1
}
"$recount" record --twice -o data -- ./program >said 2>err
status=$?
[ $status = 0 ] && [ "$(cat said)" = "10
10" ] && eval "$("$state" data.asleep)" && [ "$sites_asleep" -ge 3 ] && exit 0
echo "exit status $status; it said:"
cat said err
"$state" data.asleep
exit 1
