/* The statistics behind the verdicts; sources and reasons stand in docs/model.md. No state, no allocation. */
#ifndef RECOUNT_COMPARE_MODEL_STATISTICS_H
#define RECOUNT_COMPARE_MODEL_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RC_Z95 1.959963984540054

struct rc_interval {
    double low, high;
};

/* Different things that were seen, so many of them once and so many twice; of each there were `occasions` to see it. */
struct rc_sightings {
    uint64_t seen, once, twice;
    double occasions; /* at least 1; on average, or INFINITY */
};

/** How many there are, by Chao's estimator of a lower bound (1987, bias-corrected, for a limited number of occasions);
 * with one occasion alone nothing can be seen twice, and it is what was seen. */
double rc_chao(const struct rc_sightings *sightings);

/** The lower end of its interval at `z` standard errors (Chao 1987, log-normal): what there is at least. */
double rc_chao_low(const struct rc_sightings *sightings, double z);

/** Wilson's score interval of a share 0..1 observed in n (> 0) samples, at `z` standard errors. */
struct rc_interval rc_wilson(double share, double n, double z);

/* How alike neighbouring samples are, as to one share. */
struct rc_nearness {
    double share;                /* 0..1 */
    double n;                    /* samples */
    double apart_one, apart_two; /* of pairs of samples one and two periods apart: how many have one of theirs */
};

/** The variance of a share that was looked at in equal distances, over that of independent samples; at most 1 and a
 * little. 1 where neighbouring samples are no more alike than chance would have them. */
double rc_stratified_effect(const struct rc_nearness *nearness);

/** Student's t at 97.5% for a number of degrees of freedom (>= 1), to 1% from 3 on. */
double rc_t975(double degrees);

/** Two-sided p-value of a standard normal deviate. */
double rc_two_sided_p(double z);

/**
 * How many standard errors the share `found` is away from the `claimed` one in n samples: by the score, or by the
 * deviance where that is less (few hits: the binomial's tail towards more is longer than the normal one). Not negative.
 */
double rc_deviate(double claimed, double found, double n);

/* What a test of a share can see. */
struct rc_sight {
    double share;    /* that is claimed, 0..1 */
    double n, taken; /* samples after the design effect; those that were taken, or fewer */
    double critical; /* standard errors that a difference must be away */
    double least;    /* hits that a share must have, claimed or found, to be tested */
    double material; /* smaller differences of share do not count */
};

/** The smallest true difference from the claimed share that is found with 80% power. */
double rc_detectable(const struct rc_sight *sight);

/** The standard normal deviate that is exceeded with probability `p` (0..0.5), to 0.0005. */
double rc_upper_z(double p);

/**
 * Benjamini and Hochberg's step-up procedure at false discovery rate `q`.
 * @param p  n p-values in ascending order
 * @param rejected  n flags, each of them set
 */
void rc_benjamini_hochberg(const double *p, size_t n, double q, bool *rejected);

#endif
