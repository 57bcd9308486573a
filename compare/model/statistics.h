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

/** How many there are, by Chao's estimator of a lower bound (1984, bias-corrected), when `seen` different ones were
 * seen, `once` of them once and `twice` of them twice. */
double rc_chao1(uint64_t seen, uint64_t once, uint64_t twice);

/** The lower end of its interval at `z` standard errors (Chao 1987, log-normal): what there is at least. */
double rc_chao1_low(uint64_t seen, uint64_t once, uint64_t twice, double z);

/** Wilson's score interval of a share 0..1 observed in n (> 0) samples, at `z` standard errors. */
struct rc_interval rc_wilson(double share, double n, double z);

/** The length of the blocks of neighbouring samples for batch means of n samples, at least 1. */
size_t rc_block_length(size_t n);

/**
 * How much larger the variance of a share is than independent samples would have it; at least 1.
 * @param differences  sum over neighbouring blocks of (difference of their hits)^2
 * @param hits     sum of the hits, in `blocks` blocks of `length` samples
 */
double rc_design_effect(double differences, double hits, size_t blocks, size_t length);

/** Student's t at 97.5% for a number of degrees of freedom (>= 1), to 1% from 3 on. */
double rc_t975(double degrees);

/** Two-sided p-value of a standard normal deviate. */
double rc_two_sided_p(double z);

/** The smallest difference from `share` that n samples show with 80% power at the 5% level. */
double rc_detectable(double share, double n);

/**
 * Benjamini and Hochberg's step-up procedure at false discovery rate `q`.
 * @param p  n p-values in ascending order
 * @param rejected  n flags, each of them set
 */
void rc_benjamini_hochberg(const double *p, size_t n, double q, bool *rejected);

#endif
