#!/bin/sh
# Lua 5.4 from Debian's source, built with CC="recount cc" and otherwise untouched: its output must be the plain build's,
# byte for byte, and each function's entries those of an independent second tracer on the same object files.
set -eu
. "$(dirname "$0")/common.sh"
need libtool make g++ nm setarch dpkg-architecture
debian_source lua5.4
work=$cache/lua
mkdir -p "$work"

# What all builds share beyond Debian's makefile are two settings of Lua's own: a fixed seed for string hashes, which Lua
# takes from addresses and the time, and one row in the cache of C strings, which it picks by their address. Without them
# no two runs of any build make the same calls.
make_lua() { # DIRECTORY CC CXX TARGET…
    flags="-O2 -g '-Dluai_makeseed(L)=0x5eed' -DSTRCACHE_N=1 -DSTRCACHE_M=2"
    make -s -C "$1/src" linux V=5.4 LIBTOOL='libtool --silent' CC="$2" CXX="$3" ALL="$4" \
        MYCFLAGS="$flags" MYCXXFLAGS="$flags" MYLDFLAGS= "${5:--j1}"
}

# Debian's makefile links both libraries in one rule, which make -j would run twice at a time.
build_lua() { # DIRECTORY CC CXX
    make_lua "$@" o "-j$jobs" && make_lua "$@" lua5.4
}

fresh_tree() {
    rm -rf "$1"
    mkdir -p "$1"
    cp -a "$source/src" "$source/debian" "$1/"
    # debian/rules makes this header before it calls make.
    echo "#define DEB_HOST_MULTIARCH \"$(dpkg-architecture -qDEB_HOST_MULTIARCH)\"" >"$1/src/lua5.4-deb-multiarch.h"
}

run_lua() { # DIRECTORY COMMAND…: the workload in a directory of its own, at addresses that stay
    rm -rf "$1/run"
    mkdir "$1/run"
    (cd "$1/run" && shift && setarch -R "$@" "$here/lua.lua" first second </dev/null)
}

for compiler in $(compilers); do
    case $compiler in
    *clang*) cxx=clang++ ;;
    *) cxx=g++ ;;
    esac
    base=$work/$compiler
    if [ ! -e "$base/plain/.complete" ]; then
        fresh_tree "$base/plain"
        quietly "$base/plain.log" build_lua "$base/plain" "$compiler" "$cxx" || fail "the plain build ($compiler)"
        touch "$base/plain/.complete"
    fi
    if ! instrumented "$base/recount"; then
        fresh_tree "$base/recount"
        RECOUNT_CC=$compiler RECOUNT_CXX=$cxx quietly "$base/recount.log" \
            build_lua "$base/recount" "$recount cc" "$recount c++" || fail "CC=\"recount cc\" make ($compiler)"
        rm -rf "$base/oracle"
        cp -a "$base/recount" "$base/oracle"
        rm -f "$base/oracle/src/lua5.4"
        oracle_compiler "$base/oracle-cc" "$compiler"
        quietly "$base/oracle.log" make_lua "$base/oracle" "$base/oracle-cc" false lua5.4 || fail "the oracle's link ($compiler)"
        tool_key >"$base/recount/.complete"
    fi
    compare_builds "lua, $compiler" "$base" run_lua src/lua5.4
done
