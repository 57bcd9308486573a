# A faulty filter is named with its line, and the command does not run.
printf '# two rules, one of them none\nsleep leaf\nslep branch\n' >rules
recount record --filter rules touch ran
echo $?
[ ! -e ran ] || echo "it ran"
printf 'sleep leaf in\n' >rules
recount record --filter rules touch ran
echo $?
printf 'wake   # whom?\n' >rules
recount record --filter rules touch ran
echo $?
printf 'sleep a\0b\n' >rules
recount record --filter rules touch ran
echo $?
recount record --filter missing touch ran
echo $?
recount record --filter . touch ran
echo $?
[ ! -e ran ] || echo "it ran"
