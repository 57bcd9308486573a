#!/bin/sh
# causes.sh RECOUNT CHECK SOURCE COMPILER FLAGS…: builds a program that provokes one cause, records it, and holds what the
# referee says against what the program knows. exit 77: what it needs is not there.
#
# What a program needs stands in its first comment:  record: OPTION…   as: user (not root)
set -u
recount=$1 check=$2 source=$3 compiler=$4
shift 4

skip() {
    echo "skipped: $*"
    exit 77
}

first_comment() {
    sed '/\*\//q' "$source"
}

# An ordinary user, in a group of his own, who may read the program and write beside it.
become_user() {
    [ "$(cat /proc/sys/kernel/perf_event_paranoid)" -ge 2 ] || skip "here every user's sampler may look into the kernel"
    [ "$(id -u)" = 0 ] || return 0
    command -v setpriv >/dev/null || skip "there is no setpriv to drop root's rights with"
    chmod 777 "$work"
    user="setpriv --reuid=65534 --regid=65534 --clear-groups"
    $user test -x "$recount" || skip "an ordinary user may not read the build tree"
}

command -v "$compiler" >/dev/null || skip "there is no $compiler"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
user= driver=cc
case $source in *.cpp) driver=c++ ;; esac
options=$(first_comment | sed -n 's,.*record: *\([^*]*\) \*/.*,\1,p')
first_comment | grep -q 'as: user' && become_user
RECOUNT_CC=$compiler RECOUNT_CXX=$compiler "$recount" $driver -g "$@" "$source" -o "$work/program" -pthread || exit 1

measure() {
    # shellcheck disable=SC2086
    $user "$recount" record $options -o "$work/data" "$work/program" >"$work/truth" 2>"$work/err" || {
        cat "$work/err"
        return 2
    }
    "$recount" report -i "$work/data" --json >"$work/report" || return 2
    "$check" "$work/truth" "$work/report" >"$work/checked"
}

# One verdict in twenty may be chance alone (the false discovery rate), and a machine that is busy with others takes the
# CPU away at times: once is no finding, three times in a row are.
for attempt in 1 2 3; do
    measure
    passed=$?
    [ $passed = 1 ] || break
    [ $attempt = 3 ] || sed 's/^wrong: /measured again: /' "$work/checked"
done
cat "$work/checked"
# The tracer's own times are as good as the looks at a thread that was ready and had no CPU: then a control says nothing.
[ $passed = 1 ] && tail -n 1 "$work/checked" | grep -q 'on a busy machine' &&
    skip "three times others had the CPU for longer than the program"
[ $passed = 0 ] || "$recount" report -i "$work/data"
exit $passed
