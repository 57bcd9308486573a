#!/bin/sh
# Golden tests of the commands. A case is cases/NAME.cmd, a shell script; what it prints and how it exits is
# compared with NAME.out, NAME.err (both absent: nothing printed) and NAME.exit (absent: 0).
#
#   golden.sh [--regenerate] [NAME...]      every case when none is named
#
# The script runs in an empty directory with `recount` on its PATH and $FAKE_CC, a compiler that prints its words.
# A case that exits with 77 is skipped; its last line of output is the reason.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${RECOUNT_BUILD:?the build tree that holds recount}
source=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

FAKE_CC=$here/fake-cc
PATH=$build:/usr/bin:/bin:$PATH
LC_ALL=C
NO_COLOR=1
export FAKE_CC PATH LC_ALL NO_COLOR
unset RECOUNT RECOUNT_CC RECOUNT_CXX LD_PRELOAD ARGP_HELP_FMT

# Paths become names, the list of exported hooks one word; the figures of a recording are not the command line's.
normalize() {
    sed -e '/^-Wl,--export-dynamic-symbol=__cyg_profile_func_enter$/s/.*/<EXPORTS>/' \
        -e '/^-Wl,--export-dynamic-symbol=/d' \
        -e "s|$build|<BUILD>|g" -e "s|$source|<SOURCE>|g" -e "s|$work/dir|<DIR>|g" \
        -e 's|^\(\[ recount: wrote .*\) ([^()]*) \]$|\1 (...) ]|' \
        -e 's|recount-[A-Za-z0-9]\{6\}\.data|recount-XXXXXX.data|' "$1"
}

run_case() {
    rm -rf "$work/dir"
    mkdir "$work/dir"
    (cd "$work/dir" && exec sh "$here/cases/$1.cmd") >"$work/raw.out" 2>"$work/raw.err" </dev/null
    echo $? >"$work/exit"
    normalize "$work/raw.out" >"$work/out"
    normalize "$work/raw.err" >"$work/err"
}

# compare NAME PART DEFAULT
compare() {
    wanted=$here/cases/$1.$2
    [ -f "$wanted" ] || { printf "$3" >"$work/default"; wanted=$work/default; }
    diff -u --label "$1.$2 wanted" --label "$1.$2 got" "$wanted" "$work/$2"
}

keep() {
    for part in out err exit; do
        rm -f "$here/cases/$1.$part"
        [ -s "$work/$part" ] && [ "$part$(cat "$work/$part")" != exit0 ] && cp "$work/$part" "$here/cases/$1.$part"
    done
    echo "kept $1"
}

regenerate=no
[ "${1-}" = --regenerate ] && { regenerate=yes; shift; }
[ $# -gt 0 ] || set -- $(cd "$here/cases" && ls *.cmd | sed 's/\.cmd$//')

failed=0 skipped=0
for name in "$@"; do
    run_case "$name"
    if [ "$(cat "$work/exit")" = 77 ]; then
        echo "skipped $name: $(tail -n 1 "$work/out")"
        skipped=$((skipped + 1))
    elif [ $regenerate = yes ]; then
        keep "$name"
    elif compare "$name" out '' && compare "$name" err '' && compare "$name" exit '0\n'; then
        echo "ok $name"
    else
        echo "FAILED $name"
        failed=$((failed + 1))
    fi
done
[ $failed -eq 0 ] || exit 1
[ $skipped -lt $# ] || exit 77
