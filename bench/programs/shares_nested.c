/* 100 M calls inside a parent that is itself called a million times; they are 51.6% of the running time. */
#include "shares.h"

static NOINLINE uint64_t hot(uint64_t value) {
    value ^= value >> 32;
    value *= UINT64_C(0xD6E8FEB86659FD93);
    value ^= value >> 32;
    return value * UINT64_C(0xD6E8FEB86659FD93);
}

static NOINLINE uint64_t parent(uint64_t value) {
    for (int i = 0; i < 100; i++)
        value = hot(value + (uint64_t)i);
    return value;
}

static NOINLINE uint64_t chain(uint64_t value, long calls) {
    for (; calls > 0; calls--)
        value = parent(value);
    return value;
}

int main(int argc, char **argv) {
    uint64_t value = 1;
    for (int round = 0; round < ROUNDS; round++) {
        value = chain(value, scaled(argc, argv, 1000000));
        value = digest(value, scaled(argc, argv, 165000000));
    }
    printf("%llu\n", (unsigned long long)value);
    return 0;
}
