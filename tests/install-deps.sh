#!/bin/sh
# Installs, through apt-get, what is missing on a Debian or Ubuntu. Installs nothing that is there already, and does
# not need root then.
#
#   install-deps.sh demo    to build recount and run the demo
#   install-deps.sh all     to run every test as well (the default)
set -u

build="gcc g++ libc6-dev make cmake ninja-build pkg-config libunwind-dev liblzma-dev libiberty-dev uthash-dev
    libcjson-dev libdw-dev libelf-dev"
demo="libevent-dev libsqlite3-dev libpq-dev apache2-utils curl ca-certificates"
test="clang clang-format clang-tidy cppcheck libcriterion-dev valgrind postgresql man-db groff dpkg-dev git binutils
    util-linux procps libboost-context-dev libpth-dev libasio-dev libuv1-dev libglib2.0-dev"
# Tests that need these are skipped, with the reason, where they are not to be had.
optional="clang-19 uftrace node npm chromium libtool tclsh" # commands

case ${1:-all} in
demo) wanted="$build $demo" extra= ;;
all) wanted="$build $demo $test" extra=$optional ;;
*)
    echo "usage: install-deps.sh [demo|all]" >&2
    exit 2
    ;;
esac

# missing PACKAGE...: those that are not installed
missing() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

required=$(missing $wanted)
optional=
for command in $extra; do
    command -v "$command" >/dev/null || optional="$optional$command "
done
[ -z "$required$optional" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "recount: there is no apt-get here; install these or their like by hand: $required" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    [ -z "$required" ] && exit 0
    echo "recount: packages are missing; as root: apt-get install $required" >&2
    exit 1
fi

echo "installing: $required$optional"
apt update || echo "recount: apt-get update failed; going on with the lists that are there" >&2
if [ -n "$required" ] && ! apt install -y --no-install-recommends $required; then
    echo "recount: apt-get could not install: $required" >&2
    exit 1
fi
for package in $optional; do # named as their commands, but for these
    case $package in
    node) package=nodejs ;;
    libtool) package=libtool-bin ;;
    tclsh) package=tcl ;;
    esac
    apt install -y --no-install-recommends "$package" ||
        echo "recount: $package is not to be had; what needs it will be skipped" >&2
done
exit 0
