# A function that a filter put to sleep in one of three runs has its counts from the two others, and says so.
RECOUNT_CC=cc recount cc -O0 -x c - -o app <<'C'
void leaf(void) {}
void work(void) { leaf(); leaf(); leaf(); }
int main(void) { for (int i = 0; i < 7; i++) work(); return 0; }
C
echo 'sleep leaf' >rules
recount record -o 1 ./app 2>/dev/null
recount record --filter rules -o 2 ./app 2>/dev/null
recount record -o 3 ./app 2>/dev/null
recount merge -o a 1 2 2>/dev/null
recount merge -o b a 3 2>/dev/null
COLUMNS=300 recount report -i b --top 0 | sed -n 's/^\(leaf\|work\)  *\((asleep[^)]*)\)*  *\([0-9]*\)  *\([0-9]*\) .*/\1 \2 \3 \4/p;/^leaf:/p'
recount report -i b --json | sed -n '/^\t"asleep_/p;/"name":.*"leaf"/,/identity/{/entries\|calls"\|_run/p}'
printf 'calls of leaf <= 42\ncalls of leaf <= 41\ncalls of work == 21\n' >budget
recount check -i b budget | sed 's/^\(unsure\|broken\|held\) *//'
