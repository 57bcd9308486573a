#!/bin/sh
# An installed tree works, and works after it was moved: `recount cc` and `record`, pkg-config, and the CMake package.
set -u
build=${RECOUNT_BUILD:?the build tree to install}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

cmake --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
mv "$work/first" "$work/moved"
prefix=$work/moved
for file in bin/recount lib/librecount.so lib/librecount.a include/recount/recount.h include/recount/coro.h \
    lib/pkgconfig/recount.pc lib/cmake/recount/recountConfig.cmake share/man/man1/recount.1 \
    share/bash-completion/completions/recount share/zsh/site-functions/_recount \
    share/fish/vendor_completions.d/recount.fish; do
    [ -e "$prefix/$file" ] || fail "$file is not installed"
done
if grep -rlI -e "$build" -e "$work/first" "$prefix"; then
    fail "installed files name the build tree or the first prefix"
fi

# A program on one side, a library that is opened later on the other.
cd "$work" || exit 1
cat >app.c <<'C'
#include <recount/coro.h>
#include <stdio.h>
int twice(int x) { return 2 * x; }
int main(void) { printf("%d\n", twice(21)); return 3; }
C

# check WHAT PROGRAM: it runs as ever, holds the runtime where there is one, and can be recorded
holds_runtime=$(nm "$prefix/lib/librecount.a" 2>/dev/null | grep -c ' T __cyg_profile_func_enter')
check() {
    [ "$("$2")" = 42 ] || fail "$1: wrong output"
    if [ "$holds_runtime" -gt 0 ] && ! nm -D "$2" | grep -q ' T __cyg_profile_func_enter'; then
        fail "$1: the hooks are not exported"
    fi
    "$prefix/bin/recount" record -o "$1.data" "$2" >out 2>err
    [ $? -eq 3 ] || fail "$1: record does not exit with the program's status: $(cat err)"
    grep -q 'wrote' err || fail "$1: nothing was written"
    ! grep -q 'without the flag' err || fail "$1: $(cat err)"
}

"$prefix/bin/recount" cc -O2 app.c -o by-cc || fail "recount cc"
check by-cc ./by-cc

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
cc $(pkg-config --cflags recount) -c app.c -o app.o && cc app.o $(pkg-config --libs recount) -o by-pkg-config ||
    fail "pkg-config"
check by-pkg-config ./by-pkg-config

mkdir package && cat >package/CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.22)
project(consumer C)
find_package(recount 0.1 REQUIRED)
add_executable(by-cmake ../app.c)
target_link_libraries(by-cmake PRIVATE recount::recount)
add_library(plugin SHARED ../app.c)
target_link_libraries(plugin PRIVATE recount::recount)
C
cmake -S package -B package/build -DCMAKE_PREFIX_PATH="$prefix" >log 2>&1 && cmake --build package/build >>log 2>&1 ||
    { cat log; fail "find_package(recount)"; }
check by-cmake package/build/by-cmake
nm -D package/build/libplugin.so | grep -q ' U __cyg_profile_func_enter' || fail "a library gets a runtime of its own"

mkdir other && cat >other/CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.22)
project(other C)
add_executable(by-cmake-cc ../app.c)
C
CC="$prefix/bin/recount cc" cmake -S other -B other/build >log 2>&1 &&
    cmake --build other/build >>log 2>&1 || { cat log; fail 'CC="recount cc" cmake'; }
check by-cmake-cc other/build/by-cmake-cc

PATH=$prefix/bin:$PATH MANPATH=$prefix/share/man recount help record >page 2>&1
grep -qi 'profile' page || fail "recount help record"
exit $failed
