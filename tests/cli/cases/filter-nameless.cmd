# Functions of a stripped program have no names: none is proposed that record would not find, and it is said why.
RECOUNT_CC=cc recount cc -O1 -x c - -o app <<'C'
static volatile int sum;
__attribute__((noinline)) static void leaf(void) { sum++; }
int main(void) { for (int i = 0; i < 3000000; i++) leaf(); return 0; }
C
strip app
recount record -o data ./app 2>/dev/null
recount filter -i data -o rules 2>said
echo $?
sed 's/[0-9.]*%/N%/' said
grep -c '^sleep' rules
sed -n 's/[0-9.]*%/N%/;/cannot be named/p' rules
recount report -i data --blind --json | grep -q '"kept":.*"has no name"' && echo "kept for its name"
recount record --filter rules -o again ./app
