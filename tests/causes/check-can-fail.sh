#!/bin/sh
# The checker of the causes must find a cause that is missing, one too many, and an account that does not close.
set -u
check=$RECOUNT_BUILD/bin/cause-check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

cat >"$work/report" <<'END'
{"functions": [
  {"name": "f(int)", "verdict": "disagree", "causes": ["blocked"],
   "differences": [{"of": "time", "one": 100, "other": 20, "difference": 80}, {"of": "share", "one": 50.125, "other": 40.1, "difference": 10.025}],
   "accounts": [{"of": "time", "cause": "blocked", "amount": 70}, {"of": "time", "cause": "unexplained", "amount": 10},
                {"of": "share", "cause": "unexplained", "amount": 10.025}]},
  {"name": "g", "verdict": "agree", "causes": [], "differences": [], "accounts": []},
  {"name": "main", "verdict": "too_few", "causes": ["blocked"], "differences": [], "accounts": []}]}
END
cat >"$work/truth" <<'END'
what a program prints before its truth
{"subject":"f","cause":"blocked","of":"time","part":0.8,"disagree":1,"also":{"main":"blocked"}}
END

# try EXIT WHICH SCRIPT: how the checker ends after sed has changed the truth or the report
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
    [ $status = "$1" ] && return
    echo "$2 changed by $3: exit $status, expected $1"
    cat "$work/output"
    failed=1
}

try 0 truth ''
try 1 truth 's/"subject":"f"/"subject":"h"/'
try 1 truth 's/"cause":"blocked"/"cause":"recursion"/'
try 1 truth 's/"part":0.8/"part":0.9/'
try 1 truth 's/"also":{"main":"blocked"}/"also":{"main":"recursion"}/'
try 1 truth 's/"also":.*/"also":{}}/'
try 1 report '1,2s/\["blocked"\]/[]/'
try 1 report '1,2s/\["blocked"\]/["blocked","recursion"]/'
try 1 report 's/"g", "verdict": "agree", "causes": \[\]/"g", "verdict": "agree", "causes": ["recursion"]/'
try 1 report 's/"verdict": "disagree"/"verdict": "agree"/'
try 1 report 's/"amount": 70/"amount": 71/'
try 1 report 's/"amount": 10.025/"amount": 10.026/'
try 1 report 's/"difference": 80/"difference": 81/'
try 1 report 's/"of": "time", "cause": "unexplained"/"of": "calls", "cause": "unexplained"/'

cat >"$work/truth" <<'END'
{"agree":["g"]}
END
try 1 truth ''
sed -i -e 's/"disagree"/"agree"/' -e 's/\["blocked"\]/[]/' "$work/report"
try 0 truth ''
try 1 report 's/"g", "verdict": "agree"/"g", "verdict": "too_few"/'
try 1 report 's/"f(int)", "verdict": "agree"/"f(int)", "verdict": "disagree"/'
try 1 truth 's/"g"/"h"/'

# Where others had the CPU a control's verdicts are said to be the machine's, and causes are not.
busy='s/"main", "verdict": "too_few", "causes": \[\],/"main", "verdict": "disagree", "causes": [], "time_ns": {"running": 9},/
s/"accounts": \[\]}\]}/"accounts": [{"of": "time", "amount": 10, "cause": "preempted"}]}]}/'
try 1 report "$busy"
grep -q 'on a busy machine' "$work/output" || { echo "a busy machine is not said"; failed=1; }
try 1 report "$busy
s/\"g\", \"verdict\": \"agree\", \"causes\": \[\]/\"g\", \"verdict\": \"agree\", \"causes\": [\"recursion\"]/"
grep -q 'on a busy machine' "$work/output" && { echo "a cause is taken for the machine's"; failed=1; }
exit $failed
