/*
 * Two runs of one command: counts of the one awake, times of the one asleep. Profiles made by hand with known answers,
 * and a simulation of the interval of the difference.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/pair.h"
#include "compare/model/diff.h"
#include "tests/unit/model_fixture.h"

static const uint64_t MS = 1000000;

/* main calls work, which calls a library; tiny has expensive hooks. Both runs know the same symbols. */
struct scene {
    struct fixture *awake, *asleep;
    uint64_t main, work, tiny, memcpy;
    uint32_t node[3], path[3];
};

enum { MAIN, WORK, TINY };

static void add_code(struct fixture *f, struct scene *scene) {
    scene->main = fixture_symbol(f, "main", RC_CLONE_NONE);
    scene->work = fixture_symbol(f, "work", RC_CLONE_NONE);
    scene->tiny = fixture_symbol(f, "tiny", RC_CLONE_NONE);
    scene->memcpy = fixture_library(f, "memcpy");
}

static struct scene scene_new(void) {
    struct scene scene = {.awake = fixture_new(), .asleep = fixture_new()};
    add_code(scene.awake, &scene);
    add_code(scene.asleep, &scene);
    scene.node[MAIN] = fixture_node(scene.awake, 0, scene.main, 0, 1);
    scene.node[WORK] = fixture_node(scene.awake, scene.node[MAIN], scene.work, 0, 10);
    scene.node[TINY] = fixture_node(scene.awake, scene.node[WORK], scene.tiny, 0, 1000);
    scene.path[MAIN] = fixture_path(scene.awake, RC_NONE, scene.node[MAIN], 1);
    scene.path[WORK] = fixture_path(scene.awake, scene.path[MAIN], scene.node[WORK], 1);
    scene.path[TINY] = fixture_path(scene.awake, scene.path[WORK], scene.node[TINY], 1);
    for (size_t i = 0; i < 3; i++)
        scene.awake->nodes[scene.node[i]].long_count = scene.awake->nodes[scene.node[i]].count;
    scene.awake->nodes[scene.node[MAIN]].long_ticks = 1000 * MS;
    scene.awake->nodes[scene.node[WORK]].long_ticks = 900 * MS;
    scene.awake->nodes[scene.node[TINY]].long_ticks = 600 * MS;
    return scene;
}

static void scene_free(struct scene *scene) {
    fixture_free(scene->awake);
    fixture_free(scene->asleep);
}

/* `n` samples asleep, innermost at `ip` below the frames of main, and of work where `in_work` is set. */
static void sleep_samples(struct scene *scene, size_t n, uint64_t ip, bool in_work) {
    struct fixture *f = scene->asleep;
    uint32_t at = fixture_native(f, RC_NONE, scene->main + 0x10, false);
    if (in_work)
        at = fixture_native(f, at, scene->work + 0x10, false);
    at = fixture_native(f, at, ip, true);
    while (n--)
        fixture_sample(f, RC_NONE, at);
}

static void wake_samples(struct scene *scene, size_t n, int function, bool in_probe) {
    while (n--)
        fixture_sample(scene->awake, scene->path[function], RC_NONE)->flags = in_probe ? RF_SAMPLE_IN_PROBE : 0;
}

static void set_cpu(struct fixture *f, uint64_t ns) {
    f->process.cpu_ns = ns;
    f->process.kernel_seen = true;
}

static struct rc_report *pair_of(struct scene *scene) {
    struct rc_error err = {""};
    struct rc_report *report = fixture_report(scene->awake);
    cr_assert_eq(rc_pair_add(report, &scene->asleep->profile, &scene->asleep->lookup, 0, &err), 0, "%s", err.text);
    cr_assert(report->pair);
    return report;
}

static const struct rc_effect *effect_of(const struct rc_report *report, const char *name) {
    return &report->pair->effects[fixture_function(report, name) - report->functions];
}

static void near(double value, double wanted) {
    cr_assert(fabs(value - wanted) <= 1e-9 * fabs(wanted) + 1, "%.3f is not %.3f", value, wanted);
}

Test(pair, counts_awake_times_asleep) {
    struct scene scene = scene_new();
    wake_samples(&scene, 100, MAIN, false);
    wake_samples(&scene, 300, WORK, false);
    wake_samples(&scene, 100, TINY, false);
    wake_samples(&scene, 500, TINY, true);
    sleep_samples(&scene, 100, scene.main + 0x20, false);
    sleep_samples(&scene, 200, scene.work + 0x20, true);
    sleep_samples(&scene, 50, scene.memcpy + 0x20, true); /* counts for work, which called it */
    sleep_samples(&scene, 50, scene.tiny + 0x20, true);
    set_cpu(scene.awake, 1000 * MS);
    set_cpu(scene.asleep, 400 * MS);
    struct rc_report *report = pair_of(&scene);
    const struct rc_function *main_row = fixture_function(report, "main"), *work = fixture_function(report, "work"),
                             *tiny = fixture_function(report, "tiny");

    cr_assert_eq(tiny->entries, 1000);
    cr_assert_eq(work->calls, 10);
    near((double)main_row->self_ns, 100e6);
    near((double)work->self_ns, 250e6);
    near((double)tiny->self_ns, 50e6);
    near((double)main_row->time.running, 400e6);
    near((double)work->time.running, 300e6);
    cr_assert_eq(tiny->time.probes, 0);
    near(tiny->share.sampler, 50.0 / 400);
    near(rc_reported_share(report, tiny), 50.0 / 400);
    cr_assert_eq(work->seen.foreign, 50);
    cr_assert_eq(fixture_tally(&work->leaves, "memcpy"), 50);

    near(effect_of(report, "tiny")->awake.value, 600e6);
    near(effect_of(report, "tiny")->effect.value, 550e6);
    near(effect_of(report, "tiny")->ratio.value, 12);
    cr_assert(effect_of(report, "tiny")->effect.low > 400e6);
    cr_assert(rc_pair_slowed(effect_of(report, "tiny")));
    near(effect_of(report, "main")->effect.value, 0);
    cr_assert(!rc_pair_slowed(effect_of(report, "main")));
    cr_assert_eq(effect_of(report, "tiny")->self_ns, 600 * MS, "the tracer's own figure is kept");
    near(effect_of(report, "tiny")->share.sampler, 0.2);
    near(report->pair->cpu_ratio, 2.5);
    cr_assert_eq(report->pair->doubts, 0);
    fixture_check_closed(report);
    rc_report_free(report);
    scene_free(&scene);
}

/* The effects of all functions and of the code without hooks are the whole programs' difference. */
Test(pair, effects_add_up) {
    struct scene scene = scene_new();
    wake_samples(&scene, 123, MAIN, false);
    wake_samples(&scene, 456, TINY, true);
    sleep_samples(&scene, 77, scene.tiny + 0x20, true);
    uint32_t alone = fixture_native(scene.asleep, RC_NONE, scene.memcpy + 0x20, true);
    for (int i = 0; i < 23; i++)
        fixture_sample(scene.asleep, RC_NONE, alone);
    set_cpu(scene.awake, 700 * MS); /* samples say 579 and 100 ms: the clocks are right */
    set_cpu(scene.asleep, 90 * MS);
    struct rc_report *report = pair_of(&scene);
    double sum = report->pair->foreign.effect.value;
    for (size_t f = 0; f < report->n_functions; f++)
        if (report->functions[f].hooked)
            sum += report->pair->effects[f].effect.value;
    near(sum, 610e6);
    near(report->pair->foreign.asleep.value, 90e6 * 23 / 100);
    cr_assert_eq(effect_of(report, "memcpy")->in, RC_IN_ASLEEP);
    cr_assert_eq(fixture_function(report, "memcpy")->seen.self, 23);
    rc_report_free(report);
    scene_free(&scene);
}

/* A verdict sets the tracer's share awake against the sampler's asleep. */
Test(pair, verdict) {
    struct scene scene = scene_new();
    wake_samples(&scene, 500, MAIN, false);
    sleep_samples(&scene, 100, scene.main + 0x20, false);
    sleep_samples(&scene, 300, scene.work + 0x20, true);
    sleep_samples(&scene, 600, scene.tiny + 0x20, true);
    struct rc_report *report = pair_of(&scene); /* awake the tracer has 10, 30 and 60% */
    cr_assert_eq(fixture_function(report, "main")->verdict, RC_AGREE);
    cr_assert_eq(fixture_function(report, "tiny")->verdict, RC_AGREE);
    rc_report_free(report);
    for (size_t i = 0; i < 3; i++)
        scene.awake->nodes[scene.node[i]].long_ticks = 1000 * MS; /* now all of it is tiny's */
    report = pair_of(&scene);
    cr_assert_eq(fixture_function(report, "tiny")->verdict, RC_DISAGREE);
    near(fixture_function(report, "tiny")->share.tracer, 1);
    near(rc_reported_share(report, fixture_function(report, "tiny")), 0.6);
    rc_report_free(report);
    scene_free(&scene);
}

/* A comparison takes counts from the run awake, and times from the one asleep: also of what only that one met. */
Test(pair, compared) {
    struct scene scene = scene_new();
    struct rc_error err = {""};
    struct rc_diff *diff = rc_diff_new(NULL, false);
    uint32_t alone = fixture_native(scene.asleep, RC_NONE, scene.memcpy + 0x20, true);
    wake_samples(&scene, 100, TINY, false);
    sleep_samples(&scene, 30, scene.tiny + 0x20, true);
    for (int i = 0; i < 10; i++)
        fixture_sample(scene.asleep, RC_NONE, alone);
    set_cpu(scene.awake, 100 * MS);
    set_cpu(scene.asleep, 40 * MS);
    for (enum rc_side side = 0; side < RC_SIDES; side++) {
        struct rc_report *report = fixture_report(scene.awake);
        int result = rc_diff_add_pair(diff, side, report, &scene.asleep->profile, &scene.asleep->lookup, &err);
        cr_assert_eq(result, 0, "%s", err.text);
        rc_report_free(report);
    }
    cr_assert_eq(rc_diff_judge(diff, &err), 0);
    cr_expect_eq(diff->times_of, RC_DIFF_OF_ASLEEP);
    near(diff->cpu.mean[RC_BEFORE], 40e6);
    size_t found = 0;
    for (size_t i = 0; i < diff->n_rows; i++)
        if (strcmp(diff->rows[i].name, "tiny") == 0 && ++found) {
            near(diff->rows[i].own.mean[RC_AFTER], 30e6);
            cr_expect_eq(diff->rows[i].counts[RC_DIFF_CALLS].high[RC_AFTER], 1000);
        } else if (strcmp(diff->rows[i].name, "memcpy") == 0 && ++found) {
            near(diff->rows[i].own.mean[RC_AFTER], 10e6);
        }
    cr_expect_eq(found, 2);
    rc_diff_free(diff);
    scene_free(&scene);
}

/* Functions are told by their object's file name, their name and their file: not by addresses, nor by directories. */
Test(pair, another_directory_and_address) {
    struct scene scene = scene_new();
    struct fixture *f = scene.asleep;
    f->n_symbols = 0;
    fixture_symbol(f, "first", RC_CLONE_NONE);
    uint64_t tiny = fixture_symbol(f, "tiny", RC_CLONE_NONE);
    for (size_t i = 0; i < f->n_symbols; i++)
        f->symbols[i].object = "/elsewhere/app";
    uint32_t native = fixture_native(f, RC_NONE, tiny + 0x20, true);
    for (int i = 0; i < 40; i++)
        fixture_sample(f, RC_NONE, native);
    wake_samples(&scene, 100, TINY, false);
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(fixture_function(report, "tiny")->seen.self, 40);
    cr_assert_eq(effect_of(report, "tiny")->in, RC_IN_BOTH);
    rc_report_free(report);
    scene_free(&scene);
}

/* A coroutine's body is its function, though the clone has no declaration of its own. */
Test(pair, clones) {
    struct scene scene = scene_new();
    uint64_t ramp = fixture_symbol(scene.awake, "serve", RC_CLONE_NONE);
    fixture_symbol(scene.asleep, "serve", RC_CLONE_NONE);
    uint64_t body = fixture_symbol(scene.asleep, "serve", RC_CLONE_ACTOR);
    uint32_t node = fixture_node(scene.awake, 0, ramp, 0, 5);
    scene.awake->nodes[node].long_count = 5;
    uint32_t native = fixture_native(scene.asleep, RC_NONE, body + 0x20, true);
    for (int i = 0; i < 60; i++)
        fixture_sample(scene.asleep, RC_NONE, native);
    wake_samples(&scene, 100, TINY, false);
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(fixture_function(report, "serve")->seen.self, 60);
    cr_assert_eq(report->n_functions, 4, "it became a function of its own");
    rc_report_free(report);
    scene_free(&scene);
}

/* Two functions that the run asleep cannot tell apart keep the times of the run awake. */
Test(pair, namesakes) {
    struct scene scene = scene_new();
    uint64_t twin = fixture_symbol(scene.awake, "tiny", RC_CLONE_NONE);
    scene.awake->symbols[scene.awake->n_symbols - 1].object = "/plugin/app";
    uint32_t node = fixture_node(scene.awake, scene.node[MAIN], twin, 0, 7);
    scene.awake->nodes[node].long_count = 7;
    wake_samples(&scene, 100, TINY, false);
    sleep_samples(&scene, 100, scene.tiny + 0x20, true);
    struct rc_report *report = pair_of(&scene);
    const struct rc_function *tiny = fixture_function(report, "tiny");
    cr_assert_eq(effect_of(report, "tiny")->in, RC_IN_NAMESAKES);
    cr_assert_eq(tiny->self_ns, 600 * MS);
    cr_assert(rc_effect_is_odd(report, (size_t)(tiny - report->functions)));
    rc_report_free(report);
    scene_free(&scene);
}

/* Inlined code is known by debug information: the fixture has some in the upper half of each function. Without any, the
 * times of the run awake are kept, and that is said. */
Test(pair, inlined) {
    struct scene scene = scene_new();
    uint64_t inl = fixture_symbol(scene.awake, "inlined_one", RC_CLONE_NONE);
    uint64_t blind = fixture_symbol(scene.awake, "blind", RC_CLONE_NONE);
    uint32_t node = fixture_node(scene.awake, scene.node[WORK], inl, 0, 3);
    uint32_t other = fixture_node(scene.awake, scene.node[WORK], blind, 0, 3);
    scene.awake->nodes[node].flags = scene.awake->nodes[other].flags = RF_NODE_INLINED;
    scene.awake->nodes[other].long_count = 3;
    scene.awake->nodes[other].long_ticks = 50 * MS;
    uint32_t path = fixture_path(scene.awake, scene.path[WORK], other, 1);
    for (int i = 0; i < 50; i++)
        fixture_sample(scene.awake, path, RC_NONE);
    sleep_samples(&scene, 30, scene.work + 0x900, true);
    sleep_samples(&scene, 70, scene.work + 0x20, true);
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(fixture_function(report, "inlined_one")->seen.self, 30);
    cr_assert_eq(fixture_function(report, "work")->seen.self, 70);
    cr_assert_eq(fixture_function(report, "work")->seen.total, 100);
    cr_assert_eq(effect_of(report, "blind")->in, RC_IN_CALLER);
    cr_assert_eq(fixture_function(report, "blind")->self_ns, 50 * MS);
    rc_report_free(report);
    scene_free(&scene);
}

Test(pair, object_not_loaded) {
    struct scene scene = scene_new();
    struct rc_module module = {.start = 1, .end = 2, .path = (char *)"/lib/other.so"};
    scene.asleep->process.modules = &module;
    scene.asleep->process.n_modules = 1;
    wake_samples(&scene, 100, TINY, false);
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(effect_of(report, "tiny")->in, RC_IN_AWAKE);
    cr_assert_eq(fixture_function(report, "tiny")->self_ns, 600 * MS);
    rc_report_free(report);
    module.path = (char *)"/bin/app";
    report = pair_of(&scene);
    cr_assert_eq(effect_of(report, "tiny")->in, RC_IN_BOTH);
    cr_assert_eq(fixture_function(report, "tiny")->self_ns, 0);
    rc_report_free(report);
    scene_free(&scene);
}

static bool doubted(const struct rc_report *report, const char *part) {
    char text[640];
    for (size_t i = 0; rc_pair_doubt(report->pair, i, text, sizeof text); i++)
        if (strstr(text, part))
            return true;
    return false;
}

/* Two runs need not do the same work: what speaks against it is said. */
Test(pair, doubts) {
    struct scene scene = scene_new();
    wake_samples(&scene, 100, TINY, false);
    sleep_samples(&scene, 100, scene.tiny + 0x20, true);
    set_cpu(scene.awake, 100 * MS);
    set_cpu(scene.asleep, 105 * MS);
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(report->pair->doubts, 0);
    rc_report_free(report);
    set_cpu(scene.asleep, 111 * MS);
    report = pair_of(&scene);
    cr_assert_eq(report->pair->doubts, RC_PAIR_SLOWER);
    cr_assert(doubted(report, "did not do the same work"));
    rc_report_free(report);
    set_cpu(scene.asleep, 60 * MS);
    for (size_t i = 0; i < 20; i++)
        scene.asleep->samples[i].flags = RF_SAMPLE_IN_PROBE;
    report = pair_of(&scene);
    cr_assert_eq(report->pair->doubts, RC_PAIR_AWAKE);
    cr_assert(doubted(report, "20.0% of its samples were in hooks"));
    rc_report_free(report);
    scene_free(&scene);
}

Test(pair, an_empty_second_run) {
    struct scene scene = scene_new();
    wake_samples(&scene, 100, TINY, false);
    scene.asleep->profile.n_processes = 0;
    struct rc_report *report = pair_of(&scene);
    cr_assert_eq(fixture_function(report, "tiny")->self_ns, 0);
    cr_assert(effect_of(report, "tiny")->ratio.value < 0, "there is nothing to divide by");
    cr_assert(doubted(report, "1 process, the run asleep 0"));
    rc_report_free(report);
    scene_free(&scene);
}

/* One process stands for another by its number and its executable. */
Test(pair, process) {
    struct scene scene = scene_new();
    scene.asleep->process.pid = 777;
    cr_assert_eq(rc_pair_pid(&scene.awake->profile, &scene.asleep->profile, 0), 0);
    cr_assert_eq(rc_pair_pid(&scene.awake->profile, &scene.asleep->profile, 100), 777);
    cr_assert_eq(rc_pair_pid(&scene.awake->profile, &scene.asleep->profile, 5), -1);
    scene.asleep->process.ordinal = 1;
    cr_assert_eq(rc_pair_pid(&scene.awake->profile, &scene.asleep->profile, 100), -1);
    scene.asleep->process.ordinal = 0;
    scene.asleep->process.exe = (char *)"/bin/other";
    cr_assert_eq(rc_pair_pid(&scene.awake->profile, &scene.asleep->profile, 100), -1);
    scene_free(&scene);
}

/*
 * Does the effect's interval hold the truth 95% of the time? Each sample of a run falls on a function by the share of
 * CPU time that it has there; the runs' CPU times are known from clocks. 1,000 pairs through the whole model.
 *
 * Tolerance: 93 to 97%. Each function's coverage rests on 1,000 pairs, a standard error of 0.7 points.
 */
enum { PAIRS = 1000, AWAKE = 2000, ASLEEP = 1000 };

static const double in_awake[3] = {0.3, 0.1, 0.6}, in_asleep[3] = {0.55, 0.2, 0.25};

static int draw(unsigned short *seed, const double *share) {
    double at = erand48(seed);
    return at < share[0] ? 0 : at < share[0] + share[1] ? 1 : 2;
}

static void simulate(struct scene *scene, unsigned short *seed, const uint32_t *native) {
    scene->awake->process.n_samples = scene->asleep->process.n_samples = 0;
    for (int i = 0; i < AWAKE; i++) {
        int function = draw(seed, in_awake);
        bool in_probe = function == TINY && erand48(seed) < 0.7;
        wake_samples(scene, 1, function, in_probe);
    }
    for (int i = 0; i < ASLEEP; i++)
        fixture_sample(scene->asleep, RC_NONE, native[draw(seed, in_asleep)]);
}

Test(pair, coverage) {
    static const char *const names[3] = {"main", "work", "tiny"};
    struct scene scene = scene_new();
    unsigned short seed[3] = {4, 5, 6};
    const uint64_t code[3] = {scene.main, scene.work, scene.tiny};
    uint32_t native[3];
    int covered[3] = {0}, ratio_covered[3] = {0};
    for (int i = 0; i < 3; i++)
        native[i] = fixture_native(scene.asleep, RC_NONE, code[i] + 0x20, true);
    set_cpu(scene.awake, AWAKE * MS);
    set_cpu(scene.asleep, ASLEEP * MS);
    for (int p = 0; p < PAIRS; p++) {
        simulate(&scene, seed, native);
        struct rc_report *report = pair_of(&scene);
        for (int i = 0; i < 3; i++) {
            const struct rc_effect *effect = effect_of(report, names[i]);
            double truth = in_awake[i] * AWAKE * 1e6 - in_asleep[i] * ASLEEP * 1e6;
            double ratio = in_awake[i] * AWAKE / (in_asleep[i] * ASLEEP);
            covered[i] += effect->effect.low <= truth && truth <= effect->effect.high;
            ratio_covered[i] += effect->ratio.low <= ratio && ratio <= effect->ratio.high;
        }
        rc_report_free(report);
    }
    for (int i = 0; i < 3; i++) {
        cr_log_info("%s: difference %d, ratio %d of %d\n", names[i], covered[i], ratio_covered[i], PAIRS);
        cr_assert(covered[i] >= 930 && covered[i] <= 970, "%s: %d of %d", names[i], covered[i], PAIRS);
        cr_assert(ratio_covered[i] >= 930 && ratio_covered[i] <= 970, "%s: ratio %d", names[i], ratio_covered[i]);
    }
    scene_free(&scene);
}
