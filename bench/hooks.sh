#!/bin/sh
# What a hook costs: fib and leaf, each plain, with empty hooks, with recount in its three modes, with gprof and uftrace,
# in turn in one run; for gcc and clang. Prints the tables and writes docs/bench-hooks.md.
#
#     sh bench/hooks.sh [ROUNDS]        default 7; RECOUNT_BUILD is the build tree, default build/release
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
recount=$build/recount
rounds=${1:-7}
document=${BENCH_DOCUMENT:-$root/docs/bench-hooks.md}
[ -x "$recount" ] || {
    echo "hooks.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cc -std=gnu17 -D_GNU_SOURCE -O2 "$root/bench/interleave.c" -o interleave

flag() { # COMPILER: what `recount cc` adds by default
    case $1 in
    *clang*) echo -finstrument-functions-after-inlining ;;
    *) echo -finstrument-functions ;;
    esac
}

compile() { # COMPILER PROGRAM
    source=$root/bench/programs/$2.c
    $1 -O2 "$source" -o "$2-plain"
    $1 -O2 -c "$root/bench/programs/empty.c" -o empty.o
    $1 -O2 $(flag "$1") "$source" empty.o -o "$2-empty"
    $1 -O2 -finstrument-functions "$source" -o "$2-flag"
    $1 -O2 -pg "$source" -o "$2-pg"
    RECOUNT_CC=$1 "$recount" cc -O2 "$source" -o "$2-recount"
}

# Each build must make the calls that the cost is divided by: one independent tracer counts them.
verify() { # COMPILER PROGRAM ARGUMENT CALLS
    [ -e "$build/oracle/liboracle.a" ] || return 0
    $1 -O2 $(flag "$1") "$root/bench/programs/$2.c" "$build/oracle/liboracle.a" -o "$2-oracle"
    ORACLE_OUT=dump "./$2-oracle" "$3" >/dev/null
    counted=$(awk '{ n += $1 } END { print n - 1 }' dump)
    [ "$counted" = "$4" ] || {
        echo "hooks.sh: $2 $3 by $1 makes $counted calls, not $4"
        exit 1
    }
}

line() { # NAME CALLS BASE GOAL COMMAND
    printf '%s\t%s\t%s\t%s\t%s\n' "$@"
}

# The slow ones make fewer calls; "plain, short" is what is subtracted from them.
specification() { # PROGRAM LONG CALLS SHORT CALLS
    line plain "$3" - - "./$1-plain $2"
    line 'plain, short' "$5" - - "./$1-plain $4"
    line empty "$3" plain - "./$1-empty $2"
    line 'recount, counting' "$3" plain 2.5 "$recount record --timestamps=none -o data -- ./$1-recount $2 2>err"
    line 'recount, default' "$3" plain 3.5 "$recount record -o data -- ./$1-recount $2 2>err"
    line 'recount, all' "$5" 'plain, short' - "$recount record --timestamps=all -o data -- ./$1-recount $4 2>err"
    line 'gprof' "$3" plain - "./$1-pg $2"
    command -v uftrace >/dev/null || return 0
    line 'uftrace, -pg' "$5" 'plain, short' - "rm -rf uf; uftrace record --no-libcall -d uf ./$1-pg $4 2>err"
    line 'uftrace, the flag' "$5" 'plain, short' - "rm -rf uf; uftrace record --no-libcall -d uf ./$1-flag $4 2>err"
}

head_of_document() {
    cat <<END
# What a hook costs

Written by \`sh bench/hooks.sh $rounds\` on $(date +%Y-%m-%d): $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) CPUs,
Linux $(uname -r | cut -d- -f1), $(gcc --version | head -n 1), $(clang --version | head -n 1).

All builds are -O2 and run in turn, $rounds times. A call costs (CPU time of the run - CPU time of the plain build) / calls; CPU
time is user and system, of every thread and process that the run started, so that recount's sampler and uftrace's writer
are in it, and so is what starting them costs. "x empty" sets this cost beside that of static hooks that do nothing, "whole run x empty" the undivided run. Each
is taken within a round, and the median of the rounds is shown; "least" is the cheapest round. The machine's load average
was $(cut -d ' ' -f 1-3 /proc/loadavg) when it began.
END
}

head_of_document >document
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    for program in fib leaf; do
        compile $compiler $program
        case $program in
        fib)
            verify $compiler fib 20 21891
            specification fib 39 204668309 33 11405773 >spec
            ;;
        leaf)
            verify $compiler leaf 1000 1000
            specification leaf 200000000 200000000 10000000 10000000 >spec
            ;;
        esac
        printf '\n## %s, %s\n\n' $program $compiler | tee -a document
        ./interleave -n "$rounds" -r empty <spec >table || {
            [ ! -s err ] || cat err
            exit 1
        }
        tee -a document <table
    done
done
cp document "$document"
