#!/bin/sh
# Runs a command against a PostgreSQL server of its own: sh postgres.sh COMMAND [ARG…]
#
# The server's URL becomes the command's last argument and is in $DATABASE_URL; the command's exit status becomes
# ours. The server runs as an ordinary user, in a temporary directory, listens there and on a free port of 127.0.0.1,
# and is gone with its data when the command has ended. Exit 77: there is no PostgreSQL, or no user to run it.
set -u

owner=$(id -un)
[ "$(id -u)" != 0 ] || owner=postgres # it refuses to run as root
dir=
started=

die() {
    [ ! -s "${2-}" ] || tail -n 20 "$2" >&2
    echo "postgres.sh: $1" >&2
    exit 1
}

skip() {
    echo "postgres.sh: skipped: $*" >&2
    exit 77
}

as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid="$owner" --regid="$owner" --init-groups -- "$@")
    else
        (cd / && exec "$@")
    fi
}

stop() {
    trap - EXIT
    [ -z "$started" ] || as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
    [ -z "$dir" ] || rm -rf "$dir"
}

start_on() {
    as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 \
        -o "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c fsync=off" start >/dev/null 2>&1
}

[ $# -gt 0 ] || {
    echo "usage: postgres.sh COMMAND [ARG...]" >&2
    exit 2
}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || skip "no /usr/lib/postgresql/*/bin/initdb (Debian's package postgresql)"
id "$owner" >/dev/null 2>&1 || skip "run by root, and there is no user $owner"

trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Not in $TMPDIR: the owner must reach it, and a socket's path may not be long.
dir=$(as_owner mktemp -d /tmp/postgres.XXXXXX) || die "cannot make a directory in /tmp"
as_owner "$bin/initdb" -D "$dir/data" -U recount -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
    die "initdb failed" "$dir/initdb.log"

# Only the bind itself tells whether a port is free.
for port in $(shuf -i 20000-32000 -n 10); do
    start_on "$port" && started=$port && break
done
[ -n "$started" ] || die "the server does not start" "$dir/server.log"

DATABASE_URL="postgresql://recount@127.0.0.1:$started/postgres"
export DATABASE_URL
"$@" "$DATABASE_URL"
