/* Half a second of work two calls deep. */
#include <time.h>

static volatile unsigned long sum;

__attribute__((noinline)) static void inner(void) {
    for (unsigned i = 0; i < 100000; i++)
        sum += i;
}

__attribute__((noinline)) static void outer(void) {
    inner();
    sum++;
}

int main(void) {
    while (clock() < CLOCKS_PER_SEC / 2)
        outer();
    return 0;
}
