/* The tracer's shares of running time as claims, and the samples that they are held against: intervals and verdicts of
 * functions, or of contexts, all of a kind at once. docs/model.md gives the reasons. */
#ifndef RECOUNT_COMPARE_MODEL_CLAIMS_H
#define RECOUNT_COMPARE_MODEL_CLAIMS_H

#include "compare/model/report.h"
#include "compare/model/spread.h"

#define RC_MATERIAL 0.01      /* smaller differences of share are no disagreement */
#define RC_EXPECTED_LEAST 5.0 /* samples of a row below which nothing can be said */

struct rc_claim {
    double tracer; /* share of running time, 0..1 */
    double error;  /* its standard error, by samples */
    bool apart;    /* those are none of the looks: both errors count, and not one that the two have in common */
    bool compared; /* both sides have a figure */
    struct rc_share *share;
    enum rc_verdict *verdict;
};

/**
 * Fills in the share of each claim, and the verdict of those that are compared; the verdicts of others stay. A look's
 * `what` is a claim's place. Sorts the looks.
 * @return 0, or -1: no memory
 */
int rc_claims_judge(struct rc_claim *claims, size_t n, struct rc_look *looks, size_t n_looks);

/** The on-CPU samples in the scope of the comparison, each of its function; the caller frees them. NULL: no memory. */
struct rc_build;
struct rc_look *rc_looks_of(const struct rc_build *build);

#endif
