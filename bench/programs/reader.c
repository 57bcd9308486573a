/*
 * A program with as many contexts as it is told: 2000 functions that call each other at random, deep and wide, the same
 * way each time. `reader CONTEXTS [SEED]`; each context is entered once.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUNCTIONS = 2000 };

typedef void walk(uint64_t contexts);

static walk *const functions[FUNCTIONS];
static uint64_t state = 1, entered;

/* Marsaglia's xorshift64. */
__attribute__((no_instrument_function)) static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* One in sixteen calls itself. */
__attribute__((no_instrument_function)) static walk *callee(walk *self) {
    uint64_t random = next();
    return random % 16 ? functions[(random >> 8) % FUNCTIONS] : self;
}

/* What is left after the function's own context goes to three callees, in pieces of any size: so paths become some
 * dozens of calls long. */
__attribute__((no_instrument_function)) static uint64_t piece(uint64_t *left) {
    uint64_t size = *left ? next() % *left + 1 : 0;
    *left -= size;
    return size;
}

#define FUNCTION(n)                                                                                                    \
    __attribute__((noinline)) static void function_##n(uint64_t contexts) {                                            \
        uint64_t left = contexts - 1, size;                                                                            \
        entered++;                                                                                                     \
        if ((size = piece(&left)) != 0)                                                                                \
            callee(function_##n)(size);                                                                                \
        if ((size = piece(&left)) != 0)                                                                                \
            callee(function_##n)(size);                                                                                \
        if (left)                                                                                                      \
            callee(function_##n)(left);                                                                                \
    }
#define NAME(n) function_##n,
#define TEN(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define HUNDRED(X, n)                                                                                                  \
    TEN(X, n##0)                                                                                                       \
    TEN(X, n##1)                                                                                                       \
    TEN(X, n##2)                                                                                                       \
    TEN(X, n##3)                                                                                                       \
    TEN(X, n##4)                                                                                                       \
    TEN(X, n##5)                                                                                                       \
    TEN(X, n##6)                                                                                                       \
    TEN(X, n##7)                                                                                                       \
    TEN(X, n##8)                                                                                                       \
    TEN(X, n##9)
#define THOUSAND(X, n)                                                                                                 \
    HUNDRED(X, n##0)                                                                                                   \
    HUNDRED(X, n##1)                                                                                                   \
    HUNDRED(X, n##2)                                                                                                   \
    HUNDRED(X, n##3)                                                                                                   \
    HUNDRED(X, n##4)                                                                                                   \
    HUNDRED(X, n##5)                                                                                                   \
    HUNDRED(X, n##6)                                                                                                   \
    HUNDRED(X, n##7)                                                                                                   \
    HUNDRED(X, n##8)                                                                                                   \
    HUNDRED(X, n##9)

THOUSAND(FUNCTION, a)
THOUSAND(FUNCTION, b)

static walk *const functions[FUNCTIONS] = {THOUSAND(NAME, a) THOUSAND(NAME, b)};

int main(int argc, char **argv) {
    uint64_t contexts = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    if (argc > 2)
        state = strtoull(argv[2], NULL, 10) | 1;
    if (contexts < 2)
        contexts = 2;
    functions[0](contexts - 1); /* main's own is one */
    printf("%" PRIu64 "\n", entered + 1);
    return 0;
}
