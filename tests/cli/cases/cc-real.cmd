# With the real compilers: a program, an archive user, a library, link-time optimization, static.
cat >main.c <<'C'
#include <recount/coro.h>
#include <stdio.h>
int twice(int x);
int main(void) { printf("%d\n", twice(21)); return 0; }
C
echo 'int twice(int x) { return 2 * x; }' >twice.c
for compiler in gcc clang; do
    command -v $compiler >/dev/null || { echo "$compiler is missing"; exit 77; }
    export RECOUNT_CC=$compiler
    for flags in "" "-O2 -flto" "-static" "-no-pie" "-x c"; do
        recount cc $flags main.c twice.c -o app && ./app || echo "failed: $compiler $flags"
    done
    recount cc -shared -fPIC twice.c -o libtwice.so && recount cc main.c -L. -ltwice -Wl,-rpath,. -o app && ./app
done
