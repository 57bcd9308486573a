# Counts add up over runs, merged files are flat, and --pid takes one process of all runs that have it.
RECOUNT_CC=cc recount cc -O0 -x c - -o app <<'C'
void work(void) {}
int main(void) { for (int i = 0; i < 7; i++) work(); return 0; }
C
for i in 1 2 3; do recount record -o $i ./app 2>/dev/null; done
recount merge -o a 1 2
recount merge -o b 2 3 2>/dev/null
recount merge -o b a 3
ls
recount report -i b --json >json
sed -n 's/^\t"\(runs\|hosts\)":/\1/p' json
grep -A6 '"name":.*"work"' json | grep -E 'entries|calls'
recount report -i b | sed -n '2s/.*threads, //p'
pid=$(recount report -i 2 --json | sed -n 's/.*"pid":[^0-9]*\([0-9]*\).*/\1/p')
recount report -i b --pid=$pid | sed -n '2s/.*thread, //;2s/process [0-9]*/process N/p'
