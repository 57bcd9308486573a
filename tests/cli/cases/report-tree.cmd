# Counts of a program that knows its own; no times, so that nothing varies. Recursion is one row.
cat >program.c <<'END'
__attribute__((noinline)) static int leaf(int n) { __asm__ volatile(""); return n; }
__attribute__((noinline)) static int down(int n) { return n ? 1 + down(n - 1) : leaf(0); }
int main(void) { int sum = 0; for (int i = 0; i < 3; i++) sum += leaf(i); return down(9) + sum == 12 ? 0 : 1; }
END
recount cc -O0 program.c -o program && recount record --timestamps=none -o data ./program 2>/dev/null || exit
recount report -i data --tree --min 0 | sed '2s/.*/(wall)/'
recount report -i data --tree --physical --top 2 | sed '2s/.*/(wall)/'
