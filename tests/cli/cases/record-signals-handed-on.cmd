# SIGTERM reaches the command; its own status comes back.
recount record sh -c 'trap "exit 9" TERM; echo $PPID >pid; while :; do sleep 0.05; done' 2>/dev/null &
while ! [ -s pid ]; do sleep 0.05; done
kill -TERM "$(cat pid)"
wait $!
