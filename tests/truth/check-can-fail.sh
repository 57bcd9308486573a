#!/bin/sh
# The checker of the truth programs must find each kind of error, and name its class.
set -u
check=$RECOUNT_BUILD/bin/truth-check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

cat >"$work/report" <<'END'
{"functions": [
  {"name": "f(int)", "entries": 30, "calls": 10, "resumes": 20, "recursive": 0, "unexplained": 0,
   "time_ns": {"running": 50000000, "blocked": 0, "awaiting": 100000000, "queued": 0, "probes": 1, "total": 150000001},
   "callers": [{"name": "main", "calls": 10}],
   "physical_callers": [{"name": "main", "entries": 10}, {"name": "loop", "entries": 20}],
   "awaits": [{"file": "a.c", "line": 3, "count": 15}, {"file": "a.c", "line": 9, "count": 5}],
   "seen": {"total": 3}, "leaves": [{"name": "memcpy", "samples": 2}],
   "differences": [{"of": "entries", "one": 30, "other": 10}, {"of": "share", "one": 1.5, "other": 0.125}],
   "accounts": [{"of": "entries", "amount": 20}, {"of": "share", "amount": 1.5}, {"of": "share", "amount": -0.125}]}]}
END
cat >"$work/truth" <<'END'
what a program prints before its truth
{"functions":{"f":{"entries":30,"calls":10,"resumes":20,"callers":{"main":10},"physical_callers":{"main":10,"loop":20},"awaits":{"points":2,"count":20}}},"at_least":{"f":{"entries":29,"awaits":{"points":1}}},"at_most":{"f":{"entries":31}},"running_blocked_ms":{"f":51},"awaiting_ms":{"f":104}}
END

# try VERDICT WHICH SCRIPT: the verdict on the truth and the report after sed has changed one of them
try() {
    cp "$work/report" "$work/report.tried"
    cp "$work/truth" "$work/truth.tried"
    sed -i "$3" "$work/$2.tried"
    cmp -s "$work/$2" "$work/$2.tried" && [ "$3" != '' ] && {
        echo "nothing was changed by $3"
        failed=1
    }
    "$check" "$work/truth.tried" "$work/report.tried" >"$work/output"
    status=$?
    case $1 in *WRONG*) expected=1 ;; *) expected=0 ;; esac
    verdict=$(tail -n 1 "$work/output")
    [ "$verdict" = "verdict: $1" ] && [ $status = $expected ] && return
    echo "$2 changed by $3: exit $status, $verdict; expected $1"
    failed=1
}

try 'counts ok callers ok times ok' truth ''
try 'counts WRONG callers ok times ok' truth 's/"entries":30/"entries":31/'
try 'counts WRONG callers WRONG times ok' truth 's/"f":{"entries":30/"g":{"entries":30/'
try 'counts WRONG callers ok times ok' truth 's/"points":2/"points":3/'
try 'counts WRONG callers ok times ok' truth 's/"count":20/"count":19/'
try 'counts WRONG callers ok times ok' truth 's/"points":1/"points":3/'
try 'counts WRONG callers ok times ok' truth 's/"entries":29/"entries":31/'
try 'counts WRONG callers ok times ok' truth 's/"at_most":{"f":{"entries":31/"at_most":{"f":{"entries":29/'
try 'counts WRONG callers ok times ok' report 's/"unexplained": 0/"unexplained": 1/'
try 'counts WRONG callers ok times ok' report 's/"line": 9/"line": 0/'
try 'counts WRONG callers ok times ok' report 's/"amount": 20/"amount": 19/'
try 'counts WRONG callers ok times ok' report 's/-0.125/-0.126/'
try 'counts WRONG callers WRONG times WRONG' report 's/"f(int)"/"f(int)::{lambda()#1}::operator()()"/'
try 'counts ok callers WRONG times ok' truth 's/"callers":{"main":10}/"callers":{"main":9}/'
try 'counts ok callers WRONG times ok' truth 's/"main":10,"loop":20/"main":10/'
try 'counts ok callers WRONG times ok' report 's/"callers": \[{"name": "main"/"callers": [{"name": "[thread]", "calls": 0}, {"name": "main"/'
try 'counts ok callers ok times WRONG' truth 's/"f":51/"f":53/'
try 'counts ok callers ok times WRONG' report 's/"memcpy"/"process_vm_readv"/'
try 'counts ok callers ok times WRONG' report 's/"memcpy"/"rt_made_take"/'
own='{"name": "rt_call_find", "unexplained": 0, "seen": {"total": 1}, "time_ns": {"running": 0, "blocked": 0, "awaiting": 0, "queued": 0, "probes": 0, "total": 0}}'
try 'counts ok callers ok times WRONG' report "s/{\"name\": \"f(int)\"/$own, &/"
try 'counts ok callers ok times ok' report "s/{\"name\": \"f(int)\"/$(echo "$own" | sed s/rt_call/call/), &/"
try 'counts ok callers ok times WRONG' truth 's/"f":104/"f":106/'
try 'counts ok callers ok times WRONG' report 's/"total": 150000001/"total": 150000002/'
try 'counts ok callers ok times none' truth 's/,"running.*}}/}/'
exit $failed
