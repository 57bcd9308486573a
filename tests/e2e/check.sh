#!/bin/sh
# recount check: a program that keeps its budgets passes, one that breaks them fails and each broken line is named.
set -eu
recount=$RECOUNT_BUILD/recount
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >budget <<'EOF'
# exact, whatever the machine does
calls of db_query per on_request <= 3
calls of on_request == 30
inflation of on_request <= 6     # five waits
resumes of on_request per call <= 5
no calls of misbehave
no losses
# measured
no stall above 50 ms
no stall above 50 ms in on_request
no blocking call in a task
no blocking call in "on_request"
EOF
"$recount" cc -O2 -g "$here/programs/budget.c" -o program

"$recount" record -o good.data ./program 2>/dev/null
"$recount" check -i good.data budget >good || { cat good; exit 1; }
grep -qx '10 budgets: 10 held, 0 broken' good || { cat good; exit 1; }

"$recount" record -o bad.data ./program badly 2>/dev/null
status=0
"$recount" check -i bad.data budget >bad || status=$?
cat bad
[ $status = 1 ]
grep -q '^BROKEN  budget:2: calls of db_query per on_request <= 3: 3.033 (91 in 30 calls of on_request)' bad
grep -q '^BROKEN  budget:6: no calls of misbehave: 1 call, most by on_request' bad
grep -q '^BROKEN  budget:9: no stall above 50 ms: 1 stall, the longest .* ms in on_request' bad
grep -q '^BROKEN  budget:10: ' bad
grep -q '^BROKEN  budget:11: no blocking call in a task: \(clock_\)\{0,1\}nanosleep in misbehave, found at ' bad
grep -q '^BROKEN  budget:12: ' bad
grep -qx '10 budgets: 4 held, 6 broken' bad

"$recount" check -i bad.data --json budget >json || [ $? = 1 ]
grep -q '"broken":[[:space:]]*6' json

# A limit on what never ran is no limit that was kept; what has no answer is unsure, and strict about it fails.
printf 'calls of db_querry <= 3\n' >typo
"$recount" check -i good.data typo >out && exit 1
grep -q "^BROKEN  typo:1: .*near it: db_query" out
"$recount" record --timestamps=none -o untimed.data ./program 2>/dev/null
printf 'no stall above 50 ms\n' >stall
"$recount" check -i untimed.data stall >out
grep -q '^unsure' out
if "$recount" check -i untimed.data --strict stall >/dev/null; then exit 1; fi
