#!/bin/sh
# truths.sh STATE COMPILER FLAGS…: the programs of tests/truth, which count for themselves, recorded twice: awake and
# asleep they count the same and end the same, and nothing is counted by the hooks that sleep.
set -u
here=$(cd "$(dirname "$0")" && pwd)
truth=$here/../truth
state=$1 compiler=$2
shift 2
command -v "$compiler" >/dev/null || {
    echo "skipped: there is no $compiler"
    exit 77
}
recount=$RECOUNT_BUILD/recount
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
RECOUNT_CC=$compiler RECOUNT_CXX=$compiler
export RECOUNT_CC RECOUNT_CXX

c="plain nested inlined tail cancel forks spawn reload coro fibers fibers_sjlj fibers_asm fibers_asm_adjacent fibers_mco
 fibers_signal fibers_migrate pt_lines pt_threads"
cpp="exceptions coroutine coroutine_throw coroutine_threads coroutine_generator"

# Times are not compared, which alone have fractions; nor how often a fiber or an address was met again.
fixed() {
    sed -E -e 's/[0-9]+\.[0-9]+/TIME/g' -e 's/"(migrations|reused)":[0-9]+//'
}

failed=0 tried=0
try() { # SOURCE DRIVER FLAGS…
    source=$1 driver=$2
    shift 2
    for part in $(sed -n 's,^[ /*]*shared: *\([^*]*\).*,\1,p' "$truth/$source"); do
        "$recount" "$driver" "$@" -shared -fPIC "$truth/$part" -o "$(basename "${part%.*}").so" || failed=1
    done
    "$recount" "$driver" "$@" "$truth/$source" -o program -pthread $(sed -n 's,^[ /*]*libs: *\([^*]*\).*,\1,p' \
        "$truth/$source") 2>err || {
        cat err
        failed=1
        return
    }
    tried=$((tried + 1))
    timeout 60 "$recount" record -o data -- ./program 2>err | fixed >expected
    timeout 100 "$recount" record --twice -o data -- ./program >said 2>err
    status=$?
    fixed <said >both
    cat expected expected >wanted
    eval "$("$state" data.asleep)"
    cmp -s wanted both && ! grep -q 'second run' err && [ "$entries" = 0 ] && [ "$sites_asleep" -gt 0 ] && return 0
    echo "$source, $compiler $*: exit status $status"
    diff wanted both
    cat err
    "$state" data.asleep
    failed=1
}
case $compiler in
*++)
    [ "$compiler" = clang++ ] || set -- -fcoroutines "$@"
    for source in $cpp; do try "$source.cpp" c++ -std=c++20 "$@"; done
    ;;
*) for source in $c; do try "$source.c" cc "$@"; done ;;
esac
[ $tried -gt 0 ] || failed=1
exit $failed
