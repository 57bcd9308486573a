# kill -9 of the launcher loses nothing: the keeper saves when the command has ended.
recount record sh -c 'echo $PPID >pid; while ! [ -e go ]; do sleep 0.05; done; printf x | dd of=$RECOUNT bs=1 seek=4000 conv=notrunc 2>/dev/null' 2>/dev/null &
while ! [ -s pid ]; do sleep 0.05; done
kill -KILL "$(cat pid)"
wait $! 2>/dev/null
touch go
while ! [ -e recount.data ]; do sleep 0.05; done
dd if=recount.data bs=1 skip=4000 count=1 2>/dev/null
ls *.tmp 2>/dev/null
exit 0
