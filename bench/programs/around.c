/*
 * around [CALLS]: one function with hooks, of STEPS steps of one KIND (MULTIPLY, CHASE, DIVIDE), called so that each
 * call waits for the last one's result (with -DCHAIN) or not.
 */
#include <stdint.h>
#include <stdlib.h>

enum { PLACES = 1 << 10 };

__attribute__((unused)) static uint32_t next[PLACES];

#if defined CHASE
#define DO(value) next[(value) % PLACES]
#elif defined DIVIDE
#define DO(value) (UINT64_C(0xD6E8FEB86659FD93) / ((value) % 1021 + 3))
#else
#define DO(value) (((value) ^ (value) >> 29) * UINT64_C(0xD6E8FEB86659FD93))
#endif

__attribute__((noinline)) static uint64_t step(uint64_t value) {
    _Pragma("GCC unroll 16") for (int i = 0; i < STEPS; i++) value = DO(value);
    return value;
}

/* One cycle through all places, in an order that no prefetcher knows. */
__attribute__((no_instrument_function)) static void shuffle(void) {
    uint32_t order[PLACES];
    for (uint32_t i = 0; i < PLACES; i++)
        order[i] = i;
    for (uint32_t i = PLACES - 1; i > 0; i--) {
        uint32_t other = (uint32_t)rand() % i, was = order[i];
        order[i] = order[other];
        order[other] = was;
    }
    for (uint32_t i = 0; i < PLACES; i++)
        next[order[i]] = order[(i + 1) % PLACES];
}

int main(int argc, char **argv) {
    volatile uint64_t result;
    uint64_t value = 1;
    long calls = argc > 1 ? atol(argv[1]) : 1000000;
    shuffle();
    for (long i = 0; i < calls; i++)
#ifdef CHAIN
        value = step(value);
#else
        value += step((uint64_t)i);
#endif
    result = value;
    return (int)(result & 0);
}
