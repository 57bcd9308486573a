#!/bin/sh
# The example server, built with a sanitizer, answers 300 requests from 10 clients at once on its threads, and the
# sanitizer has nothing to say.
set -u
server=${RECOUNT_BUILD:?the build tree}/bin/character_api
[ -x "$server" ] || { echo "skipped: character_api was not built"; exit 77; }
command -v ab >/dev/null || { echo "skipped: ab (apache2-utils) is missing"; exit 77; }
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1

TMPDIR=$work "$server" --port-file port >log 2>&1 &
pid=$!
until [ -s port ]; do
    kill -0 $pid 2>/dev/null || { cat log; exit 1; }
    sleep 0.1
done
ab -q -n 300 -c 10 "http://127.0.0.1:$(cat port)/character/7" >answers 2>&1 || { cat answers; exit 1; }
kill -TERM $pid
wait $pid
status=$?
if [ $status -ne 0 ] || grep -qE 'Sanitizer|runtime error' log; then
    cat log
    echo "the server exits with $status"
    exit 1
fi
grep -q '^Complete requests: *300$' answers && ! grep -q 'Non-2xx' answers || { cat answers; exit 1; }
