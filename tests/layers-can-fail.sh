#!/bin/sh
# layers.sh notices each kind of violation: a copy of the tree's skeleton gets one, one at a time.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

tree() {
    rm -rf "$work/tree"
    for folder in profile include include/recount/pt instrument sampler compare/load compare/model compare/render command; do
        mkdir -p "$work/tree/$folder"
    done
}

# expect STATUS FILE INCLUDE
expect() {
    tree
    echo "#include $3" >"$work/tree/$2"
    sh "$here/layers.sh" "$work/tree" >/dev/null
    [ $? -eq "$1" ] || { echo "$2 with $3: not $1"; failed=1; }
}

expect 1 profile/a.h '"instrument/b.h"'
expect 1 instrument/a.c '"sampler/b.h"'
expect 1 instrument/a.c '"compare/b.h"'
expect 1 sampler/a.c '"compare/load/b.h"'
expect 1 compare/load/a.c '"compare/model/b.h"'
expect 1 compare/model/a.c '"compare/render/b.h"'
expect 1 compare/model/a.c '"instrument/b.h"'
expect 1 compare/render/a.c '"command/b.h"'
expect 1 command/a.c '"instrument/b.h"'
expect 1 include/a.h '"profile/b.h"'
expect 1 compare/load/a.c '<instrument/b.h>'
expect 1 compare/model/a.c '"../render/b.h"'
expect 1 compare/model/a.c '"compare/model/../render/b.h"'
expect 1 compare/model/a.c '<../render/b.h>'
expect 0 include/recount/pt/a.h '"../b.h"'
expect 0 sampler/a.c '"instrument/b.h"'
expect 0 compare/render/a.c '"compare/model/b.h"'
expect 0 instrument/a.c '"recount/recount.h"'
expect 0 command/a.c '"b.h"'
exit $failed
