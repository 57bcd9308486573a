#!/bin/sh
# story.sh CHECK [SERVER-ARG…]: the main job on a real server. 300 requests by ab, ten at a time; then the report must say
# 300 calls of get_character by dispatch_request, thousands of entries by on_ready (or the header's co_resume, where that is not inlined), each resume at a named await point.
# Extra arguments (--db URL) go to the server.
set -u
check=$1
shift
build=$RECOUNT_BUILD
server=$build/bin/character_api
command -v ab >/dev/null && [ -x "$server" ] || {
    echo "skipped: it takes ab and the example server"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && TMPDIR=$work exec "$build/recount" record -o data -- "$server" --pid-file pid --port-file port "$@") \
    >"$work/log" 2>&1 &
recorder=$!
tries=0
until [ -s "$work/port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] && kill -0 $recorder 2>/dev/null || {
        cat "$work/log"
        exit 1
    }
    sleep 0.1
done
ab -q -n 300 -c 10 "http://127.0.0.1:$(cat "$work/port")/character/7" >"$work/ab" 2>&1
kill -INT "$(cat "$work/pid")"
wait $recorder || {
    cat "$work/log"
    exit 1
}
grep -Eq '^Failed requests: +0$' "$work/ab" || {
    cat "$work/ab"
    exit 1
}
# A handler awaits 31 statements; a request that finds no free session waits once more. 9,605 entries are the usual sum.
cat >"$work/truth" <<END
{"functions":{"get_character":{"calls":300,"internal":0,"recursive":0,"unexplained":0,"callers":{"dispatch_request":300}},"dispatch_request":{"calls":300,"resumes":0},"sheet_json":{"calls":300,"resumes":0}},"at_least":{"get_character":{"entries":9600,"resumes":9300}},"at_most":{"get_character":{"entries":9700,"resumes":9400}}}
END
"$build/recount" report -i "$work/data" --json >"$work/report" || exit 1
"$check" "$work/truth" "$work/report" || exit 1
"$build/recount" explain -i "$work/data" get_character >"$work/story" || exit 1
grep -q '300  dispatch_request' "$work/story" && grep -Eq 'on_ready|co_resume' "$work/story" || {
    cat "$work/story"
    exit 1
}
