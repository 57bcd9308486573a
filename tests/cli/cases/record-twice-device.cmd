# Two profiles do not go into a pipe or a device, and none is put beside it.
mkfifo pipe
timeout 10 recount record --twice -o pipe sh -c 'echo ran'
echo $?
ls
