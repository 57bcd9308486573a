# What is asked for must make sense, and the profile must be there.
recount filter --save=0 || echo $?
recount filter --save=101 || echo $?
recount filter --save=x || echo $?
recount filter --top=0 || echo $?
recount filter --top=many || echo $?
recount filter -i missing.data || echo $?
recount report --blind --tree || echo $?
recount report --blind --sort self || echo $?
