/*
 * Functions that are inlined and hooked all the same: what they call is theirs, although the call stands in the code of
 * another one. Where the compiler hooks only what is left after inlining, there is but the other one.
 */
#include <stdlib.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 30
#if defined __clang__ && defined __OPTIMIZE__
#define GONE 1
#else
#define GONE 0
#endif
#if defined __OPTIMIZE__
#define PHYSICAL "play"
#else
#define PHYSICAL "inner"
#endif

static int leaves, inners, outers, others;

NI static int leaf(int n) {
    leaves++;
    __asm__ volatile("" : "+r"(n));
    return n;
}

static inline int inner(int n) {
    inners++;
    return leaf(n) + leaf(n + 1);
}

static inline int outer(int n) {
    outers++;
    return inner(n) * 3 + inner(n + 2);
}

NI static int other(int n) {
    others++;
    __asm__ volatile("" : "+r"(n));
    return leaf(n);
}

NI static int play(int rounds) {
    int sum = 0;
    for (int i = 0; i < rounds; i++)
        sum += outer(i) + other(i);
    return sum;
}

int main(void) {
    play(ROUNDS);
    if (leaves != 5 * ROUNDS || inners != 2 * ROUNDS || outers != ROUNDS || others != ROUNDS) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf("{\"functions\":{"
           "\"leaf\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"%s\":%d,\"other\":%d},"
           "\"physical_callers\":{\"%s\":%d,\"other\":%d}},",
           leaves, leaves, GONE ? "play" : "inner", leaves - others, others, PHYSICAL, leaves - others, others);
    if (!GONE)
        printf("\"inner\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"outer\":%d}},"
               "\"outer\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"play\":%d}},",
               inners, inners, inners, outers, outers, outers);
    printf("\"other\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"play\":%d}},"
           "\"play\":{\"entries\":1,\"calls\":1,\"callers\":{\"main\":1}}}}\n",
           others, others, others);
    return 0;
}
