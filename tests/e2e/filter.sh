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

cpu() { # [OPTION…]: nanoseconds of CPU time of a recording, which stays as `data`
    "$recount" record "$@" -o data ./filter 2000000 ./plugin.so >/dev/null 2>&1
    "$recount" report -i data --blind --json >blind
    awk '$1 == "\"cpu_ns\":" { print $2 + 0; exit }' blind
}

# The predicted range holds what is measured. Runs of one program differ, more so on a busy machine: by so much as the
# runs of either kind differ among themselves the range is widened, and by 5 points, a tenth of what there is to save,
# because a few that happen to agree do not show how far the next may be off.
predict_and_check() {
    cpu >awake
    cp blind first
    "$recount" filter -i data -o proposed
    : >slept
    for round in 1 2 3; do
        cpu >>awake
        cpu --filter proposed >>slept
    done
    awk 'FILENAME == "first" { if (/"of_cpu/) told[$1] = $2 + 0; next }
        {
            n[FILENAME]++
            sum[FILENAME] += $1
            if (n[FILENAME] == 1 || $1 < least[FILENAME]) least[FILENAME] = $1
            if ($1 > most[FILENAME]) most[FILENAME] = $1
        }
        END {
            mean = sum["awake"] / n["awake"]
            saved = 1 - sum["slept"] / n["slept"] / mean
            error = (most["awake"] - least["awake"] + most["slept"] - least["slept"]) / mean + 0.05
            low = told["\"of_cpu_low\":"]; guess = told["\"of_cpu\":"]; high = told["\"of_cpu_high\":"]
            printf "predicted %.2f to %.2f, best %.2f; measured %.2f +- %.2f\n", low, high, guess, saved, error
            exit !(low <= guess && guess <= high && high > 0 && low - error <= saved && saved <= high + error)
        }' first awake slept >verdict || fail "$(cat verdict)"
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
    predict_and_check
done
exit $failed
