/* 512 functions of two kinds: one returns a value, so its exit hook is called, the other may jump to it. */
#include <stdint.h>

#define NI __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))

#define VALUE(x, n) ((x)*UINT64_C(6364136223846793005) + (n))
#define IN_PLACE(x, n) (((x) ^ (x) >> 29) + (n))

typedef uint64_t value_function(uint64_t);
typedef void in_place_function(uint64_t *);

#define FUNCTIONS(n)                                                                                                   \
    NI static uint64_t value_##n(uint64_t x) {                                                                         \
        return VALUE(x, 0##n);                                                                                         \
    }                                                                                                                  \
    NI static void place_##n(uint64_t *x) {                                                                            \
        *x = IN_PLACE(*x, 0##n);                                                                                       \
    }
#define VALUE_NAME(n) value_##n,
#define PLACE_NAME(n) place_##n,

/* DO(0) DO(01) … in octal digits: the order of the tables. */
#define EIGHT(DO, n) DO(n##0) DO(n##1) DO(n##2) DO(n##3) DO(n##4) DO(n##5) DO(n##6) DO(n##7)
#define EIGHT_SQUARED(DO, n)                                                                                           \
    EIGHT(DO, n##0)                                                                                                    \
    EIGHT(DO, n##1) EIGHT(DO, n##2) EIGHT(DO, n##3) EIGHT(DO, n##4) EIGHT(DO, n##5) EIGHT(DO, n##6) EIGHT(DO, n##7)
#define EIGHT_CUBED(DO, n)                                                                                             \
    EIGHT_SQUARED(DO, n##0)                                                                                            \
    EIGHT_SQUARED(DO, n##1)                                                                                            \
    EIGHT_SQUARED(DO, n##2)                                                                                            \
    EIGHT_SQUARED(DO, n##3)                                                                                            \
    EIGHT_SQUARED(DO, n##4) EIGHT_SQUARED(DO, n##5) EIGHT_SQUARED(DO, n##6) EIGHT_SQUARED(DO, n##7)
