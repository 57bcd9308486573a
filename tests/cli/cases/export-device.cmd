# An export that fails takes away the file that it began, and nothing else: no pipe, no link, and so no device.
cat >app.c <<'E'
int main(void) { return 0; }
E
RECOUNT_CC=cc recount cc -O1 app.c -o app
recount record -F 1 -o data ./app 2>/dev/null
rm app app.c
mkfifo pipe
ln -s target link
cat pipe &
for to in pipe link file; do
    timeout 10 recount export -i data --to speedscope -o $to
    echo $?
done
wait
ls
