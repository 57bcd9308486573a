# A rule that matches nothing is said, and the command runs; it has no hooks, so only a named object is looked into.
cat >rules <<'RULES'
sleep strlen
sleep qsort* in libc.so.6    # this one is there
sleep nothing_like_this in libc.so.6
wake strlen in ./missing.so
RULES
recount record --filter rules true
recount report | grep 'of the filter'
recount report --json | grep asleep_un
