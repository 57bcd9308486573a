# With gcc: what is left out is not counted, the rest is. Names are matched by their parts.
command -v gcc >/dev/null || { echo "gcc is missing"; exit 77; }
export RECOUNT_CC=gcc
cat >vendor.h <<'C'
__attribute__((noinline)) static int vendored(int x) { return x - 1; }
C
cat >main.c <<'C'
#include "vendor.h"
__attribute__((noinline)) static int leaf(int x) { return x * 2; }
__attribute__((noinline)) static int leaf_of_leaf(int x) { return x * 3; }
__attribute__((noinline)) static int branch(int x) { return leaf(x) + leaf_of_leaf(x) + vendored(x); }
int main(int n, char **v) { (void)v; return branch(n) != 5; }
C
counted() {
    recount record ./app 2>/dev/null && recount report --sort name | grep -oE '^(branch|leaf|leaf_of_leaf|main|vendored) ' |
        tr -d '\n'
    echo
}
recount cc -O1 main.c -o app && counted
recount cc -O1 --recount-exclude=leaf main.c -o app && counted
recount cc -O1 --recount-exclude=leaf_of,vendored main.c -o app && counted
recount cc -O1 --recount-exclude-file=vendor.h main.c -o app && counted
