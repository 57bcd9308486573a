recount merge -o x
echo $?
recount merge a b
echo $?
recount merge --help | head -3
