#include "compare/model/claims.h"

#include <math.h>
#include <stdlib.h>

#include "compare/model/statistics.h"

static const double SAMPLES_LEAST = 30; /* of the whole recording */
static const double DISCOVERY_RATE = 0.05;

/* The variance of what is claimed, in units of that which n samples give to it. */
static double more_variance(const struct rc_claim *claim, double n) {
    double share = fmin(fmax(claim->tracer, 1 / n), 1 - 1 / n);
    return claim->apart && n > 1 ? claim->error * claim->error * n / (share * (1 - share)) : 0;
}

static void estimate(const struct rc_claim *claim, const struct rc_spreads *all, const struct rc_spread *spread) {
    struct rc_share *share = claim->share;
    *share = (struct rc_share){
        .tracer = claim->tracer, .tracer_error = claim->error, .high = 1, .detectable = 1, .p_value = 1};
    share->compared = claim->compared;
    if (all->n_kish <= 0)
        return;
    double n = fmax(1, all->n_kish / spread->effect), critical = rc_t975(spread->degrees);
    share->sampler = spread->weight / all->weight;
    struct rc_interval interval = rc_wilson(share->sampler, n, critical);
    share->low = interval.low;
    share->high = interval.high;
    share->n_effective = n;
    share->critical = critical;
    double taken = fmin(n, all->n_kish);
    if (!claim->compared || taken < SAMPLES_LEAST ||
        fmax(share->tracer * taken, (double)spread->hits) < RC_EXPECTED_LEAST)
        return;
    double wider = hypot(critical / RC_Z95, sqrt(more_variance(claim, n)));
    share->p_value = rc_two_sided_p(rc_deviate(share->tracer, share->sampler, n) / wider);
    *claim->verdict = RC_AGREE;
}

struct test {
    double p;
    const struct rc_claim *claim;
};

static int by_p(const void *left, const void *right) {
    const struct test *a = left, *b = right;
    return (a->p > b->p) - (a->p < b->p);
}

static bool tested(const struct rc_claim *claim) {
    return claim->compared && *claim->verdict == RC_AGREE;
}

/* Sorts the tests, and gives the verdicts. How many were rejected. */
static size_t reject(struct test *tests, double *p, bool *rejected, size_t n) {
    size_t count = 0;
    qsort(tests, n, sizeof *tests, by_p);
    for (size_t i = 0; i < n; i++)
        p[i] = tests[i].p;
    rc_benjamini_hochberg(p, n, DISCOVERY_RATE, rejected);
    for (size_t i = 0; i < n; i++) {
        const struct rc_share *share = tests[i].claim->share;
        count += rejected[i];
        if (rejected[i] && fabs(share->tracer - share->sampler) >= RC_MATERIAL)
            *tests[i].claim->verdict = RC_DISAGREE;
    }
    return count;
}

/* One more difference would be found from `z` standard errors on. */
static void find_detectable(const struct rc_claim *claim, const struct rc_spreads *all, const struct rc_spread *spread,
                            double z) {
    struct rc_share *share = claim->share;
    if (share->n_effective <= 0)
        return;
    struct rc_sight sight = {.share = claim->compared ? share->tracer : share->sampler,
                             .n = share->n_effective / (1 + more_variance(claim, share->n_effective)),
                             .taken = fmin(share->n_effective, all->n_kish),
                             .critical = z * rc_t975(spread->degrees) / RC_Z95,
                             .least = RC_EXPECTED_LEAST,
                             .material = RC_MATERIAL};
    share->detectable = sight.taken < SAMPLES_LEAST ? 1 : rc_detectable(&sight);
}

/* All are tested at once: the step-up procedure keeps the share of false disagreements down. */
static int judge(const struct rc_claim *claims, size_t n, const struct rc_spreads *spreads) {
    struct test *tests = calloc(n + 1, sizeof *tests);
    double *p = calloc(n + 1, sizeof *p);
    bool *rejected = calloc(n + 1, sizeof *rejected);
    size_t n_tests = 0;
    int result = tests && p && rejected ? 0 : -1;
    for (size_t i = 0; i < n && result == 0; i++)
        if (tested(&claims[i]))
            tests[n_tests++] = (struct test){claims[i].share->p_value, &claims[i]};
    size_t found = result == 0 ? reject(tests, p, rejected, n_tests) : 0;
    double z = rc_upper_z(DISCOVERY_RATE * (double)(found + 1) / (double)(n_tests + 1) / 2);
    for (size_t i = 0; i < n && result == 0; i++)
        find_detectable(&claims[i], spreads, &spreads->of[i], z);
    free(tests);
    free(p);
    free(rejected);
    return result;
}

int rc_claims_judge(struct rc_claim *claims, size_t n, struct rc_look *looks, size_t n_looks) {
    struct rc_spreads spreads;
    int result = rc_spreads_find(&spreads, n, looks, n_looks);
    for (size_t i = 0; i < n && result == 0; i++)
        estimate(&claims[i], &spreads, &spreads.of[i]);
    if (result == 0)
        result = judge(claims, n, &spreads);
    free(spreads.of);
    return result;
}
