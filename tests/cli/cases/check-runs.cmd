# Of a merged file totals are sums over its runs, and the line says of how many; per call they are averages.
RECOUNT_CC=cc recount cc -g -O0 -x c - -o app <<'C'
void work(void) {}
int main(void) { for (int i = 0; i < 300; i++) work(); return 0; }
C
recount record -o a1 ./app 2>/dev/null
recount record -o a2 ./app 2>/dev/null
recount merge -o a a1 a2 2>/dev/null
printf 'calls of work <= 300\ncalls of work per main <= 300\n' >budget
recount check -i a1 budget
recount check -i a budget
echo $?
