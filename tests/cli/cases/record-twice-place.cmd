# Neither run is started when the second profile has no place.
mkdir f.data.asleep
recount record --twice -o f.data sh -c 'echo ran'
echo $?
ls
