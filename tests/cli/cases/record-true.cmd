recount record true
echo $?
ls
