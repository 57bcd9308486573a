#!/bin/sh
# plain.sh TWICE-CHECK: counts of a run awake and times of a build without hooks, of another name and from another place.
set -u
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
mkdir plain
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

"$recount" cc -O2 -g "$here/programs/twice.c" -o program || exit 2
cc -O2 -g "$here/programs/twice.c" -o plain/other || exit 2
cc -O2 "$here/programs/twice.c" -o plain/bare || exit 2

# What the second run printed is the truth of the very run that was sampled: no points but those of chance.
for build in other bare; do
    echo "against $build:"
    "$recount" record --twice --plain "plain/$build" -o "$build.data" ./program >both || exit 2
    tail -n "$(($(wc -l <both) / 2))" both >truth
    "$recount" report -i "$build.data" --json >report.json && "$check" report.json truth 0 || failed=1
    grep -q "\"plain\":.*\"plain/$build\"" report.json || fail "the report does not name the second run's program"
    "$recount" report -i "$build.data" | grep -q 'times from the plain run, of a build without hooks' ||
        fail "the heading does not say whose times these are"
done

# Inlined in the plain build alone: by debug information it is told from its caller, without it listed.
cat >inlined.c <<'END'
#include <stdio.h>
static unsigned small(unsigned x) {
    for (int i = 0; i < 30; i++) {
        x = x * 2654435761u ^ x >> 7;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}
__attribute__((noinline)) static unsigned work(unsigned x) {
    for (unsigned i = 0; i < 10000000; i++)
        x = small(x) + i;
    return x;
}
int main(void) {
    printf("%u\n", work(1));
    return 0;
}
END
"$recount" cc -O2 -g -fno-inline inlined.c -o hooked || exit 2
cc -O2 -g inlined.c -o told || exit 2
cc -O2 inlined.c -o untold || exit 2
for build in told untold; do
    "$recount" record --twice --plain "./$build" -o "$build.data" ./hooked >/dev/null || exit 2
    "$recount" report -i "$build.data" >"$build.txt"
    sed -n '/^function/,/^$/p' "$build.txt"
done
grep -q '^small  *10,000,000 ' told.txt || fail "small is not in the table"
grep -q 'small: No sample of the plain run met it' told.txt && fail "small is not told from its caller"
grep -q 'small: No sample of the plain run met it' untold.txt || fail "small is not listed as not told from its caller"

# Another program altogether is said.
printf '#!/bin/sh\nwhile :; do i=$((i + 1)); [ $i -gt 300000 ] && exit; done\n' >stranger && chmod +x stranger
"$recount" record --twice --plain ./stranger -o stranger.data ./hooked >/dev/null 2>&1 || exit 2
"$recount" report -i stranger.data | grep -q 'it is not the same' || fail "another program is taken for the same"

exit $failed
