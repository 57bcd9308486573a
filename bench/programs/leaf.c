/* leaf N: N calls of a function that does next to nothing, from one loop. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned leaf(unsigned value) {
    return value * 3 + 1;
}

int main(int argc, char **argv) {
    unsigned value = 1;
    for (long times = argc > 1 ? atol(argv[1]) : 10; times > 0; times--)
        value = leaf(value);
    printf("%u\n", value);
    return 0;
}
