#!/bin/sh
# tree.sh TREE-CHECK: records every truth program once and holds both of its trees against its report.
set -u
here=$(cd "$(dirname "$0")" && pwd)
recount=${RECOUNT_BUILD:?the build tree that holds recount}/recount
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 held=0

# hold SOURCE COMPILER FLAGS...: builds, records, compares
hold() {
    source=$1 compiler=$2 driver=cc
    name=$(basename "$source")
    shift 2
    case $source in *.cpp) driver=c++ ;; esac
    command -v "$compiler" >/dev/null || { echo "skipped $name: there is no $compiler"; return; }
    RECOUNT_CC=$compiler RECOUNT_CXX=$compiler "$recount" $driver -g "$@" "$source" -o "$work/program" -pthread \
        2>"$work/err" || { echo "skipped $name: $compiler wants more than $*"; return; }
    "$recount" record -o "$work/data" "$work/program" >/dev/null 2>"$work/err" || { cat "$work/err"; failed=1; return; }
    "$recount" report -i "$work/data" --json >"$work/report" &&
        "$recount" report -i "$work/data" --tree --json >"$work/logical" &&
        "$recount" report -i "$work/data" --tree --physical --json >"$work/physical" || { failed=1; return; }
    if "$check" "$work/report" "$work/logical" "$work/physical" >"$work/said"; then
        held=$((held + 1))
    else
        echo "FAILED $name, $compiler $*:"
        cat "$work/said"
        failed=1
    fi
}

for source in "$here"/../truth/*.c "$here"/../truth/*.cpp; do
    case $source in
    */check.c) ;;
    *.cpp)
        hold "$source" clang++ -std=c++20 -O2
        hold "$source" g++ -std=c++20 -fcoroutines -O1
        ;;
    *) hold "$source" cc -O2 ;;
    esac
done
echo "$held recordings held"
[ $failed -eq 0 ] && [ $held -ge 5 ]
