#!/bin/sh
# plugin.sh: a host in C whose plug-in is in C++, plain and recorded: the same words and the same exit status, whether
# the plug-in's C++ library is shared, inside it, or LLVM's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
recount=$RECOUNT_BUILD/recount
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 tried=0
gcc -O1 "$here/plugin.c" -o host || exit 1
try() { # COMMAND…: how to build the plug-in
    "$@" -O1 -shared -fPIC "$here/plugin.cpp" -o plugin.so 2>/dev/null || return 0
    tried=$((tried + 1))
    ./host ./plugin.so >expected
    timeout 60 "$recount" record -o data -- ./host ./plugin.so >said 2>err
    status=$?
    [ $status = 0 ] && cmp -s expected said && return 0
    echo "$*: exit status $status; it said:"
    cat said err
    failed=1
}
try g++
try g++ -static-libstdc++ -static-libgcc
try clang++ -stdlib=libc++
try env RECOUNT_CXX=g++ "$recount" c++
grep -qx 50 expected || failed=1
[ $tried -ge 2 ] || failed=1
exit $failed
