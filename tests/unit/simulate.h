/* Programs whose every moment is known, and the sampler as it is: its drawn periods, kept for some 25 ticks, the
 * moment at which its own thread draws the next one, and the latency of a tick. Times in milliseconds. */
#ifndef RECOUNT_TESTS_SIMULATE_H
#define RECOUNT_TESTS_SIMULATE_H

#include <stddef.h>

#include "compare/model/spread.h"

enum { SIM_FUNCTIONS_MOST = 512 };

enum sim_kind {
    SIM_RANDOM,   /* a function keeps the CPU for an exponential time of mean `scale`, the next is drawn by share */
    SIM_PERIODIC, /* all functions one after the other, each its share of `scale`, for ever the same */
    SIM_BURSTY,   /* as random, but times are Pareto's with exponent 1.5 (no variance) and at least `scale` */
    SIM_MODES,    /* modes of 300 ms on average, in which the even or the odd functions alternate at random */
    SIM_HALVES    /* the first function, then the second, and no other */
};

struct sim_program {
    enum sim_kind kind;
    double scale;
    const double *shares;
    size_t n_functions;
};

/**
 * Runs the program until `n` samples are taken. `truth` becomes the time of each function in this run.
 * @param looks  n of them; their period_ns is what the sampler writes
 */
void sim_record(const struct sim_program *program, unsigned short seed[3], struct rc_look *looks, size_t n,
                double *truth);

#endif
