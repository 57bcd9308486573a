#!/bin/sh
# hammer.sh STATE COMPILER FLAGS…: hammer.c, recorded twice: it finds nothing wrong, and its hooks slept as far as they
# can in that build. STATE is built from state.c and prints what a profile says of that.
set -u
here=$(cd "$(dirname "$0")" && pwd)
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
RECOUNT_CC=$compiler
export RECOUNT_CC
"$recount" cc "$@" "$here/hammer.c" -o hammer -pthread 2>warnings || {
    cat warnings
    exit 1
}
library=./part.so
case " $* " in
*" -static "*) library=no-files ;; # which loads no libraries
*) "$recount" cc "$@" -shared -fPIC "$here/hammer_part.c" -o part.so 2>warnings || exit 1 ;;
esac

failed=0
# Each of 512 functions of two kinds has two calls of a hook, five others have ten, and two of a library that is loaded
# 20 times have four, each time anew: 2,138 at most. Which way it was done, and what became of the others.
hammer() { # LEAST MOST REFUSED WORDS…
    least=$1 most=$2 refused=$3
    shift 3
    timeout 100 "$recount" record --twice -o data -- ./hammer "$@" >said 2>err
    status=$?
    [ $status = 77 ] && return 0 # says why
    eval "$("$state" data.asleep)"
    [ $status = 0 ] && [ "$(cat said)" = "0 wrong
0 wrong" ] && [ "$entries" = 0 ] && [ "$sites_asleep" -ge "$least" ] && [ "$sites_asleep" -le "$most" ] &&
        [ "$sites_refused" -ge "$refused" ] && [ "$sites_inlined" = 0 ] && [ "$sites_unknown" = 0 ] && return 0
    echo "$compiler, $*: exit status $status; it said:"
    cat said err
    "$state" data.asleep
    failed=1
}
hammer 2050 2138 0 $library
hammer 2050 2058 0 no-files
hammer 0 0 2050 no-code
exit $failed
