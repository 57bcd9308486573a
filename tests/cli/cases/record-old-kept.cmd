# The former profile moves aside, and only when the new one is there.
echo former >recount.data
recount record ./nosuch
cat recount.data
recount record sh -c 'exit 0' 2>/dev/null
ls
cat recount.data.old
