/* The library of hammer.c. */
#include "hammer.h"

NI static void once(uint64_t *x) {
    *x = IN_PLACE(*x, 3);
}

void hammer_twice(uint64_t *x);
NI void hammer_twice(uint64_t *x) {
    once(x);
    once(x);
}
