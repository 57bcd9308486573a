#!/bin/sh
# A recorded program that has functions of its own under names that recount interposes gets those, with all their
# arguments: in a library, and in a plugin that is loaded for itself alone.
set -eu
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$recount" cc -O2 -g -shared -fPIC "$here/programs/names_own.c" -o libown.so
"$recount" cc -O2 -g -shared -fPIC "$here/programs/names_plugin.c" -o plugin.so
"$recount" cc -O2 -g "$here/programs/names.c" -L. -lown -Wl,-rpath,"$work" -ldl -o names
./names ./plugin.so >alone
"$recount" record -o names.data ./names ./plugin.so >recorded
[ -s alone ]
cmp alone recorded
cat recorded
