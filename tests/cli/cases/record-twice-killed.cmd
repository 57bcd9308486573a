# What a signal has ended is not started again; nor what somebody wanted to have ended.
recount record --twice -o killed.data sh -c 'kill -9 $$'
echo $?
recount record --twice -o ended.data sh -c 'trap "exit 9" TERM; echo $PPID >pid; while :; do sleep 0.05; done' &
while ! [ -s pid ]; do sleep 0.05; done
kill -TERM "$(cat pid)"
wait $!
echo $?
ls *.data*
