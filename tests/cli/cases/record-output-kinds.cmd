# A profile is a regular file: what is another kind of file is refused before the command runs, and is not waited for.
mkfifo pipe second.asleep
for to in pipe /dev/full /dev/null /dev/stdout; do
    timeout 10 recount record -o $to touch ran | cat
    timeout 10 recount record -o $to touch ran >/dev/null
    echo $?
done 2>&1
timeout 10 recount record --twice -o second touch ran
echo $?
recount record -o '' touch ran
echo $?
[ ! -e ran ] || echo "it ran"
recount record -o data true 2>/dev/null
timeout 10 recount merge -o pipe data
echo $?
ls
# A link stays one, and the profile is where it points.
mkdir far
ln -s far/one link
ln -s link again
recount record -o again true 2>/dev/null
recount record -o link true 2>/dev/null
ln -s nowhere/one lost
recount record -o lost true
echo $?
find link again -type l
ls far
