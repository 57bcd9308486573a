/* fib N: 2 * F(N + 1) - 1 calls of fib, no two of them merged by the compiler. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned fib(unsigned n) {
    if (n < 2)
        return n;
    unsigned a = fib(n - 1), b = fib(n - 2);
    __asm__("" : "+r"(b)); /* keeps the second call a call: it is not made into a loop */
    return a + b;
}

int main(int argc, char **argv) {
    printf("%u\n", fib(argc > 1 ? (unsigned)atoi(argv[1]) : 10));
    return 0;
}
