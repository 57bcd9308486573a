# Nothing has hooks: a filter without a rule, and a word about it. One that cannot be written leaves nothing behind.
recount record sleep 0.01
recount filter -o quiet
grep -c '^sleep' quiet
grep 'no rule' quiet
recount filter -o missing/quiet || echo $?
recount filter -o /dev/full || echo $?
recount report --blind | sed -n '/^Counted/,$p'
