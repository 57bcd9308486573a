# A renamed source file: its functions are found again by name, those of one name by what the others leave, and what cannot
# be told says so.
RECOUNT_CC=cc
export RECOUNT_CC
src() { printf 'static void __attribute__((noinline)) step(void) { __asm__ volatile(""); }\nvoid %s(void) { for (int i = 0; i < %s; i++) step(); }\n' "$1" "$2"; }
src a 1500 >a.c
src b 2500 >b.c
echo 'void a(void), b(void); int main(void) { a(); b(); return 0; }' >m.c
cp a.c alpha.c
cp b.c beta.c
recount cc -g -O1 a.c b.c m.c -o app
recount cc -g -O1 alpha.c b.c m.c -o one
recount cc -g -O1 alpha.c beta.c m.c -o both
for i in app one both; do
    recount record -o $i.data ./$i 2>/dev/null
done
# In the order of names: whether a function has a sample is chance.
told() { sed -n '/^function  *count/,/^$/p;/name alone/p;/may be the same/p' | sed '/^$/d' | sort; }
echo "== one"
recount diff --all app.data one.data | told
echo "== both"
recount diff --all app.data both.data | told
echo "== per main"
recount diff --all --per=main app.data one.data | told | grep '^step'
