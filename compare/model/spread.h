/*
 * How far a share that was sampled may be from the share that was there. The sampler's ticks come at equal distances
 * for a while (a stretch), then at others: neighbouring samples are neither independent nor all alike, and what that
 * does to a share depends on how long the program stays with one thing. docs/model.md gives the method and its sources.
 */
#ifndef RECOUNT_COMPARE_MODEL_SPREAD_H
#define RECOUNT_COMPARE_MODEL_SPREAD_H

#include <stddef.h>
#include <stdint.h>

/* One sample, as far as the statistics go. */
struct rc_look {
    uint64_t stream;  /* the thread that it was taken in, over all processes */
    double time_ns;   /* since the same moment for all samples of a stream */
    double period_ns; /* of the ticks then: it stands for so much time */
    uint32_t what;    /* function or context; RC_NONE: none that is asked about */
    uint32_t sample;  /* the caller's */
};

struct rc_spread {
    double weight;  /* of its samples, ns */
    uint64_t hits;  /* its samples */
    double effect;  /* the variance of its share over that of as many independent samples; may be below 1 */
    double degrees; /* of freedom that `effect` is known with */
};

struct rc_spreads {
    struct rc_spread *of; /* by `what` */
    size_t n;
    double weight; /* of all samples */
    double n_kish; /* as many samples of equal weight would tell as much [Kish 1965] */
};

/**
 * Finds the spread of each of `n_what`. Sorts `looks` by stream and time. No state; the caller frees `out->of`, in the
 * error case too.
 * @return 0, or -1: no memory
 */
int rc_spreads_find(struct rc_spreads *out, size_t n_what, struct rc_look *looks, size_t n);

#endif
