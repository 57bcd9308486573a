#!/bin/sh
# A filter puts functions to sleep without another build: they have no entries and the report says that they slept, all
# others have theirs exactly, and the program does what it did.
#
#     filter.sh TRUTH-CHECK
set -eu
check=$1
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)/programs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
    echo "filter: $compiler: $*"
    failed=1
}

# expect TRUTH SLEEPERS: what the recording `data` has; SLEEPERS are the names, each with a blank behind it
expect() {
    "$recount" report -i data --json >report
    echo "{\"functions\":{$1}}" >truth
    "$check" truth report >verdict || { cat verdict; fail "counts are wrong with: $(tr '\n' ';' <rules)"; }
    "$recount" report -i data >text
    slept=$(COLUMNS=160 "$recount" report -i data | sed -n "s/^Asleep by filter.*: \(.*\)\.$/\1/p")
    [ "$slept" = "$2" ] || fail "'$slept' slept, not '$2'"
}

run() { # what the program prints stays
    "$recount" record --filter rules -o data ./filter 1000 ./plugin.so >printed 2>said || fail "it exited with $?"
    cmp -s alone printed || fail "it printed something else"
}

for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    export RECOUNT_CC=$compiler
    "$recount" cc -O2 -g -shared -fPIC -DWORK=library_work "$here/filter_part.c" -o libpart.so
    "$recount" cc -O2 -g -shared -fPIC -DWORK=plugin_work "$here/filter_part.c" -o plugin.so
    "$recount" cc -O2 -g "$here/filter.c" -L. -lpart -Wl,-rpath,"$work" -ldl -o filter
    ./filter 1000 ./plugin.so >alone

    echo '# nothing' >rules
    run
    expect '"main":{"entries":1},"branch":{"entries":1000},"leaf":{"entries":10000,"callers":{"branch":10000}},
        "twig":{"entries":10000,"callers":{"leaf":10000}},"library_work":{"entries":1000},"plugin_work":{"entries":1000}' ''

    echo 'sleep leaf' >rules
    run
    expect '"main":{"entries":1},"branch":{"entries":1000},"leaf":{"entries":0,"calls":0},
        "twig":{"entries":10000,"callers":{"branch":10000}},"library_work":{"entries":1000},"plugin_work":{"entries":1000}' leaf
    grep -q '"asleep":	true' report || fail "the JSON does not say who slept"
    "$recount" explain -i data leaf | grep -q 'asleep by filter' || fail "explain does not say that leaf slept"

    printf 'sleep *\nwake main\nwake branch\nwake leaf\nwake *_work\nwake twig\nsleep tw?g\n' >rules
    run
    "$recount" report -i data --json >report
    echo '{"functions":{"main":{"entries":1},"branch":{"entries":1000},"leaf":{"entries":10000},"twig":{"entries":0},
        "library_work":{"entries":1000,"callers":{"branch":1000}},"plugin_work":{"entries":1000}}}' >truth
    "$check" truth report || fail "exceptions to a pattern"

    # Both parts have a function `same`: by the object's name, by its path, and only there.
    printf 'sleep same in libpart.so\n' >rules
    run
    expect '"library_work":{"entries":1000},"plugin_work":{"entries":1000},"leaf":{"entries":10000}' same
    "$recount" report -i data --sort name | grep -c '^same .* 1,000 ' >count || true
    [ "$(cat count)" = 1 ] || fail "$(cat count) functions 'same' were counted, not the plugin's alone"
    printf 'sleep plugin_work in ./plugin.so\nsleep nobody\n' >rules
    run
    expect '"library_work":{"entries":1000},"plugin_work":{"entries":0}' plugin_work
    grep -q "rules:2: 'sleep nobody' matches no function" said || fail "a rule that matches nothing was not told"

    # What recount proposes itself: leaf and twig are nothing but hooks.
    "$recount" record -o data ./filter 300000 ./plugin.so >/dev/null 2>&1
    "$recount" filter -i data -o rules
    for name in leaf twig; do
        grep -q "^sleep $name in filter\$" rules || fail "$name is not proposed"
    done
    run
    "$recount" report -i data --json >report
    echo '{"functions":{"main":{"entries":1},"leaf":{"entries":0},"twig":{"entries":0}}}' >truth
    "$check" truth report || fail "what recount proposed does not sleep"
    ! grep 'matches no function' said || fail "recount does not understand its own filter"
done
exit $failed
