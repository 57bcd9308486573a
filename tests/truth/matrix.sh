#!/bin/sh
# The table of the truth programs over compilers and levels, from the tests that are registered in CMakeLists.txt: runs
# them one at a time, prints the table and writes docs/matrix.md.
#
#     sh tests/truth/matrix.sh [CTEST-ARGUMENT…]       RECOUNT_BUILD is the build tree, default build/release
#
# Exits 1 when a cell is wrong.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
document=${MATRIX_DOCUMENT:-$root/docs/matrix.md}
[ -x "$build/recount" ] || {
    echo "matrix.sh: there is no $build/recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ctest --test-dir "$build" -L '^truth$' -j 1 -V "$@" >"$work/log" 2>&1

# The first sentence of a program's first comment.
sentence() { # SOURCE
    awk '
        /^#/ { exit }
        { sub(/^[ \/]*\**\/? */, ""); sub(/ *\*\/$/, ""); text = text (text ? " " : "") $0 }
        END { sub(/[.;]( .*|$)/, "", text); gsub(/\|/, "\\|", text); print text }' "$1"
}

for source in "$root"/tests/truth/*.c "$root"/tests/truth/*.cpp; do
    name=$(basename "${source%.*}")
    printf 'style\t%s\t%s\t%s\n' "$name" "$(basename "$source")" "$(sentence "$source")"
done >"$work/styles"

# From ctest's verbose output: one record a line, "row program build" and what became of it.
collect() {
    awk '
        function plain(build) { sub(/^g\+\+/, "gcc", build); sub(/^clang\+\+/, "clang", build); return build }
        / Start +[0-9]+: truth\./ { name = $NF; split(name, part, "."); build = plain(substr(name, length(part[1] part[2]) + 3)) }
        !name { next }
        /^[0-9]+: wrong: / { sub(/^[0-9]+: wrong: /, ""); print "wrong\t" part[2] "\t" build "\t" $0 }
        /^[0-9]+: .*error: / && !errors[name]++ { sub(/^[0-9]+: .*error: /, "does not build: "); print "wrong\t" part[2] "\t" build "\t" $0 }
        /^[0-9]+: measured again: / && again != name { again = name; print "again\t" part[2] "\t" build }
        /^[0-9]+: verdict: / { sub(/^[0-9]+: verdict: /, ""); verdict = $0 }
        /^[0-9]+: skipped: / { sub(/^[0-9]+: skipped: /, ""); verdict = "skipped"; print "skipped\t" part[2] "\t" build "\t" $0 }
        /^ *[0-9]+\/[0-9]+ Test +#/ {
            if (/\*\*\*Timeout/) verdict = "timeout"
            if (!verdict) verdict = /Passed/ ? "passed" : "failed"
            print "cell\t" part[2] "\t" build "\t" verdict
            verdict = name = ""
        }' "$work/log"
}

# A cell is "ok", or names what is wrong; a class that a program has no truth of is left out.
table() {
    awk -F '\t' '
        $1 == "style" { file[$2] = $3; says[$2] = $4 }
        $1 == "cell" {
            if (!($2 in known)) { known[$2] = 1; row[++rows] = $2 }
            if (!($3 in order)) { order[$3] = 1; column[++columns] = $3 }
            cell[$2, $3] = $4
        }
        $1 == "again" { again++ }
        function words(verdict,    n, word, i, out) {
            if (verdict == "" || verdict == "skipped") return verdict
            n = split(verdict, word, " ")
            if (word[1] != "counts") { bad++; return "**" verdict "**" }
            for (i = 1; i < n; i += 2)
                out = out (out ? " " : "") (word[i + 1] == "ok" ? "ok" : word[i + 1] == "none" ? "–" : "**" word[i] "**")
            out ~ /\*/ ? bad++ : good++
            return out
        }
        END {
            printf "| program | style |"
            for (c = 1; c <= columns; c++) { name = column[c]; sub(/-O/, " -O", name); printf " %s |", name }
            printf "\n|---|---|"
            for (c = 1; c <= columns; c++) printf "---|"
            print ""
            for (r = 1; r <= rows; r++) {
                printf "| [%s](../tests/truth/%s) | %s |", row[r], file[row[r]], says[row[r]]
                for (c = 1; c <= columns; c++) printf " %s |", words(cell[row[r], column[c]])
                print ""
            }
            printf "\n%d programs, %d of %d cells right", rows, good, good + bad
            printf again ? "; %d measured more than once.\n" : ".\n", again
        }' "$work/styles" "$work/cells"
}

# Each failure once, in the words of its first appearance, with the builds that have it.
failures() {
    awk -F '\t' -v most=12 '
        $1 == "wrong" || $1 == "skipped" {
            key = $4
            gsub(/[0-9.]+/, "N", key)
            key = $2 SUBSEP key
            if (!(key in first)) {
                first[key] = ($1 == "skipped" ? "skipped: " : "") $4
                list[$2, ++count[$2]] = key
                if (count[$2] == 1) program[++programs] = $2
            }
            if (!((key, $3) in met)) { met[key, $3] = 1; builds[key] = builds[key] (builds[key] ? ", " : "") $3 }
        }
        $1 == "cell" && $4 !~ /^(counts|skipped)/ {
            key = $2 SUBSEP $4
            if (!(key in first)) {
                first[key] = $4 ~ /^ended/ ? "the program " $4 " when it is recorded" : $4
                list[$2, ++count[$2]] = key
                if (count[$2] == 1) program[++programs] = $2
            }
            builds[key] = builds[key] (builds[key] ? ", " : "") $3
        }
        END {
            if (!programs) print "Nothing fails."
            for (p = 1; p <= programs; p++) {
                printf "**%s**\n\n", program[p]
                for (i = 1; i <= count[program[p]] && i <= most; i++)
                    printf "* %s (%s)\n", first[list[program[p], i]], builds[list[program[p], i]]
                if (count[program[p]] > most) printf "* and %d more\n", count[program[p]] - most
                print ""
            }
        }' "$work/cells"
}

version() { # COMPILER…
    for compiler; do
        command -v "$compiler" >/dev/null && printf '%s; ' "$("$compiler" --version | head -n 1)"
    done
}

collect >"$work/cells"
[ -s "$work/cells" ] || {
    tail -n 5 "$work/log"
    exit 1
}
table >"$work/table"
{
    echo '# Every style, held against its own truth'
    echo
    echo "Made by \`sh tests/truth/matrix.sh\` on $(date -u +%Y-%m-%d). $(uname -s) $(uname -r | cut -d- -f1) on $(uname -m), $(nproc) CPUs; $(version gcc clang clang-19)$("$build/recount" --version | head -n 1)."
    echo
    echo 'Each program counts in its own functions and prints what it knows of itself. It is built by `recount cc`, recorded, and `recount report --json` is held against that (`tests/truth/check.c`). A cell has three words:'
    echo
    echo '* **counts**: entries, calls, resumes and idle ones, recursive calls, calls from signals, await points; exact. Every entry of every function is accounted for.'
    echo '* **callers**: logical ones, for some functions physical ones as well, with their counts; exact, and no others.'
    echo '* **times**: running, blocked, awaiting and queued, within 5% or 2 ms. A run in which they alone are off is repeated, twice at most, for a machine may be busy with others; how many cells needed that stands below the table. Every function'"'"'s time ledger closes.'
    echo
    echo 'ok: right. A word in bold: wrong. –: the program has no truth of the kind. Empty: not among the builds of the program, see `tests/truth/CMakeLists.txt`.'
    echo
    cat "$work/table"
    echo
    echo '## What fails'
    echo
    failures
} | cat -s | sed '$ { /^$/d }' >"$work/document"
cp "$work/document" "$document"
sed -n '/^| program/,$p' "$document"
! grep -q '\*\*[a-z]' "$work/table"
