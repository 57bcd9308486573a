recount record ./nosuch
echo $?
recount record nosuch-command
