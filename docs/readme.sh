#!/bin/sh
# Puts an excerpt of the demo's own output into README.md, between its two marks: sh docs/readme.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(mktemp)
trap 'rm -f "$output" "$output.md"' EXIT
COLUMNS=112 sh "$root/examples/demo.sh" | sed "s#$root/##g" >"$output"

# The table's head, the sum and the callers; what is left out is marked.
excerpt() {
    awk '
        /^get_character$/ { part = "explain" }
        part != "explain" && /^function/ { rows = 9 }
        part != "explain" && rows == 0 && /more functions/ { print "..."; part = "why" }
        part != "explain" && part != "why" && (rows > 0 || !table) { print; if (rows > 0 && --rows == 0) table = 1 }
        part == "why" && /^Every entry/ { print "\n" $0 }
        part == "explain" && /^get_character$/ { print "" }
        part == "explain" && /^(The sampler|Its own|Causes)/ { exit }
        part == "explain" && /^Await points/ { awaits = 1; count = 0 }
        part == "explain" && /^Calls, by/ { awaits = 0 }
        part == "explain" && awaits && /execute\(/ { if (++count == 4) print "   ..."; if (count > 3) next }
        part == "explain" { print }
    '
}

excerpt <"$output" | awk -v readme="$root/README.md" '
    { text = text ($0 == "" ? "" : "    " $0) "\n" }
    END {
        sub(/\n+$/, "\n", text)
        while ((getline line < readme) > 0) {
            if (line == "<!-- /demo -->") skip = 0
            if (!skip) print line
            if (line == "<!-- demo -->") { printf "\n%s\n", text; skip = 1 }
        }
    }' >"$output.md"
cp "$output.md" "$root/README.md"
