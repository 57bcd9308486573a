/*
 * Does the 95% interval hold the truth 95% of the time, and how often is a difference claimed where there is none?
 * The whole way through the model is simulated: samples of a program whose shares are known, independent or in runs
 * (the same function in neighbouring samples), with a fixed seed.
 *
 * Tolerances: 400 recordings of 5 functions put a standard error of 0.5 to 1.1 points on a coverage of 95% (the shares
 * of one recording depend on each other), so four times the larger one is allowed for independent samples. For runs of
 * 10 in 2000 samples the longest blocks that leave 16 of them are 12 runs long, which makes batch means too narrow by a
 * point or two (Law and Kelton 1984): coverage must be at least 92%. Without the design effect it is 36%, with blocks
 * of 44 samples it is 91.8%: both fail here.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "tests/unit/model_fixture.h"

enum { RECORDINGS = 400, SAMPLES = 2000, FUNCTIONS = 5 };

static const double shares[FUNCTIONS] = {0.4, 0.3, 0.15, 0.1, 0.05};

struct outcome {
    double covered; /* share of (recording, function) pairs whose interval holds the truth */
    double claimed; /* share of recordings with any disagreement */
};

static uint32_t draw(unsigned short *seed) {
    double at = erand48(seed);
    uint32_t function = 0;
    while (function + 1 < FUNCTIONS && at >= shares[function])
        at -= shares[function++];
    return function;
}

static struct fixture *program(uint32_t *paths) {
    struct fixture *f = fixture_new();
    static const char *const names[FUNCTIONS] = {"a", "b", "c", "d", "e"};
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        uint32_t node = fixture_node(f, 0, fixture_symbol(f, names[i], 0), 0, 10);
        f->nodes[node].long_count = 10;
        f->nodes[node].long_ticks = (uint64_t)(1e9 * shares[i]);
        paths[i] = fixture_path(f, RC_NONE, node, 1);
    }
    return f;
}

/* `run`: how many samples a function keeps on average. */
static struct outcome simulate(double run) {
    uint32_t paths[FUNCTIONS];
    struct fixture *f = program(paths);
    unsigned short seed[3] = {1, 2, 3};
    struct outcome outcome = {0, 0};
    for (int r = 0; r < RECORDINGS; r++) {
        uint32_t function = draw(seed);
        f->process.n_samples = 0;
        for (int i = 0; i < SAMPLES; i++) {
            if (erand48(seed) < 1 / run)
                function = draw(seed);
            fixture_sample(f, paths[function], RC_NONE);
        }
        struct rc_report *report = fixture_report(f);
        bool claimed = false;
        for (size_t i = 0; i < FUNCTIONS; i++) {
            const struct rc_function *row = &report->functions[i];
            cr_assert(fabs(row->share.tracer - shares[i]) < 1e-6);
            outcome.covered += row->share.low <= shares[i] && shares[i] <= row->share.high;
            claimed |= row->verdict == RC_DISAGREE;
        }
        outcome.claimed += claimed;
        rc_report_free(report);
    }
    fixture_free(f);
    outcome.covered /= (double)RECORDINGS * FUNCTIONS;
    outcome.claimed /= RECORDINGS;
    return outcome;
}

Test(coverage, independent_samples) {
    struct outcome outcome = simulate(1);
    cr_log_info("independent: covered %.3f, claimed %.3f\n", outcome.covered, outcome.claimed);
    cr_assert(outcome.covered >= 0.95 - 0.044, "covered %.3f", outcome.covered);
    cr_assert(outcome.covered <= 0.995, "covered %.3f: the interval is too wide to tell anything", outcome.covered);
    cr_assert(outcome.claimed <= 0.05 + 0.044, "claimed %.3f", outcome.claimed);
}

Test(coverage, samples_in_runs) {
    struct outcome outcome = simulate(10);
    cr_log_info("runs: covered %.3f, claimed %.3f\n", outcome.covered, outcome.claimed);
    cr_assert(outcome.covered >= 0.92, "covered %.3f", outcome.covered);
    cr_assert(outcome.claimed <= 0.15, "claimed %.3f", outcome.claimed);
}
