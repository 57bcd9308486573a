#!/bin/sh
# What identity costs: an entry of a plain function, of one that looks like a method, an allocation, a resume, a switch, a
# callback, each with recount against hooks that do nothing, in turn. Writes docs/bench-identity.md.
#
#     sh bench/identity.sh [ROUNDS [PART]]    default 5 rounds; PART divides all numbers of calls, to try it out
#
# RECOUNT_BUILD is the build tree, default build/release; BENCH_DOCUMENT the document. A case whose header or library is
# not there is left out and named.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
recount=$build/recount
rounds=${1:-5}
part=${2:-1}
document=${BENCH_DOCUMENT:-$root/docs/bench-identity.md}
case $rounds$part in
*[!0-9]*)
    echo "usage: identity.sh [ROUNDS [PART]]"
    exit 2
    ;;
esac
[ -x "$recount" ] || {
    echo "identity.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cc -std=gnu17 -D_GNU_SOURCE -O2 "$root/bench/interleave.c" -o interleave
cc -O2 -c "$root/bench/programs/empty.c" -o empty.o

hooks() { # COMPILER: what `recount cc` adds by default
    case $1 in
    *clang*) echo -finstrument-functions-after-inlining ;;
    *) echo -finstrument-functions ;;
    esac
}

flags() { # COMPILER SOURCE
    case $2 in
    *.cpp) echo "-std=c++20" ;;
    *) echo "-std=gnu17 -D_GNU_SOURCE" ;;
    esac
    case $1:$2 in g++:*.cpp) echo "-fcoroutines" ;; esac
    echo "-I $root/include -pthread"
}

# The three builds of a program; fails where a header or a library is missing.
compile() { # COMPILER LEVEL SOURCE LIBRARIES…
    compiler=$1 level=$2 source=$root/bench/programs/$3 driver=cc
    all="$(flags "$compiler" "$3") $level"
    case $3 in *.cpp) driver=c++ ;; esac
    shift 3
    $compiler $all "$source" -o plain "$@" 2>err || return 1
    $compiler $all $(hooks "$compiler") "$source" empty.o -o empty "$@" 2>err || return 1
    RECOUNT_CC=$compiler RECOUNT_CXX=$compiler "$recount" $driver $all "$source" -o recount "$@" 2>err
}

line() { # NAME CALLS BASE COMMAND
    printf '%s\t%s\t%s\t-\t%s\n' "$@"
}

specification() { # CALLS ARGUMENTS…
    calls=$1
    shift
    line plain "$calls" - "./plain $*"
    line empty "$calls" plain "./empty $*"
    line counting "$calls" plain "$recount record --timestamps=none -o data -- ./recount $* 2>err"
    line default "$calls" plain "$recount record -o data -- ./recount $* 2>err"
}

# One row from what interleave prints of the four builds.
row() { # NAME CALLS
    awk -F ' *[|] *' -v name="$1" -v calls="$2" '
        $2 == "plain" { plain = $4 * 1e9 / calls }
        $2 != "plain" { ns[$2] = $5; ratio[$2] = $8 }
        END { printf "| %s | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n", name, calls, plain, ns["empty"],
                     ns["counting"], ns["default"], ns["default"] - ns["empty"], ratio["default"] }' table
}

# measure NAME CALLS COMPILER LEVEL SOURCE [-lLIBRARY… | -IDIRECTORY…] -- ARGUMENTS…: @ in them is the number of calls.
measure() {
    name="$1, $3 $4" calls=$(($2 / part)) compiler=$3 level=$4 source=$5
    [ "$calls" -gt 0 ] || calls=1
    shift 5
    libraries=
    while [ "$1" != -- ]; do
        libraries="$libraries $1"
        shift
    done
    shift
    if ! command -v "$compiler" >/dev/null || ! compile "$compiler" "$level" "$source" $libraries; then
        echo "- $name: $(command -v "$compiler" >/dev/null && grep -m 1 -o 'fatal error.*\|error.*' err || echo "not to be had here")" |
            tee -a left_out
        return 0
    fi
    specification "$calls" $(echo "$*" | sed "s/@/$calls/") >spec
    if ./interleave -n "$rounds" -r empty <spec >table 2>failed; then
        row "$name" "$calls" | tee -a rows
    else
        echo "- $name: $(head -n 1 failed)" | tee -a left_out
    fi
}

header() {
    cat <<END
# What identity costs

Written by \`sh bench/identity.sh $*\` on $(date +%Y-%m-%d): $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) CPUs,
Linux $(uname -r | cut -d- -f1), $(gcc --version | head -n 1), $(clang --version | head -n 1);
load average $(cut -d ' ' -f 1-3 /proc/loadavg) when it began, and other work on the machine is in the figures.

Nanoseconds of CPU time (user and system, the sampler's thread and the launcher too) that one call, resume, switch,
allocation or callback costs over the build without hooks, taken within a round; medians of $rounds rounds, run in turn.
Starting and ending a recording is in them; the first row is nothing else. "Plain" is what the whole thing takes without hooks. "Empty" has
hooks that do nothing; "counting" is \`--timestamps=none\`. A switch is there and back again, with a call of a hooked
function in between; resumes and switches go round ten tasks. The last column is the whole run's time, undivided, with
recount (default) over that with empty hooks.

| what | calls | plain | empty | counting | default | default - empty | run x empty |
|---|--:|--:|--:|--:|--:|--:|--:|
END
}

header "$@" >document
: >rows >left_out
measure 'a program of one call' 1 gcc -O2 leaf.c -- @
for with in gcc clang; do
    measure 'plain function' 50000000 $with -O2 leaf.c -- @
    measure 'pointer to an object first' 50000000 $with -O2 identity_object.c -- @
    measure 'protothread, a switch of its own' 50000000 $with -O2 identity_pt.c -- @
    measure "protothread, recount's pt.h" 5000000 $with -O2 identity_pt_header.c "-I$root/include/recount/pt" -- @
    measure 'resume, recount/coro.h' 5000000 $with -O2 scale_coro.c -- 10 @
    measure 'switch, ucontext' 1000000 $with -O2 scale_ucontext.c -- 10 @
    measure 'switch, assembly' 5000000 $with -O2 scale_asm.c -- 10 @
    measure 'timer of libuv' 2000000 $with -O2 identity_uv.c -luv -- @
    measure 'event of libevent' 2000000 $with -O2 identity_event.c -levent -- @
done
for with in 'g++ -O1' 'g++ -O2' 'clang++ -O2'; do
    measure 'plain function, C++' 50000000 $with identity_cpp.cpp -- plain @
    measure 'virtual function' 50000000 $with identity_cpp.cpp -- method @
    measure 'function with operator new' 10000000 $with identity_cpp.cpp -- new @
    measure 'resume, C++20 coroutine' 1000000 $with scale_coroutine.cpp -- 10 @
done
[ -s rows ] || {
    cat left_out
    echo "identity.sh: nothing was measured"
    exit 1
}
cat rows >>document
if [ -s left_out ]; then
    printf '\nLeft out:\n\n' >>document
    cat left_out >>document
fi
cp document "$document"
