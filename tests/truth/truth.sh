#!/bin/sh
# truth.sh RECOUNT CHECK SOURCE COMPILER FLAGS…: builds a truth program, records it, and holds the report against it.
# exit 77: the compiler is not there.
set -u
recount=$1 check=$2 source=$3 compiler=$4
shift 4
command -v "$compiler" >/dev/null || {
    echo "skipped: there is no $compiler"
    exit 77
}
# A comment in the source names the libraries that it needs.
libraries=$(sed -n 's,^// pkg-config: ,,p' "$source")
flags=
[ -z "$libraries" ] || flags=$(pkg-config --cflags --libs $libraries 2>&1) || {
    echo "skipped: $flags"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
driver=cc
case $source in
*.cpp)
    driver=c++
    set -- -std=c++20 "$@"
    case $compiler in g++*) set -- -fcoroutines "$@" ;; esac
    ;;
esac
# shellcheck disable=SC2086
RECOUNT_CC=$compiler RECOUNT_CXX=$compiler "$recount" $driver -g "$@" "$source" -o "$work/program" -pthread $flags || exit 1
"$recount" record -o "$work/data" "$work/program" >"$work/truth" 2>"$work/err" || {
    cat "$work/err"
    exit 1
}
"$recount" report -i "$work/data" --json >"$work/report" || exit 1
"$check" "$work/truth" "$work/report" && exit 0
echo "truth: $(tail -n 1 "$work/truth")"
cp "$work/data" "${TRUTH_KEEP:-/dev/null}" 2>/dev/null
exit 1
