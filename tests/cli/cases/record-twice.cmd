# Two files with one number, the second one asleep. An input that is a file is read by both.
echo words >input
recount record --twice -o f.data sh -c 'cat; exit 3' <input
echo $?
ls
od -An -tx8 -j80 -N8 f.data >awake
od -An -tx8 -j80 -N8 f.data.asleep >asleep
cmp awake asleep && ! grep -q '^ 0*$' awake && echo paired
od -An -tu4 -j88 -N4 f.data
od -An -tu4 -j88 -N4 f.data.asleep
