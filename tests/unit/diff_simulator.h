/* Synthetic recordings of a program whose true times are known, for thousands of comparisons in a second. */
#ifndef RECOUNT_TESTS_DIFF_SIMULATOR_H
#define RECOUNT_TESTS_DIFF_SIMULATOR_H

#include "compare/model/diff.h"

enum { SIMULATED_FUNCTIONS = 12 };

struct simulation {
    size_t runs;          /* a side */
    double seconds;       /* of CPU time a run */
    double machine;       /* standard deviation, from run to run, of the machine's speed (log) */
    double function;      /* and of each function's own */
    double outliers;      /* chance that a run takes half as long again */
    double regular;       /* part of the samples' Poisson variance that regular sampling leaves; 1: all */
    double change;        /* of the first function's time on the other side: 0.1 is +10% */
    size_t changed_calls; /* one more call of the second function a run */
    uint64_t seed;
};

/** Two sides of that program, judged; number `n` of the simulation. Freed by the caller. Aborts on failure. */
struct rc_diff *simulate(const struct simulation *simulation, uint64_t n);

/** The row of function `f`. Aborts when there is none. */
const struct rc_diff_row *simulated_row(const struct rc_diff *diff, size_t f);

#endif
