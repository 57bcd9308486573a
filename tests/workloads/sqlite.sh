#!/bin/sh
# SQLite's shell from Debian's source, built with CC="recount cc" (configure and all) and otherwise untouched: its output
# must be the plain build's, byte for byte, and each function's entries those of an independent second tracer.
set -eu
. "$(dirname "$0")/common.sh"
need make nm setarch tclsh
debian_source sqlite3
work=$cache/sqlite
mkdir -p "$work"

build_sqlite() { # DIRECTORY CC
    rm -rf "$1"
    mkdir -p "$1"
    (
        cd "$1"
        "$source/configure" CC="$2" CFLAGS='-O2 -g' --disable-shared --disable-readline --disable-tcl --enable-fts5 \
            --enable-rtree && make sqlite3
    )
}

# The shell alone is linked again; sqlite3.o and shell.c are what they were.
relink_oracle() { # FROM TO CC
    rm -rf "$2"
    cp -a "$1" "$2" && rm "$2/sqlite3" && make -C "$2" sqlite3 CC="$3"
}

run_sqlite() { # DIRECTORY COMMAND…: the workload in an empty directory, at addresses that stay; it ends with status 7
    rm -rf "$1/run"
    mkdir "$1/run"
    status=0
    (cd "$1/run" && shift && setarch -R "$@" -batch -init /dev/null work.db <"$here/sqlite.sql") || status=$?
    [ $status = 7 ]
}

for compiler in $(compilers); do
    base=$work/$compiler
    mkdir -p "$base"
    if [ ! -e "$base/plain/.complete" ]; then
        quietly "$base/plain.log" build_sqlite "$base/plain" "$compiler" || fail "the plain build ($compiler)"
        touch "$base/plain/.complete"
    fi
    if ! instrumented "$base/recount"; then
        RECOUNT_CC=$compiler quietly "$base/recount.log" build_sqlite "$base/recount" "$recount cc" ||
            fail "configure CC=\"recount cc\" && make ($compiler)"
        oracle_compiler "$base/oracle-cc" "$compiler"
        quietly "$base/oracle.log" relink_oracle "$base/recount" "$base/oracle" "$base/oracle-cc" ||
            fail "the oracle's link ($compiler)"
        tool_key >"$base/recount/.complete"
    fi
    compare_builds "sqlite, $compiler" "$base" run_sqlite sqlite3
done
