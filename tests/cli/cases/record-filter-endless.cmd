# A filter that never ends is not read to the end.
ulimit -v 4000000
timeout 60 recount record --filter /dev/zero sh -c 'echo ran'
echo $?
ls
