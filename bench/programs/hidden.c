/*
 * hidden: what the hooks cost functions of growing length, called so that each call waits for the last one's result
 * (with -DCHAIN) or not. Prints for each its number, and nanoseconds a call without and with hooks, the least of
 * ROUNDS.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define UNHOOKED __attribute__((no_instrument_function))
enum { ROUNDS = 20, CALLS = 300000 };

#define FUNCTION(number)                                                                                               \
    __attribute__((noinline)) static uint64_t hooked_##number(uint64_t value) {                                        \
        _Pragma("GCC unroll 16") for (int i = 0; i < number; i++) value =                                              \
            (value ^ value >> 29) * UINT64_C(0xD6E8FEB86659FD93);                                                      \
        return value;                                                                                                  \
    }                                                                                                                  \
    __attribute__((noinline)) UNHOOKED static uint64_t plain_##number(uint64_t value) {                                \
        _Pragma("GCC unroll 16") for (int i = 0; i < number; i++) value =                                              \
            (value ^ value >> 29) * UINT64_C(0xD6E8FEB86659FD93);                                                      \
        return value;                                                                                                  \
    }
FUNCTION(1)
FUNCTION(2)
FUNCTION(3)
FUNCTION(4)
FUNCTION(6)
FUNCTION(9)
FUNCTION(14)

#ifdef CHAIN
#define NEXT(function) value = function(value)
#else
#define NEXT(function) value += function((uint64_t)i)
#endif

UNHOOKED static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static volatile uint64_t result;

#define LEAST(function, least)                                                                                         \
    for (int round = 0; round < ROUNDS; round++) {                                                                     \
        uint64_t value = 1;                                                                                            \
        double begin = now();                                                                                          \
        for (int i = 0; i < CALLS; i++)                                                                                \
            NEXT(function);                                                                                            \
        double ns = (now() - begin) / CALLS;                                                                           \
        result = value;                                                                                                \
        least = round && least < ns ? least : ns;                                                                      \
    }

#define SHOW(number)                                                                                                   \
    {                                                                                                                  \
        double plain = 0, hooked = 0;                                                                                  \
        LEAST(plain_##number, plain)                                                                                   \
        LEAST(hooked_##number, hooked)                                                                                 \
        printf("%d %.2f %.2f\n", number, plain, hooked);                                                               \
    }

UNHOOKED int main(void) {
    SHOW(1)
    SHOW(2)
    SHOW(3)
    SHOW(4)
    SHOW(6)
    SHOW(9)
    SHOW(14)
    return 0;
}
