#!/bin/sh
# Is a proposed filter worth what it promises? Records, proposes, records again with the filter, in turn, and holds the
# predicted saving of CPU time against the measured one. Prints the table and writes docs/bench-filter.md.
#
#     sh bench/filter.sh [ROUNDS [WORKLOAD...]]     default 7, and leaf fib lua character_api; RECOUNT_BUILD is the
#                                                   build tree, default build/release
#
# Lua is built from Debian's source and needs apt-get, libtool and a network; the server needs ab. What cannot be had is
# left out, and said.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${RECOUNT_BUILD:-$root/build/release}
recount=$build/recount
rounds=${1:-7}
[ $# -eq 0 ] || shift
asked="${*:-leaf fib lua character_api}"
document=${BENCH_DOCUMENT:-$root/docs/bench-filter.md}
[ -x "$recount" ] || {
    echo "filter.sh: there is no $recount; cmake --preset release && cmake --build --preset release"
    exit 1
}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
load=$(cut -d ' ' -f 1-3 /proc/loadavg)
: >left-out

# ---- workloads: each is a function that records into $1, with the options behind it ----

record() { # DATA [OPTION…] -- COMMAND…
    data=$1
    shift
    "$recount" record -o "$data" "$@" >/dev/null 2>log || { cat log; exit 1; }
}

leaf_gcc() { record "$@" -- ./leaf-gcc 60000000; }
leaf_clang() { record "$@" -- ./leaf-clang 60000000; }
fib_gcc() { record "$@" -- ./fib-gcc 36; }
fib_clang() { record "$@" -- ./fib-clang 36; }
lua() { record "$@" -- ./lua/src/lua5.4 work.lua; }

character_api() {
    data=$1
    shift
    rm -f port pid
    "$recount" record -o "$data" "$@" -- "$build/bin/character_api" --pid-file pid --port-file port >/dev/null 2>log &
    recorder=$!
    for wait in $(seq 100); do
        [ -s port ] && break
        sleep 0.1
    done
    server=$(cat pid)
    ab -q -n 3000 -c 10 "http://127.0.0.1:$(cat port)/character/7" >ab.log 2>&1
    kill -INT "$server"
    server=
    wait $recorder
}

# ---- building them ----

build_small() {
    for compiler in gcc clang; do
        for program in leaf fib; do
            RECOUNT_CC=$compiler "$recount" cc -O2 "$root/bench/programs/$program.c" -o "$program-$compiler"
        done
    done
}

# common.sh finds itself by the name of who sources it.
build_lua() {
    RECOUNT_BUILD=$build sh -eu -c '
        . "$(dirname "$0")/common.sh"
        need libtool make dpkg-architecture
        debian_source lua5.4
        mkdir lua
        cp -a "$source/src" "$source/debian" lua/
        echo "#define DEB_HOST_MULTIARCH \"$(dpkg-architecture -qDEB_HOST_MULTIARCH)\"" >lua/src/lua5.4-deb-multiarch.h
        for target in o lua5.4; do
            RECOUNT_CC=gcc make -s -C lua/src linux V=5.4 LIBTOOL="libtool --silent" CC="$recount cc" CXX="$recount c++" \
                ALL=$target MYCFLAGS="-O2 -g" MYLDFLAGS=
        done' "$root/tests/workloads/lua.sh"
}

write_script() {
    cat >work.lua <<'LUA'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words, count = {}, 0
for i = 1, 60000 do words[i] = string.format("%d-%s", (i * 7919) % 10007, ("x"):rep(i % 13)) end
table.sort(words)
for _, word in ipairs(words) do count = count + #word:gsub("x+", string.upper) end
print(fib(27), count)
LUA
}

# ---- the experiment ----

one() { # NAME FUNCTION
    "$2" first.data
    "$recount" filter -i first.data -o "$2.filter" 2>>log || true
    "$recount" report -i first.data --blind --json >first.json
    grep -q '^sleep' "$2.filter" || {
        left_out "$1: no function's hooks cost so much that it should sleep"
        return 0
    }
    awake= asleep=
    for round in $(seq "$rounds"); do
        "$2" data
        "$recount" report -i data --blind --json >"awake$round.json"
        "$2" data --filter "$2.filter"
        "$recount" report -i data --blind --json >"asleep$round.json"
        awake="$awake awake$round.json" asleep="$asleep asleep$round.json"
    done
    python3 "$root/bench/filter.py" "$1" first.json $awake -- $asleep
}

left_out() {
    echo "$*" >>left-out
    echo "filter.sh: left out: $*" >&2
}

small() { # PROGRAM
    for compiler in gcc clang; do
        one "$1, $compiler" "$1_$compiler"
    done
}

server_too() {
    if command -v ab >/dev/null && [ -x "$build/bin/character_api" ]; then
        one 'character_api, 3000 requests' character_api
    else
        left_out 'character_api: ab or the server is not there'
    fi
}

lua_too() {
    if build_lua >lua.log 2>&1; then one 'Lua 5.4, gcc' lua; else left_out "Lua: $(tail -n 1 lua.log)"; fi
}

all() {
    for workload in $asked; do
        case $workload in
        leaf | fib) small $workload ;;
        lua) lua_too ;;
        character_api) server_too ;;
        *) left_out "$workload: no such workload" ;;
        esac
    done
}

document() {
    cat <<END
# Is a proposed filter worth what it promises?

Written by \`sh bench/filter.sh $rounds $asked\` on $(date +%Y-%m-%d): $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) CPUs,
Linux $(uname -r | cut -d- -f1), $(gcc --version | head -n 1), $(clang --version | head -n 1). The machine's load average was $load when it began.

Each program is recorded, \`recount filter\` proposes who should sleep, and then it is recorded $rounds times without the
filter and with it, in turn. CPU time is the program's own, the sampler's thread not counted. *Predicted* is what the
filter's first lines say, the range and the best guess, as shares of the first recording's CPU time; *by samples* how many
samples of that recording were in these functions' hooks, and their share of all with its 95% interval. *Measured* is the
mean over neighbouring pairs of runs with its 95% interval (Student's t). The difference is measured less guessed, in
percentage points of CPU time: below 0, sleeping saved less. *Held*: the mean lies in the predicted range, or does so
*within its error*. The range is not an interval of chance alone: a processor does a function's own work beside its
hooks, which takes time of its own when they are gone, and how much that is no single run tells (docs/model.md).

| program | asleep | CPU time awake | predicted | by samples | measured | difference | held |
|---|---|--:|--:|--:|--:|--:|---|
END
    cat table
    sed 's/^/\nLeft out: /' left-out
    cat <<END

## A filter as \`recount filter\` wrote it

\`\`\`
$(cat "$(ls ./*.filter | tail -n 1)")
\`\`\`
END
}

build_small
write_script
all | tee table
document >"$document"
echo "wrote $document"
