#!/bin/sh
# recount's main job on a real server: sh examples/demo.sh [--db URL]
#
# Installs what is missing, builds, serves 300 requests with examples/character_api under `recount record`, and
# prints what `recount report` and `recount explain get_character` say about it. With --db postgresql://… the server
# keeps its data there instead of in an SQLite database of its own.
set -u

requests=300
clients=10
source=$(cd "$(dirname "$0")/.." && pwd) || exit 1
build=$source/build/release
recount=$build/recount
dir=
recorder=
server=

say() {
    echo "demo: $*" >&2
}

# die MESSAGE [LOG]: the message comes last, where it is seen.
die() {
    [ ! -s "${2-}" ] || tail -n 40 "$2" >&2
    say "$1"
    exit 1
}

usage() {
    echo "usage: demo.sh [--db URL]" >&2
    exit 2
}

clean_up() {
    trap - EXIT
    [ -z "$server" ] || kill "$server" 2>/dev/null
    [ -z "$recorder" ] || kill "$recorder" 2>/dev/null
    [ -z "$recorder" ] || wait "$recorder" 2>/dev/null
    [ -z "$dir" ] || rm -rf "$dir"
}

prepare() {
    sh "$source/tests/install-deps.sh" demo >"$dir/install.log" 2>&1 ||
        die "installing what is missing failed" "$dir/install.log"
    (cd "$source" && cmake --preset release) >"$dir/build.log" 2>&1 || die "cmake --preset release failed" "$dir/build.log"
    cmake --build "$build" --parallel >"$dir/build.log" 2>&1 || die "the build failed" "$dir/build.log"
    [ -x "$build/bin/character_api" ] || die "the build made no character_api: see cmake's messages" "$dir/build.log"
}

start_server() {
    (
        cd "$dir" || exit 1
        TMPDIR=$dir exec "$recount" record -o recount.data -- "$build/bin/character_api" \
            --pid-file pid --port-file port "$@" >server.log 2>&1
    ) &
    recorder=$!
    tries=0
    until [ -s "$dir/port" ]; do
        kill -0 "$recorder" 2>/dev/null || die "the server did not start" "$dir/server.log"
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || die "the server did not listen within a minute" "$dir/server.log"
        sleep 0.1
    done
    server=$(cat "$dir/pid")
    port=$(cat "$dir/port")
}

# ab says how many, and only when there are any how many were not answered with 2xx.
send_requests() {
    ab -q -n "$requests" -c "$clients" "http://127.0.0.1:$port/character/7" >"$dir/ab.log" 2>&1 ||
        die "ab could not send its requests" "$dir/ab.log"
    grep -Eq "^Complete requests: +$requests\$" "$dir/ab.log" || die "not all requests were answered" "$dir/ab.log"
    grep -Eq '^Failed requests: +0$' "$dir/ab.log" || die "requests failed" "$dir/ab.log"
    ! grep -q '^Non-2xx responses' "$dir/ab.log" || die "requests were refused" "$dir/ab.log"
}

stop_server() {
    kill -INT "$server" || die "the server is gone" "$dir/server.log"
    server=
    wait "$recorder"
    status=$?
    recorder=
    [ "$status" = 0 ] || die "the server ended with status $status" "$dir/server.log"
}

case $#:${1-} in
0:) ;;
2:--db) ;;
*) usage ;;
esac

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
dir=$(mktemp -d "${TMPDIR:-/tmp}/recount-demo.XXXXXX") || die "no temporary directory"

say "installing what is missing, and building"
prepare
say "recording character_api while it answers $requests requests, $clients at a time"
start_server "$@"
send_requests
stop_server

# Each prints its own error.
"$recount" report -i "$dir/recount.data" && echo && "$recount" explain -i "$dir/recount.data" get_character
