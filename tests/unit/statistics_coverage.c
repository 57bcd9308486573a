/*
 * Does the 95% interval hold the truth 95% of the time, and how often is a difference claimed where there is none? The
 * truth is the share in this very run, which is also what the tracer measured. Programs and the sampler are simulated
 * (simulate.h), 400 recordings of 2000 samples each with a fixed seed; docs/coverage.md has more of them.
 *
 * Tolerance: the three functions of a scene that are looked at share a recording, so 400 recordings put a standard
 * error of 0.7 to 1.1 points on a coverage of 95%; 93 to 97% is what is asked for, and two of the larger errors are
 * allowed beyond it. Where a scene may be covered more often, it says so, and why.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "compare/model/claims.h"
#include "compare/model/statistics.h"
#include "tests/unit/model_fixture.h"
#include "tests/unit/simulate.h"

enum { RECORDINGS = 400, SAMPLES = 2000, FUNCTIONS = 6, LOOKED_AT = 3 };

static const double shares[FUNCTIONS] = {0.48, 0.3, 0.13, 0.06, 0.02, 0.01};
static const double MONTE_CARLO = 0.022;

struct outcome {
    double covered; /* how many (recording, function) pairs have an interval that holds the truth */
    double claimed; /* how many recordings have any disagreement */
    double width;   /* of the first function's interval, on average */
};

static double total(const double *times, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += times[i];
    return sum;
}

static void judge(const double *truth, struct rc_look *looks, struct outcome *outcome) {
    struct rc_claim claims[FUNCTIONS];
    struct rc_share found[FUNCTIONS];
    enum rc_verdict verdicts[FUNCTIONS] = {RC_TOO_FEW};
    double whole = total(truth, FUNCTIONS);
    bool claimed = false;
    for (size_t f = 0; f < FUNCTIONS; f++)
        claims[f] = (struct rc_claim){
            .tracer = truth[f] / whole, .compared = true, .share = &found[f], .verdict = &verdicts[f]};
    cr_assert_eq(rc_claims_judge(claims, FUNCTIONS, looks, SAMPLES), 0);
    for (size_t f = 0; f < LOOKED_AT; f++)
        outcome->covered += found[f].low <= truth[f] / whole && truth[f] / whole <= found[f].high;
    for (size_t f = 0; f < FUNCTIONS; f++)
        claimed |= verdicts[f] == RC_DISAGREE;
    outcome->claimed += claimed;
    outcome->width += found[0].high - found[0].low;
}

static struct outcome simulate(enum sim_kind kind, double scale) {
    static struct rc_look looks[SAMPLES];
    struct sim_program program = {kind, scale, shares, FUNCTIONS};
    struct outcome outcome = {0, 0, 0};
    unsigned short seed[3] = {1, 2, 3};
    double truth[FUNCTIONS];
    for (int r = 0; r < RECORDINGS; r++) {
        sim_record(&program, seed, looks, SAMPLES, truth);
        judge(truth, looks, &outcome);
    }
    outcome.covered /= (double)RECORDINGS * LOOKED_AT;
    outcome.claimed /= RECORDINGS;
    outcome.width /= RECORDINGS;
    return outcome;
}

static struct outcome honest(enum sim_kind kind, double scale, double most) {
    struct outcome outcome = simulate(kind, scale);
    cr_log_info("kind %d, %g ms: covered %.3f, claimed %.3f, width %.4f\n", (int)kind, scale, outcome.covered,
                outcome.claimed, outcome.width);
    cr_expect(outcome.covered >= 0.93 - MONTE_CARLO, "kind %d, %g ms: covered %.3f", (int)kind, scale, outcome.covered);
    cr_expect(outcome.covered <= most, "kind %d, %g ms: covered %.3f", (int)kind, scale, outcome.covered);
    return outcome;
}

/* Also where all functions are as the tracer has them, some recording in twenty may claim a difference. */
static void honest_and_quiet(enum sim_kind kind, double scale, double most) {
    double claimed = honest(kind, scale, most).claimed;
    cr_expect(claimed <= 0.05 + MONTE_CARLO, "kind %d, %g ms: claimed %.3f", (int)kind, scale, claimed);
}

Test(coverage, independent_samples) {
    honest_and_quiet(SIM_RANDOM, 0.05, 0.97 + MONTE_CARLO);
}

Test(coverage, periodic) {
    honest_and_quiet(SIM_PERIODIC, 0.1, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_PERIODIC, 0.9, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_PERIODIC, 1, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_PERIODIC, 10, 1); /* a function that never lasts for two ticks is known too well */
}

/* The longest period that the sampler draws is the worst to be in step with: without what the stretches tell, 80%.
 * Differences are claimed a little too often. */
Test(coverage, in_step) {
    struct outcome outcome = honest(SIM_PERIODIC, 1.34, 0.97 + MONTE_CARLO);
    cr_expect(outcome.claimed <= 0.09, "claimed %.3f", outcome.claimed);
}

Test(coverage, bursty) {
    honest_and_quiet(SIM_BURSTY, 3, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_RANDOM, 1, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_RANDOM, 5, 0.97 + MONTE_CARLO);
}

/* Modes of which each is a mixture: alike at a distance, independent near by. Long phases have few ends, and each is
 * off by half a period at most, which no normal law says: covered more often. */
Test(coverage, phases) {
    honest_and_quiet(SIM_MODES, 0.05, 0.97 + MONTE_CARLO);
    honest_and_quiet(SIM_RANDOM, 50, 1);
    honest_and_quiet(SIM_RANDOM, 400, 1);
}

/* What the phases are good for: less than half of the width that as many independent samples would have. */
Test(coverage, phases_are_known_better) {
    double independent = 2 * RC_Z95 * sqrt(0.25 / SAMPLES);
    cr_expect_lt(simulate(SIM_RANDOM, 50).width, independent / 2);
    cr_expect_gt(simulate(SIM_RANDOM, 0.05).width, 0.95 * independent);
}

/* The whole way: periods and threads reach the statistics. Two functions take turns of 100 ms. */
Test(coverage, through_the_model) {
    static const double two[2] = {0.5, 0.5};
    static struct rc_look looks[SAMPLES];
    struct sim_program program = {SIM_PERIODIC, 200, two, 2};
    unsigned short seed[3] = {1, 2, 3};
    double truth[2];
    struct fixture *f = fixture_new();
    uint32_t paths[2];
    sim_record(&program, seed, looks, SAMPLES, truth);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t node = fixture_node(f, 0, fixture_symbol(f, i ? "b" : "a", 0), 0, 10);
        f->nodes[node].long_count = 10;
        f->nodes[node].long_ticks = (uint64_t)(1e6 * truth[i]);
        paths[i] = fixture_path(f, RC_NONE, node, 1);
    }
    for (size_t i = 0; i < SAMPLES; i++) {
        struct rc_sample *sample = fixture_sample(f, paths[looks[i].what], RC_NONE);
        sample->period_ns = (uint32_t)looks[i].period_ns;
        sample->time = (uint64_t)looks[i].time_ns;
    }
    struct rc_report *report = fixture_report(f);
    const struct rc_share *share = &fixture_function(report, "a")->share;
    cr_assert_gt(share->n_effective, 3 * SAMPLES);
    cr_assert(share->low <= share->tracer && share->tracer <= share->high, "%g in [%g, %g]", share->tracer, share->low,
              share->high);
    rc_report_free(report);
    fixture_free(f);
}
