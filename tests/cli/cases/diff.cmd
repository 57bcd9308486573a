# Counts are facts: one more call is found, and the exit status says so on demand. Merged files are as many runs as they hold.
RECOUNT_CC=cc recount cc -g -O0 -x c - -o app <<'C'
void work(void) {}
int main(int argc, char **argv) { (void)argv; for (int i = 0; i < 300 + argc; i++) work(); return 0; }
C
for i in 1 2; do
    recount record -o a$i ./app 2>/dev/null
    recount record -o b$i ./app more 2>/dev/null
done
counts() { sed -n '/^function  count/,/^$/p;/[Nn]o count changed/s/.*\(No count changed\).*/\1/p'; }
recount diff --exit-code a1 a2 >out
echo $?
counts <out
recount diff --exit-code a1 a2 vs b1 b2 >out
echo $?
counts <out
recount merge -o a a1 a2 2>/dev/null
recount merge -o b b1 b2 2>/dev/null
recount diff --json a b | grep -c '"side"'
recount diff --per=work a1 b1 | counts
recount diff --per=nothing a1 b1
echo $?
recount diff a1 a2 vs a1
