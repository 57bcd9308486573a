/*
 * Tail calls: to a sibling, of two functions to each other, through a pointer, through a function without hooks (which
 * is gone from the stack when the next one is entered), and clang's obligatory ones.
 */
#include <stdlib.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 40
#define DEPTH 20

static int firsts, seconds, evens, odds, hops, lands, machines, leaves;

NI static int leaf(int n) {
    leaves++;
    __asm__ volatile("" : "+r"(n));
    return n + 1;
}

NI static int second(int n) {
    seconds++;
    return leaf(n);
}

NI static int first(int n) {
    firsts++;
    return second(n * 3);
}

static int odd(int n);

NI static int even(int n) {
    evens++;
    if (n == 0)
        return leaf(n);
    return odd(n - 1);
}

NI static int odd(int n) {
    odds++;
    if (n == 0)
        return leaf(n);
    return even(n - 1);
}

NI static int land(int n) {
    lands++;
    __asm__ volatile("" : "+r"(n));
    return n;
}

static int (*volatile target)(int) = land;

/* From -O2 on a mere jump. */
UNSEEN NI static int unseen(int n) {
    return target(n + 1);
}

NI static int hop(int n) {
    hops++;
    return unseen(n * 5);
}

#if defined __clang__
#define HAS_MUSTTAIL 1
static int machine(int state);
static int (*volatile next_state)(int) = machine; /* or else it becomes a loop */

NI static int machine(int state) {
    machines++;
    if (state == 0)
        return 0;
    __attribute__((musttail)) return next_state(state - 1);
}
#else
#define HAS_MUSTTAIL 0
#endif

NI static int play(void) {
    int sum = first(1) + even(DEPTH) + hop(2) + target(3);
#if HAS_MUSTTAIL
    sum += machine(DEPTH);
#endif
    return sum;
}

int main(void) {
    for (int i = 0; i < ROUNDS; i++)
        play();
    if (firsts != ROUNDS || seconds != ROUNDS || evens != ROUNDS * (DEPTH / 2 + 1) || odds != ROUNDS * DEPTH / 2 ||
        leaves != 2 * ROUNDS || lands != 2 * ROUNDS || machines != HAS_MUSTTAIL * ROUNDS * (DEPTH + 1)) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf("{\"functions\":{"
           "\"first\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"play\":%d},\"physical_callers\":{\"play\":%d}},"
           "\"second\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"first\":%d},\"physical_callers\":{\"first\":%d}},",
           firsts, firsts, firsts, firsts, seconds, seconds, seconds, seconds);
    printf("\"even\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"play\":%d,\"odd\":%d}},"
           "\"odd\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"even\":%d}},",
           evens, evens, evens - ROUNDS, ROUNDS, evens - ROUNDS, odds, odds, odds - ROUNDS, odds);
    printf("\"hop\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"play\":%d}},"
           "\"land\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"hop\":%d,\"play\":%d}},",
           hops, hops, hops, lands, lands, hops, ROUNDS);
    /* Who calls it is gone when it is entered: its entries can be known, and that none is inside another. */
    if (HAS_MUSTTAIL)
        printf("\"machine\":{\"entries\":%d,\"calls\":%d},", machines, machines);
    printf("\"leaf\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"second\":%d,\"even\":%d},"
           "\"physical_callers\":{\"second\":%d,\"even\":%d}}}}\n",
           leaves, leaves, ROUNDS, ROUNDS, ROUNDS, ROUNDS);
    return 0;
}
