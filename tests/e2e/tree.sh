#!/bin/sh
# tree.sh TREE-CHECK: builds and records every truth program once or twice a compiler, and holds both of its trees
# against its report.
# tree.sh TRUTH REPORT: what truth.sh then calls as its check, beside the recording; $TREE_CHECK is the program above.
set -u
recount=${RECOUNT_BUILD:?the build tree that holds recount}/recount
truth=$(cd "$(dirname "$0")/../truth" && pwd)

if [ $# -eq 2 ]; then
    work=$(dirname "$2")
    "$recount" report -i "$work/data" --tree --json >"$work/logical" &&
        "$recount" report -i "$work/data" --tree --physical --json >"$work/physical" &&
        "$TREE_CHECK" "$2" "$work/logical" "$work/physical"
    exit
fi

TREE_CHECK=$1
export TREE_CHECK
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
printf '#!/bin/sh\nexec sh "%s/tree.sh" "$@"\n' "$here" >"$work/check"
chmod +x "$work/check"
failed=0 held=0

# hold SOURCE COMPILER FLAGS...
hold() {
    sh "$truth/truth.sh" "$recount" "$work/check" "$@" >"$work/said" 2>&1
    case $? in
    0) held=$((held + 1)) ;;
    77) echo "$(basename "$1"), $2: $(tail -n 1 "$work/said")" ;;
    *)
        echo "FAILED $*:"
        cat "$work/said"
        failed=$((failed + 1))
        ;;
    esac
}

# Of what the matrix builds: the last build of gcc's for each program, and of C++ clang's first and last.
ctest --test-dir "$RECOUNT_BUILD" -N -V -R '^truth\.' | tr -d '"' | sed -n 's/.*Test command: .*truth-check //p' | awk '
    { key = $1 " " $2 }
    $2 == "clang++" && !(key in last) { print }
    $2 == "gcc" || $2 == "g++" || $2 == "clang++" { last[key] = $0 }
    END { for (key in last) print last[key] }' | sort -u >"$work/builds"
while read -r build; do
    hold $build </dev/null
done <"$work/builds"
echo "$held recordings held, $failed not"
[ $failed -eq 0 ] && [ $held -gt 0 ]
