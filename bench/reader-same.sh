#!/bin/sh
# Holds what two builds of recount say of the same profiles against each other, byte by byte: for changes that are to
# change nothing but time and memory.
#
#     sh bench/reader-same.sh OLD NEW PROFILE…        OLD and NEW are the commands; exit 1 when they differ
set -u
[ $# -ge 3 ] || {
    echo "usage: reader-same.sh OLD NEW PROFILE…"
    exit 2
}
old=$1 new=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
different=0 compared=0

same() { # PROFILE COMMAND…
    profile=$1 command=$2
    shift 2
    "$old" "$command" -i "$profile" "$@" >"$work/old" 2>&1
    echo "status $?" >>"$work/old"
    "$new" "$command" -i "$profile" "$@" >"$work/new" 2>&1
    echo "status $?" >>"$work/new"
    compared=$((compared + 1))
    cmp -s "$work/old" "$work/new" && return
    different=$((different + 1))
    echo "$profile: recount $command $* differs:"
    diff "$work/old" "$work/new" | head -n 6
}

for profile; do
    same "$profile" report --json
    same "$profile" report --top 0
    same "$profile" report --awaits --json
    same "$profile" report --tree --json
    same "$profile" report --tree --physical --json
    same "$profile" report --tree --min 0
    same "$profile" export --to folded
    same "$profile" export --to speedscope
    "$old" report -i "$profile" --json | sed -n 's/^\t\t\t"name":\t"\(.*\)",$/\1/p' | head -n 8 >"$work/names"
    while read -r name; do
        same "$profile" explain "$name"
        same "$profile" explain --json "$name"
    done <"$work/names"
done
echo "$compared outputs, $different differ"
[ "$different" -eq 0 ]
