/*
 * times: `brief` makes a quarter of all steps in 8 M calls of ten, `lasting` the others in a few long ones. A step
 * waits for the one before it, so that it takes as long here as there, and the steps are the truth about the time.
 */
#include <stdint.h>
#include <stdio.h>

enum { ROUNDS = 20, CALLS = 400000, STEPS = 10, LONG_STEPS = 3 * CALLS * STEPS };

static inline __attribute__((always_inline, no_instrument_function)) uint64_t steps(uint64_t value, int count) {
    for (int i = 0; i < count; i++)
        value = (value ^ value >> 31) * UINT64_C(0xD6E8FEB86659FD93);
    return value;
}

static __attribute__((noinline)) uint64_t brief(uint64_t value) {
    return steps(value, STEPS);
}

static __attribute__((noinline)) uint64_t lasting(uint64_t value) {
    return steps(value, LONG_STEPS);
}

int main(void) {
    uint64_t value = 1;
    for (int round = 0; round < ROUNDS; round++) {
        for (int call = 0; call < CALLS; call++)
            value = brief(value);
        value = lasting(value);
    }
    printf("%llu\n", (unsigned long long)value);
    return 0;
}
