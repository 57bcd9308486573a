/*
 * A library that is loaded in turns with another one of the same shape. PART(x) names its functions; each has the size
 * and the place of its counterpart, so that the two meet at the same addresses.
 */
#include "truth.h"

#define NI __attribute__((noinline))

NI static int PART(leaf)(int n) {
    __asm__ volatile("" : "+r"(n));
    return n;
}

NI static int PART(walk)(int depth) {
    int below = depth > 0 ? PART(walk)(depth - 1) : PART(leaf)(depth);
    __asm__ volatile("" : "+r"(below));
    return below;
}

NI static void PART(spin)(double *spun_ms) {
    double start = truth_ms();
    truth_burn(2);
    *spun_ms += truth_ms() - start;
}

int PART(enter)(int leaves, double *spun_ms);
int PART(enter)(int leaves, double *spun_ms) {
    int sum = PART(walk)(3);
    for (int i = 0; i < leaves; i++)
        sum += PART(leaf)(i);
    PART(spin)(spun_ms);
    return sum;
}
