/* What the four share programs have in common: their long functions, which run a few times for milliseconds each. */
#ifndef SHARES_H
#define SHARES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

static NOINLINE uint64_t digest(uint64_t value, long steps) {
    for (; steps > 0; steps--)
        value = (value ^ value >> 29) * UINT64_C(0x9E3779B97F4A7C15);
    return value;
}

static NOINLINE uint64_t settle(uint64_t value, long steps) {
    for (; steps > 0; steps--) {
        value ^= value << 13;
        value ^= value >> 7;
        value ^= value << 17;
    }
    return value;
}

static NOINLINE uint64_t divide(uint64_t value, long steps) {
    for (; steps > 0; steps--)
        value = UINT64_C(0xFFFFFFFFFFFF) / (value | 1) + (uint64_t)steps;
    return value;
}

enum { ROUNDS = 20 };

/** The first argument, in percent, scales the calls and the long functions alike: shares stay. */
static inline long scaled(int argc, char **argv, long whole) {
    long percent = argc > 1 ? atol(argv[1]) : 100;
    return whole / 100 * percent / ROUNDS;
}

#endif
