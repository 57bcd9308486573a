/*
 * Does the 95% interval hold the truth 95% of the time, and how often is a difference claimed where there is none?
 * The truth is the share in this very run, which is also what the tracer measured. Three kinds of recordings, each
 * 400 times through the whole model with a fixed seed:
 *
 *   independent   each sample finds a function by its share
 *   phases        a function keeps the CPU for long (exponential, 400 samples on average) and one sample a period, at a
 *                 random place in it, looks: neighbours are alike because the program is. That is no error of the
 *                 sampler: the interval must hold, and must not widen to uselessness as the variance of block means
 *                 about their common mean would have it (5 effective samples of 2000)
 *   in step       for 32 samples in a row the sampler meets the program at the same beat and sees one function,
 *                 though all of them run: neighbours are alike because the sampler errs
 *
 * Tolerances: 400 recordings of 5 functions put a standard error of 0.5 to 1.1 points on a coverage of 95% (the shares
 * of one recording depend on each other); four times the larger one is allowed. In step, the blocks of 44 samples are
 * little longer than the beat, so that neighbouring blocks share some of it and the interval is a little narrow: 88%.
 * Without the design effect it is 27%, and it must fail.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "tests/unit/model_fixture.h"

enum { RECORDINGS = 400, SAMPLES = 2000, FUNCTIONS = 5, BEAT = 32 };

static const double shares[FUNCTIONS] = {0.4, 0.3, 0.15, 0.1, 0.05};
static const double PHASE = 400;

struct outcome {
    double covered;   /* share of (recording, function) pairs whose interval holds the truth */
    double claimed;   /* share of recordings with any disagreement */
    double effective; /* n_effective of the first function, on average */
};

struct scene {
    struct fixture *f;
    uint32_t nodes[FUNCTIONS], paths[FUNCTIONS];
    unsigned short seed[3];
    double truth[FUNCTIONS]; /* time in each function */
};

typedef void record_run(struct scene *scene);

static uint32_t draw(struct scene *scene) {
    double at = erand48(scene->seed);
    uint32_t function = 0;
    while (function + 1 < FUNCTIONS && at >= shares[function])
        at -= shares[function++];
    return function;
}

static void independent(struct scene *scene) {
    for (int i = 0; i < SAMPLES; i++)
        fixture_sample(scene->f, scene->paths[draw(scene)], RC_NONE);
    for (size_t i = 0; i < FUNCTIONS; i++)
        scene->truth[i] = shares[i];
}

static void phases(struct scene *scene) {
    double end = 0;
    uint32_t function = 0;
    for (int i = 0; i < SAMPLES; i++) {
        double look = i + erand48(scene->seed);
        for (double now = i; now < i + 1;) { /* the program's own time, period by period */
            if (end <= now) {
                function = draw(scene);
                end = now - PHASE * log(1 - erand48(scene->seed));
            }
            double until = fmin(end, i + 1);
            scene->truth[function] += until - now;
            if (now <= look && look < until)
                fixture_sample(scene->f, scene->paths[function], RC_NONE);
            now = until;
        }
    }
}

static void in_step(struct scene *scene) {
    uint32_t function = 0;
    for (int i = 0; i < SAMPLES; i++) {
        if (i % BEAT == 0)
            function = draw(scene);
        fixture_sample(scene->f, scene->paths[function], RC_NONE);
    }
    for (size_t i = 0; i < FUNCTIONS; i++)
        scene->truth[i] = shares[i];
}

static void open_scene(struct scene *scene) {
    static const char *const names[FUNCTIONS] = {"a", "b", "c", "d", "e"};
    *scene = (struct scene){.f = fixture_new(), .seed = {1, 2, 3}};
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        scene->nodes[i] = fixture_node(scene->f, 0, fixture_symbol(scene->f, names[i], 0), 0, 10);
        scene->f->nodes[scene->nodes[i]].long_count = 10;
        scene->paths[i] = fixture_path(scene->f, RC_NONE, scene->nodes[i], 1);
    }
}

static void judge(struct scene *scene, struct outcome *outcome) {
    double all = 0;
    bool claimed = false;
    for (size_t i = 0; i < FUNCTIONS; i++) {
        scene->f->nodes[scene->nodes[i]].long_ticks = (uint64_t)(1e9 * scene->truth[i]);
        all += scene->truth[i];
    }
    struct rc_report *report = fixture_report(scene->f);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const struct rc_function *row = &report->functions[i];
        double truth = scene->truth[i] / all;
        cr_assert(fabs(row->share.tracer - truth) < 1e-6);
        outcome->covered += row->share.low <= truth && truth <= row->share.high;
        claimed |= row->verdict == RC_DISAGREE;
        scene->truth[i] = 0;
    }
    outcome->claimed += claimed;
    outcome->effective += report->functions[0].share.n_effective;
    rc_report_free(report);
}

static struct outcome simulate(record_run *record) {
    struct scene scene;
    struct outcome outcome = {0, 0, 0};
    open_scene(&scene);
    for (int r = 0; r < RECORDINGS; r++) {
        scene.f->process.n_samples = 0;
        record(&scene);
        judge(&scene, &outcome);
    }
    fixture_free(scene.f);
    outcome.covered /= (double)RECORDINGS * FUNCTIONS;
    outcome.claimed /= RECORDINGS;
    outcome.effective /= RECORDINGS;
    cr_log_info("covered %.3f, claimed %.3f, n effective %.0f\n", outcome.covered, outcome.claimed, outcome.effective);
    return outcome;
}

Test(coverage, independent_samples) {
    struct outcome outcome = simulate(independent);
    cr_assert(outcome.covered >= 0.95 - 0.044, "covered %.3f", outcome.covered);
    cr_assert(outcome.covered <= 0.995, "covered %.3f: the interval is too wide to tell anything", outcome.covered);
    cr_assert(outcome.claimed <= 0.05 + 0.044, "claimed %.3f", outcome.claimed);
}

Test(coverage, phases) {
    struct outcome outcome = simulate(phases);
    cr_assert(outcome.covered >= 0.95, "covered %.3f", outcome.covered);
    cr_assert(outcome.claimed <= 0.05, "claimed %.3f", outcome.claimed);
    cr_assert(outcome.effective >= 200, "only %.0f effective samples", outcome.effective);
}

Test(coverage, in_step) {
    struct outcome outcome = simulate(in_step);
    cr_assert(outcome.covered >= 0.88, "covered %.3f", outcome.covered);
    cr_assert(outcome.claimed <= 0.2, "claimed %.3f", outcome.claimed);
}
