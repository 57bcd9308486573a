#!/bin/sh
# Puts the demo's own output into README.md, between its two marks: sh docs/readme.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(mktemp)
trap 'rm -f "$output" "$output.md"' EXIT
COLUMNS=118 sh "$root/examples/demo.sh" >"$output"
awk -v output="$output" '
    /^<!-- demo -->$/ { print; print ""; while ((getline line < output) > 0) print line == "" ? "" : "    " line; print ""; skip = 1 }
    /^<!-- \/demo -->$/ { skip = 0 }
    !skip && !/^<!-- demo -->$/ { print }
' "$root/README.md" >"$output.md"
cp "$output.md" "$root/README.md"
