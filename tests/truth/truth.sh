#!/bin/sh
# truth.sh RECOUNT CHECK SOURCE COMPILER FLAGS…: builds a truth program, records it, and holds the report against it.
# exit 77: what it needs is not there. $TRUTH_KEEP names a file that gets the profile of a failure.
#
# What a program needs stands at the start of comment lines:
#   pkg-config: MODULE…    modules to compile and link with
#   libs: -lNAME…          libraries without a module of their own
#   shared: SOURCE…        becomes NAME.so beside the program, instrumented as well
set -u
recount=$1 check=$2 source=$3 compiler=$4
shift 4

skip() {
    echo "skipped: $*"
    exit 77
}

needs() { # KEY
    sed -n "s,^[ /*]*$1: *\([^*]*\).*,\1,p" "$source"
}

# What is not there is told by the preprocessor and the linker, before recount has a hand in it.
look_for_libraries() {
    [ -n "$modules$libraries" ] || return 0
    for module in $modules; do
        pkg-config --exists "$module" || skip "there is no $module (pkg-config)"
    done
    [ -z "$modules" ] || libraries="$libraries $(pkg-config --cflags --libs $modules)"
    "$compiler" -E "$@" "$source" $libraries -o /dev/null 2>/dev/null || skip "headers are missing"
    echo 'int main(void) { return 0; }' >"$work/empty.c"
    "${compiler}" -x c "$work/empty.c" -x none $libraries -o "$work/empty" 2>/dev/null || skip "there is no $libraries"
}

build() { # TO SOURCE FLAGS…
    to=$1 from=$2
    shift 2
    RECOUNT_CC=$compiler RECOUNT_CXX=$compiler "$recount" $driver -g "$@" "$from" -o "$to" -pthread $libraries && return
    echo "verdict: not built"
    exit 1
}

command -v "$compiler" >/dev/null || skip "there is no $compiler"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
driver=cc
case $source in
*.cpp)
    driver=c++
    set -- -std=c++20 "$@"
    case $compiler in g++*) set -- -fcoroutines "$@" ;; esac
    ;;
*pt_dropin*.c) set -- -I"$(dirname "$source")/../../include/recount/pt" "$@" ;;
esac
modules=$(needs pkg-config) libraries=$(needs libs)
look_for_libraries "$@"
for part in $(needs shared); do
    build "$work/$(basename "${part%.*}").so" "$(dirname "$source")/$part" "$@" -shared -fPIC
done
build "$work/program" "$source" "$@"

measure() {
    "$recount" record -o "$work/data" "$work/program" >"$work/truth" 2>"$work/err" || {
        status=$?
        cat "$work/err"
        echo "verdict: ended with $status"
        exit 1
    }
    "$recount" report -i "$work/data" --json >"$work/report" || {
        echo "verdict: no report"
        exit 1
    }
    "$check" "$work/truth" "$work/report" >"$work/checked"
}

# On a machine that is busy with others, times alone may be off: once is no finding, three times in a row are.
measure
passed=$?
for attempt in 2 3; do
    grep -Eq '^verdict: counts (ok|none) callers (ok|none) times WRONG' "$work/checked" || break
    sed -n 's/^wrong: /measured again: /p' "$work/checked"
    measure
    passed=$?
done
cat "$work/checked"
[ $passed = 0 ] && exit 0
echo "truth: $(tail -n 1 "$work/truth")"
cp "$work/data" "${TRUTH_KEEP:-/dev/null}" 2>/dev/null
exit 1
