#!/bin/sh
# coverage-table.sh PROGRAM PAGE: puts the program's table in place of the one on the page, between its two marks.
set -eu
table=$(mktemp)
trap 'rm -f "$table" "$table.page"' EXIT
"$1" >"$table"
awk -v table="$table" '
    /^<!-- table: end -->$/ { inside = 0 }
    !inside { print }
    /^<!-- table: made by coverage-table -->$/ { inside = 1; while ((getline line <table) > 0) print line }
' "$2" >"$table.page"
cat "$table.page" >"$2"
