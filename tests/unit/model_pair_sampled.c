/*
 * Of two runs, a share of the one awake that samples told itself: the verdict sets it against the samples of the run
 * asleep, and both are off by chance. Simulated through the whole model, where both runs do the same work: the interval
 * of their difference holds 0 in 93 to 97% of pairs, and the test of it rejects in 3 to 7%. 1,000 pairs each, a
 * standard error of 0.7 points. Were the share awake taken for exact, 48 to 95% would hold it.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "compare/model/pair.h"
#include "tests/unit/model_fixture.h"

enum { PAIRS = 1000 };

/* main calls leaf, so often and so briefly that the clock knows only how long both and the hooks take together. */
struct scene {
    struct fixture *awake, *asleep;
    uint32_t code[3], hook, path[3]; /* awake: of main, leaf and other, which the clock knows */
    uint32_t slept[3];
};

static void symbols(struct fixture *f, uint64_t *fn) {
    fn[0] = fixture_symbol(f, "main", RC_CLONE_NONE);
    fn[1] = fixture_symbol(f, "leaf", RC_CLONE_NONE);
    fn[2] = fixture_symbol(f, "other", RC_CLONE_NONE);
}

static void last(struct fixture *f, uint32_t node, uint64_t ticks) {
    f->nodes[node].long_count = f->nodes[node].count;
    f->nodes[node].long_ticks = ticks;
}

static struct scene scene_new(void) {
    struct scene s = {.awake = fixture_new(), .asleep = fixture_new()};
    uint64_t fn[3];
    symbols(s.asleep, fn);
    symbols(s.awake, fn);
    struct fixture *f = s.awake;
    uint32_t main_ = fixture_node(f, 0, fn[0], 0, 1), leaf = fixture_node(f, main_, fn[1], 0, 10000000);
    uint32_t other = fixture_node(f, main_, fn[2], 0, 1);
    last(f, main_, 100000000);
    last(f, other, 20000000);
    f->nodes[leaf].timed = 100;
    f->nodes[leaf].timed_ticks = 4500;
    f->process.probe_inside_ps = 40000;
    f->process.probe_count_ps = 4000;
    f->process.probe_timed_ps = 20000;
    f->process.hooks_lo = 0x700000000000;
    f->process.hooks_hi = 0x700000001000;
    uint32_t bottom = fixture_native(f, RC_NONE, fn[0] + 0x21, false);
    s.code[0] = fixture_native(f, RC_NONE, fn[0] + 0x30, true);
    s.code[1] = fixture_native(f, bottom, fn[1] + 0x30, true);
    s.code[2] = fixture_native(f, bottom, fn[2] + 0x30, true);
    s.hook = fixture_native(f, fixture_native(f, bottom, fn[1] + 0x11, false), 0x700000000010, true);
    s.path[0] = fixture_path(f, RC_NONE, main_, 1);
    s.path[1] = fixture_path(f, s.path[0], leaf, 1);
    s.path[2] = fixture_path(f, s.path[0], other, 1);
    for (size_t i = 0; i < 3; i++)
        s.slept[i] = fixture_native(s.asleep, RC_NONE, fn[i] + 0x20, true);
    return s;
}

static void scene_free(struct scene *s) {
    fixture_free(s->awake);
    fixture_free(s->asleep);
}

/* main and leaf are off the CPU for half of the time, and looks found each of them waiting too often or too seldom:
 * what ran of them is their part of the thread's samples. */
static struct scene waiting_scene(size_t samples) {
    struct scene s = {.awake = fixture_new(), .asleep = fixture_new()};
    uint64_t fn[3], ms = 1000000;
    symbols(s.asleep, fn);
    symbols(s.awake, fn);
    struct fixture *f = s.awake;
    uint32_t main_ = fixture_node(f, 0, fn[0], 0, 1), leaf = fixture_node(f, main_, fn[1], 0, 1);
    last(f, main_, 2 * samples * ms);
    last(f, leaf, samples * ms);
    f->nodes[main_].off_ns = samples * ms * 9 / 10;
    f->nodes[leaf].off_ns = samples * ms / 2;
    f->threads[0].cpu_ns = samples * ms;
    uint32_t bottom = fixture_native(f, RC_NONE, fn[0] + 0x21, false);
    s.code[0] = fixture_native(f, RC_NONE, fn[0] + 0x30, true);
    s.code[1] = fixture_native(f, bottom, fn[1] + 0x30, true);
    s.path[0] = fixture_path(f, RC_NONE, main_, 1);
    s.path[1] = fixture_path(f, s.path[0], leaf, 1);
    for (size_t i = 0; i < 3; i++)
        s.slept[i] = fixture_native(s.asleep, RC_NONE, fn[i] + 0x20, true);
    return s;
}

/* Awake, of the samples: main's code, leaf's, and leaf's hooks; the rest is other's. */
struct mixture {
    double code[2], hooks;
    size_t awake, asleep;
};

static void simulate(struct scene *s, const struct mixture *mix, const double *truth, unsigned short *seed) {
    s->awake->process.n_samples = s->asleep->process.n_samples = 0;
    s->awake->process.samples_taken = s->asleep->process.samples_taken = 0;
    for (size_t i = 0; i < mix->awake; i++) {
        double at = erand48(seed);
        if ((at -= mix->code[0]) < 0)
            fixture_sample(s->awake, s->path[0], s->code[0]);
        else if ((at -= mix->code[1]) < 0)
            fixture_sample(s->awake, s->path[1], s->code[1]);
        else if (at < mix->hooks)
            fixture_sample(s->awake, s->path[1], s->hook)->flags = RF_SAMPLE_IN_PROBE;
        else
            fixture_sample(s->awake, s->path[2], s->code[2]);
    }
    for (size_t i = 0; i < mix->asleep; i++) {
        double at = erand48(seed);
        fixture_sample(s->asleep, RC_NONE, s->slept[at < truth[0] ? 0 : at < truth[0] + truth[1] ? 1 : 2]);
    }
}

static struct rc_report *pair_of(struct scene *s) {
    struct rc_error err = {""};
    struct rc_report *report = fixture_report(s->awake);
    cr_assert_eq(rc_pair_add(report, &s->asleep->profile, &s->asleep->lookup, 0, &err), 0, "%s", err.text);
    return report;
}

/* The clock has 20 ms for other and 80 ms for main and leaf together, which the samples divide: what ran of them is
 * code, and 35% of the hooks. */
static void shares_of(const struct mixture *mix, double *share) {
    double span = mix->code[0] + mix->code[1] + mix->hooks;
    double own[3] = {80 * mix->code[0] / span, 80 * (mix->code[1] + 0.35 * mix->hooks) / span, 20};
    for (size_t i = 0; i < 3; i++)
        share[i] = own[i] / (own[0] + own[1] + own[2]);
}

static void check(struct scene s, const struct mixture *mix, const double *truth, bool expect_exact_to_fail) {
    static const char *const names[3] = {"main", "leaf", "other"};
    unsigned short seed[3] = {11, 12, 13};
    int covered[3] = {0}, rejected[3] = {0}, exact[3] = {0};
    size_t n = truth[2] > 0 ? 3 : 2;
    for (int p = 0; p < PAIRS; p++) {
        simulate(&s, mix, truth, seed);
        struct rc_report *report = pair_of(&s);
        for (size_t i = 0; i < n; i++) {
            const struct rc_function *f = fixture_function(report, names[i]);
            struct rc_estimate apart = report->pair->effects[f - report->functions].apart;
            covered[i] += apart.low <= 0 && 0 <= apart.high;
            rejected[i] += f->share.p_value < 0.05;
            exact[i] += f->share.low <= f->share.tracer && f->share.tracer <= f->share.high;
        }
        rc_report_free(report);
    }
    for (size_t i = 0; i < n; i++) {
        cr_log_info("%s %.3f: %d hold, %d rejected; as if exact %d\n", names[i], truth[i], covered[i], rejected[i],
                    exact[i]);
        cr_assert(covered[i] >= 930 && covered[i] <= 970, "%s: %d of %d", names[i], covered[i], PAIRS);
        cr_assert(rejected[i] >= 30 && rejected[i] <= 70, "%s: %d of %d rejected", names[i], rejected[i], PAIRS);
    }
    cr_assert(!expect_exact_to_fail || exact[1] < 900, "the share awake has no error worth a test: %d", exact[1]);
    scene_free(&s);
}

static void check_short(struct mixture mix, bool expect_exact_to_fail) {
    double truth[3];
    shares_of(&mix, truth);
    check(scene_new(), &mix, truth, expect_exact_to_fail);
}

/* As many samples in both runs. */
Test(pair_sampled, coverage) {
    check_short((struct mixture){{0.16, 0.26}, 0.38, 600, 600}, true);
}

/* Few awake, many asleep: the chance is the run awake's. */
Test(pair_sampled, few_awake) {
    check_short((struct mixture){{0.3, 0.2}, 0.3, 200, 2000}, true);
}

/* Few hooks. */
Test(pair_sampled, few_asleep) {
    check_short((struct mixture){{0.4, 0.35}, 0.05, 2000, 400}, false);
}

/* How long they ran is the samples', too. */
Test(pair_sampled, waiting) {
    struct mixture mix = {{0.7, 0.3}, 0, 400, 400};
    check(waiting_scene(mix.awake), &mix, (const double[]){0.7, 0.3, 0}, true);
}
