#!/bin/sh
# filter.sh STATE FILTERED CHECK COMPILER FLAGS…: filter.c with its sleep_ functions asleep: they have no entries, what
# they call has the right callers, and all other counts are exact.
set -u
here=$(cd "$(dirname "$0")" && pwd)
state=$1 filtered=$2 check=$3 compiler=$4
shift 4
command -v "$compiler" >/dev/null || {
    echo "skipped: there is no $compiler"
    exit 77
}
recount=$RECOUNT_BUILD/recount
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
RECOUNT_CC=$compiler
export RECOUNT_CC
"$recount" cc "$@" "$here/filter.c" -o program -pthread 2>warnings || {
    cat warnings
    exit 1
}
library='' truth_of='s/^//'
case " $* " in
*" -static "*) truth_of='s/"part_leaf":{[^}]*}},//' ;; # it loads no library
*)
    library=$work/part.so
    "$recount" cc "$@" -shared -fPIC "$here/filter_part.c" -o "$library" 2>warnings || exit 1
    ;;
esac
# shellcheck disable=SC2046,SC2086
"$filtered" data $(for object in program $library; do nm "$object" | sed -n "s,^\([0-9a-f]*\) [tT] sleep_.*,$object:\1,p"; done) \
    -- ./program $library >said || {
    cat said
    exit 1
}
sed "$truth_of" said >truth
"$recount" report -i data --json >json || exit 1
"$check" truth json >checked
status=$?
grep '^wrong' checked || [ $status = 0 ] || cat checked
if grep -q '"name": *"sleep_' json; then
    grep '"name": *"sleep_' json
    status=1
fi
eval "$("$state" data)"
# Where a static program has no table of its functions, their ends are not known, and all of them leave early.
case " $* " in
*" -static "*) [ "$asleep" = 0 ] && [ "$hooks_left" -gt 1000 ] ;;
*) [ "$asleep" = 0 ] && [ "$sites_asleep" -ge 9 ] && [ "$sites_refused" = 0 ] && [ "$sites_unknown" = 0 ] ;;
esac || {
    "$state" data
    status=1
}
exit $status
