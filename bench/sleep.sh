#!/bin/sh
# What a sleeping hook costs: fib and leaf, plain, with empty hooks, recorded awake and recorded asleep, in turn in one
# run, for gcc and clang. Prints the tables and writes docs/bench-sleep.md.
#
#     sh bench/sleep.sh [ROUNDS]        default 7; RECOUNT_BUILD is the build tree, default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
recount=$build/recount
asleep=$build/bin/sleep-filtered
rounds=${1:-7}
document=${BENCH_DOCUMENT:-$root/docs/bench-sleep.md}
[ -x "$recount" ] && [ -x "$asleep" ] || {
    echo "sleep.sh: there is no $recount or $asleep; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cc -std=gnu17 -D_GNU_SOURCE -O2 "$root/bench/interleave.c" -o interleave

line() { # NAME CALLS BASE GOAL COMMAND
    printf '%s\t%s\t%s\t%s\t%s\n' "$@"
}

compile() { # COMPILER PROGRAM
    source=$root/bench/programs/$2.c
    case $1 in
    clang) flag=-finstrument-functions-after-inlining ;;
    *) flag=-finstrument-functions ;;
    esac
    $1 -O2 "$source" -o "$2-plain"
    $1 -O2 -c "$root/bench/programs/empty.c" -o empty.o
    $1 -O2 $flag "$source" empty.o -o "$2-empty"
    RECOUNT_CC=$1 "$recount" cc -O2 "$source" -o "$2-recount"
    RECOUNT_CC=$1 "$recount" cc -O2 -static "$source" -o "$2-static"
}

# gcc gives a static program no table of its functions: a filter finds no place where their calls may be taken out.
specification() { # PROGRAM ARGUMENT CALLS
    function=$(nm "$1-static" | sed -n "s,^\([0-9a-f]*\) t $1\$,$1-static:\1,p")
    line plain "$3" - - "./$1-plain $2"
    line 'empty hooks' "$3" plain - "./$1-empty $2"
    line awake "$3" plain - "$recount record -o data -- ./$1-recount $2 2>err"
    line 'asleep, taken out' "$3" plain - "$asleep data -- ./$1-recount $2 2>err"
    line 'asleep, left in' "$3" plain - "$asleep data $function -- ./$1-static $2 2>err"
}

table() { # TITLE REFERENCE
    printf '\n## %s\n\n' "$1" | tee -a document
    ./interleave -n "$rounds" -r "$2" <spec >table || {
        [ ! -s err ] || cat err
        exit 1
    }
    tee -a document <table
}

cat >document <<END
# What a sleeping hook costs

Written by \`sh bench/sleep.sh $rounds\` on $(date +%Y-%m-%d): $(nproc) cores (VM), Linux $(uname -r | cut -d- -f1),
$(gcc --version | head -n 1), $(clang --version | head -n 1). The machine's load average was
$(cut -d ' ' -f 1-3 /proc/loadavg) when it began.

All builds are -O2 and run in turn, $rounds times. A call costs (CPU time of the run - CPU time of the plain build) / calls, its
entry and its exit together; CPU time is user and system of the whole process, sampler included, and so is what starting
it costs. Each is taken within a round, and the median of the rounds is shown; "least" is the cheapest round. "asleep,
taken out" is the second run of \`recount record --twice\`. "asleep, left in" is a filter on a static program: gcc gives it no
table of its functions, so no call can be taken out, and each hook leaves early; clang does, and they are taken out.
END
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    for program in fib leaf; do
        compile $compiler $program
        case $program in
        fib) specification fib 36 48315633 >spec ;;
        leaf) specification leaf 100000000 100000000 >spec ;;
        esac
        table "$program, $compiler" 'empty hooks'
    done
done
cp document "$document"
