# The second run is another program with the same arguments, marked as such; what cannot be one is said before any run.
mkdir plain
printf '#!/bin/sh\necho counted $*\n' >program
printf '#!/bin/sh\necho plain $*\n' >plain/other
chmod +x program plain/other
recount record --twice --plain plain/other -o f.data ./program a 'b c'
echo $?
od -An -tu4 -j88 -N8 f.data
od -An -tu4 -j88 -N8 f.data.asleep
tail -c +129 f.data.asleep | head -c 18 | tr '\0' ' '
echo
recount record --plain plain/other -o g.data ./program
echo $?
recount record --twice --plain plain/none -o g.data ./program
echo $?
recount record --twice --plain "$PWD" -o g.data ./program
echo $?
echo 'int main(void) { return 0; }' >main.c
recount cc main.c -o hooks
recount record --twice --plain ./hooks -o g.data ./program
echo $?
gcc -finstrument-functions main.c -o hooks
recount record --twice --plain ./hooks -o g.data ./program
echo $?
gcc -static main.c -o fixed
recount record --twice --plain ./fixed -o g.data ./program
echo $?
ls
