# Whatever cannot be merged is named, and no file is written.
RECOUNT_CC=cc recount cc -O1 -x c - -o app <<'C'
int main(void) { return 0; }
C
recount record -o one ./app 2>/dev/null
recount merge -o out one absent
recount merge -o out one one
head -c 5000 one >cut
recount merge -o out one cut 2>&1 | sed 's/of [0-9]*;/of SIZE;/'
recount merge -o out one app
ls
