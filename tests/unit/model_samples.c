/* The sampler's side: whose time a sample is, calls as seen, shares and verdicts. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "compare/explain/sightings.h"
#include "compare/model/blind.h"
#include "compare/model/tree.h"
#include "tests/unit/model_fixture.h"

struct scene {
    struct fixture *f;
    uint32_t main_node, work_node, path_main, path_work, native_work, native_library;
};

/* main calls work; work calls a library without hooks. The tracer gives each of the two half of a second. */
static struct scene scene(void) {
    struct scene s = {.f = fixture_new()};
    uint64_t main_fn = fixture_symbol(s.f, "main", 0), work_fn = fixture_symbol(s.f, "work", 0);
    uint64_t library = fixture_library(s.f, "inflate");
    s.main_node = fixture_node(s.f, 0, main_fn, 0, 1);
    s.work_node = fixture_node(s.f, s.main_node, work_fn, 0, 1000);
    s.f->nodes[s.main_node].long_count = 1;
    s.f->nodes[s.main_node].long_ticks = 1000000000;
    s.f->nodes[s.work_node].long_count = 1000;
    s.f->nodes[s.work_node].long_ticks = 500000000;
    s.path_main = fixture_path(s.f, RC_NONE, s.main_node, 1);
    s.path_work = fixture_path(s.f, s.path_main, s.work_node, 1);
    uint32_t bottom = fixture_native(s.f, RC_NONE, main_fn + 0x21, false);
    s.native_work = fixture_native(s.f, bottom, work_fn + 0x30, true);
    uint32_t caller = fixture_native(s.f, bottom, work_fn + 0x31, false);
    s.native_library = fixture_native(s.f, caller, library + 4, true);
    return s;
}

Test(model_samples, whose_time) {
    struct scene s = scene();
    fixture_sample(s.f, s.path_work, s.native_work);
    fixture_sample(s.f, s.path_work, s.native_library);
    fixture_sample(s.f, s.path_main, RC_NONE);
    fixture_sample(s.f, s.path_work, s.native_work)->flags = RF_SAMPLE_IN_PROBE;
    struct rc_sample *blocked = fixture_sample(s.f, s.path_work, RC_NONE);
    blocked->kind = RF_OFF_CPU;
    blocked->syscall = 0;
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work"), *main_ = fixture_function(report, "main");
    cr_assert_eq(work->seen.self, 2);
    cr_assert_eq(work->seen.total, 3);
    cr_assert_eq(work->seen.in_probe, 1);
    cr_assert_eq(work->seen.foreign, 1);
    cr_assert_eq(work->seen.off_cpu, 1);
    cr_assert_eq(fixture_tally(&work->leaves, "inflate"), 1);
    cr_assert_eq(fixture_tally(&work->syscalls, "read"), 1);
    cr_assert_eq(main_->seen.self, 1);
    cr_assert_eq(main_->seen.total, 4);
    cr_assert_eq(fixture_function(report, "inflate")->seen.self, 0);
    cr_assert_eq(fixture_function(report, "inflate")->seen.total, 1);
    cr_assert_eq(report->probe_samples, 1);
    cr_assert_eq(report->scoped_samples, 3);
    cr_assert(fabs(work->share.tracer - 0.5) < 1e-9);
    cr_assert(fabs(work->share.sampler - 2.0 / 3) < 1e-9);
    cr_assert_eq(work->verdict, RC_TOO_FEW);
    rc_report_free(report);
    fixture_free(s.f);
}

/* An inlined function's own time is found under its name, though the native stack knows only where it went. */
Test(model_samples, inlined_leaf) {
    struct scene s = scene();
    uint32_t inner = fixture_node(s.f, s.work_node, fixture_symbol(s.f, "inner", 0), 0, 5);
    s.f->nodes[inner].flags = RF_NODE_INLINED;
    fixture_sample(s.f, fixture_path(s.f, s.path_work, inner, 1), s.native_work);
    struct rc_report *report = fixture_report(s.f);
    cr_assert_eq(fixture_function(report, "inner")->seen.self, 1);
    cr_assert_eq(fixture_function(report, "work")->seen.self, 0);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Plain calls 1 to 7: what was met tells nothing of others, and samples in a row are one look at a call. */
Test(model_samples, calls_seen) {
    static const uint64_t calls[] = {1, 2, 3, 4, 5, 5, 6, 6, 7, 7, 7};
    struct scene s = scene();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        fixture_sample(s.f, fixture_path(s.f, s.path_main, s.work_node, calls[i]), RC_NONE);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work");
    cr_assert_eq(work->seen.distinct_calls, 7);
    cr_assert_eq(work->seen.calls_once, 7);
    cr_assert_eq(work->seen.estimated_calls, 7);
    cr_assert_eq(work->seen.estimated_calls_low, 7);
    cr_assert_not(work->seen.contradicted);
    cr_assert_eq(fixture_function(report, "main")->seen.distinct_calls, 1);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Async calls 1 to 4 are met once, 5 and 6 twice, 7 three times, never in a row; 10 calls of 16 entries, which are
 * taken for 4: 7 + 3/4 * 4*3/(2*3) = 8.5. */
Test(model_samples, calls_met_again) {
    static const uint64_t calls[] = {1, 5, 7, 6, 2, 7, 5, 3, 7, 6, 4};
    struct scene s = scene();
    s.f->nodes[s.work_node].count = 160;
    *fixture_extra(s.f, s.work_node) = (struct rc_extra){.node = s.work_node, .begins = 10, .resumes = 150, .ends = 10};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        fixture_sample(s.f, fixture_path(s.f, s.path_main, s.work_node, RF_CALL_ASYNC | calls[i]), RC_NONE);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work");
    cr_assert_eq(work->calls, 10);
    cr_assert_eq(work->seen.calls_once, 4);
    cr_assert_eq(work->seen.calls_twice, 2);
    cr_assert_eq(work->seen.estimated_calls, 8.5);
    cr_assert(work->seen.estimated_calls_low > 7 && work->seen.estimated_calls_low < 8.5);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Three different calls were seen, and the tracer has two. */
Test(model_samples, more_calls_than_counted) {
    struct scene s = scene();
    s.f->nodes[s.work_node].count = s.f->nodes[s.work_node].long_count = 2;
    for (uint64_t call = 1; call <= 3; call++)
        fixture_sample(s.f, fixture_path(s.f, s.path_main, s.work_node, call), RC_NONE);
    struct rc_report *report = fixture_report(s.f);
    cr_assert(fixture_function(report, "work")->seen.contradicted);
    cr_assert(strstr(rc_text_sightings(fixture_function(report, "work")).s, "a defect of recount"));
    rc_report_free(report);
    fixture_free(s.f);
}

/* One async call seen in two contexts (its clones) is one call; its plain ramp frames do not count again. */
Test(model_samples, async_calls_seen) {
    struct scene s = scene();
    uint32_t other = fixture_node(s.f, s.main_node, s.f->nodes[s.work_node].fn, 0x99, 1);
    fixture_sample(s.f, fixture_path(s.f, s.path_main, s.work_node, RF_CALL_ASYNC | 5), RC_NONE);
    fixture_sample(s.f, fixture_path(s.f, s.path_main, other, RF_CALL_ASYNC | 5), RC_NONE);
    fixture_sample(s.f, fixture_path(s.f, s.path_main, s.work_node, 17), RC_NONE);
    struct rc_report *report = fixture_report(s.f);
    cr_assert_eq(fixture_function(report, "work")->seen.distinct_calls, 1);
    rc_report_free(report);
    fixture_free(s.f);
}

static void take(struct scene *s, int samples, int of_ten) {
    for (int i = 0; i < samples; i++) {
        bool work = i % 10 < of_ten;
        fixture_sample(s->f, work ? s->path_work : s->path_main, work ? s->native_work : RC_NONE);
    }
}

Test(model_samples, verdicts) {
    static const struct {
        int samples, of_ten;
        enum rc_verdict verdict;
    } cases[] = {{1000, 5, RC_AGREE}, {1000, 8, RC_DISAGREE}, {20, 5, RC_TOO_FEW}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s = scene();
        take(&s, cases[i].samples, cases[i].of_ten);
        struct rc_report *report = fixture_report(s.f);
        const struct rc_function *work = fixture_function(report, "work");
        cr_assert_eq(work->verdict, cases[i].verdict, "case %zu: %d", i, (int)work->verdict);
        cr_assert(work->share.low < work->share.sampler && work->share.sampler < work->share.high);
        rc_report_free(report);
        fixture_free(s.f);
    }
}

/* Half of the samples are in a thread that no hook ever ran on. */
Test(model_samples, untraced_code) {
    struct scene s = scene();
    uint32_t alone = fixture_native(s.f, RC_NONE, fixture_library(s.f, "burn") + 8, true);
    take(&s, 500, 5);
    for (int i = 0; i < 500; i++)
        fixture_sample(s.f, RC_NONE, alone)->flags = RF_SAMPLE_NO_TRACE;
    struct rc_report *report = fixture_report(s.f);
    rc_causes_find(report);
    const struct rc_function *burn = fixture_function(report, "burn");
    cr_assert_eq(burn->entries, 0);
    cr_assert_eq(burn->seen.self, 500);
    cr_assert_eq(burn->share.sampler, 0.5);
    cr_assert_eq(burn->verdict, RC_DISAGREE);
    cr_assert_eq(burn->causes, 1u << RC_UNINSTRUMENTED);
    cr_assert_eq(fixture_function(report, "work")->verdict, RC_AGREE);
    cr_assert_eq(fixture_function(report, "work")->share.sampler, 0.5);
    rc_report_free(report);
    fixture_free(s.f);
}

static const struct rc_tree_sight *sight(const struct rc_report *report, const char *caller, const char *name) {
    for (size_t r = 0; r < report->tree->n; r++) {
        const struct rc_tree_row *row = &report->tree->rows[r];
        if (row->parent != RC_NONE && strcmp(rc_tree_row_name(report, row), name) == 0 &&
            strcmp(rc_tree_row_name(report, &report->tree->rows[row->parent]), caller) == 0)
            return &report->tree->sights[r];
    }
    cr_assert_fail("no %s under %s", name, caller);
    return NULL;
}

/*
 * A function in two contexts: the tracer gives each a quarter of the time, of the samples one has 400 and the other 100
 * of 1000. The function agrees, its contexts do not. Native stacks name the caller of one context alone, and a sample
 * whose function is not on the tracer's stack belongs to no row.
 */
Test(model_samples, contexts) {
    struct scene s = scene();
    uint64_t other_fn = fixture_symbol(s.f, "other", 0);
    uint32_t other = fixture_node(s.f, s.main_node, other_fn, 0, 1);
    uint32_t below = fixture_node(s.f, other, s.f->nodes[s.work_node].fn, 0, 10);
    s.f->nodes[s.work_node].long_ticks = s.f->nodes[below].long_ticks = 250000000;
    s.f->nodes[s.work_node].long_count = s.f->nodes[s.work_node].count;
    s.f->nodes[below].long_count = 10;
    s.f->nodes[other].long_count = 1;
    s.f->nodes[other].long_ticks = 250000000;
    uint32_t path_other = fixture_path(s.f, s.path_main, other, 1),
             path_below = fixture_path(s.f, path_other, below, 1);
    for (int i = 0; i < 1000; i++) {
        uint32_t path = i % 10 < 4 ? s.path_work : i % 10 == 4 ? path_below : s.path_main;
        fixture_sample(s.f, path, path == s.path_main ? RC_NONE : s.native_work); /* main, then work */
    }
    fixture_sample(s.f, s.path_main, s.native_work);
    struct rc_report *report = fixture_report_with(s.f, RC_TREE_LOGICAL);
    cr_assert_eq(fixture_function(report, "work")->verdict, RC_AGREE);
    const struct rc_tree_sight *direct = sight(report, "main", "work"), *indirect = sight(report, "other", "work");
    cr_assert_eq(direct->self, 400);
    cr_assert_eq(direct->confirmed, 400);
    cr_assert_eq(direct->verdict, RC_DISAGREE);
    cr_assert(fabs(direct->share.tracer - 0.25) < 1e-9);
    cr_assert(fabs(direct->share.sampler - 400.0 / 1001) < 1e-9);
    cr_assert_eq(indirect->self, 100);
    cr_assert_eq(indirect->confirmed, 0); /* the native stacks have main there, the tracer's have other */
    cr_assert_eq(indirect->verdict, RC_DISAGREE);
    cr_assert_eq(sight(report, "main", "other")->total, 100);
    cr_assert_eq(sight(report, "[process]", "main")->verdict, RC_AGREE);
    cr_assert_eq(sight(report, "[process]", "main")->total, 1000);
    cr_assert_eq(report->tree->unplaced, 1);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Samples without the tracer's stack, as the kernel's are: the native stack tells which of several contexts it was, or
 * nothing does. Where there is one context, it is that. */
Test(model_samples, contexts_by_native_stack) {
    struct scene s = scene();
    uint64_t other_fn = fixture_symbol(s.f, "other", 0), work_fn = s.f->nodes[s.work_node].fn;
    uint32_t other = fixture_node(s.f, s.main_node, other_fn, 0, 1);
    uint32_t bottom = s.f->natives[s.native_work].caller; /* main */
    uint32_t in_other = fixture_native(s.f, bottom, other_fn + 0x31, false);
    uint32_t below = fixture_native(s.f, in_other, work_fn + 0x30, true);
    uint32_t nowhere = fixture_native(s.f, RC_NONE, work_fn + 0x30, true);
    fixture_sample(s.f, RC_NONE, nowhere);
    struct rc_report *report = fixture_report_with(s.f, RC_TREE_LOGICAL);
    cr_assert_eq(sight(report, "main", "work")->self, 1);
    rc_report_free(report);
    fixture_node(s.f, other, work_fn, 0, 10);
    for (int i = 0; i < 5; i++)
        fixture_sample(s.f, RC_NONE, i < 3 ? s.native_work : below);
    report = fixture_report_with(s.f, RC_TREE_LOGICAL);
    cr_assert_eq(sight(report, "main", "work")->self, 3);
    cr_assert_eq(sight(report, "other", "work")->self, 2);
    cr_assert_eq(sight(report, "main", "work")->confirmed, 0); /* one witness */
    cr_assert_eq(report->tree->unplaced, 1);                   /* nowhere: it has no callers to tell by */
    rc_report_free(report);
    fixture_free(s.f);
}

/* Where the tracer's stack lacks a function that the samples are in, its contexts are not judged. */
Test(model_samples, contexts_not_known) {
    struct scene s = scene();
    take(&s, 900, 5);
    for (int i = 0; i < 100; i++)
        fixture_sample(s.f, s.path_main, s.native_work);
    struct rc_report *report = fixture_report_with(s.f, RC_TREE_LOGICAL);
    cr_assert_eq(report->tree->unplaced, 100);
    cr_assert_not(sight(report, "main", "work")->share.compared);
    cr_assert(sight(report, "[process]", "main")->share.compared);
    rc_report_free(report);
    fixture_free(s.f);
}

/* A copy of a function in another one, with hooks of its own there: the open calls tell whose a sample is, and where
 * none came with it, as with the kernel's, debug information. */
Test(model_samples, hooked_copies_without_open_calls) {
    struct fixture *f = fixture_new();
    uint64_t outer = fixture_symbol(f, "outer", 0), inner = fixture_symbol(f, "inlined_one", 0);
    uint32_t node = fixture_node(f, 0, outer, 0, 10), copy = fixture_node(f, node, inner, 0, 10);
    f->nodes[copy].flags = RF_NODE_INLINED;
    uint32_t native = fixture_native(f, RC_NONE, outer + 0x900, true);
    uint32_t in_outer = fixture_path(f, RC_NONE, node, 1);
    for (int i = 0; i < 30; i++)
        fixture_sample(f, in_outer, native);
    for (int i = 0; i < 12; i++)
        fixture_sample(f, RC_NONE, native)->flags = RF_SAMPLE_IN_KERNEL | RF_SAMPLE_NO_TRACE;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "outer")->seen.self, 30);
    cr_assert_eq(fixture_function(report, "inlined_one")->seen.self, 12);
    cr_assert_eq(fixture_function(report, "inlined_one")->witness.inlined_ns, 0);
    rc_report_free(report);
    fixture_free(f);
}

/* Inside the program's code the tracer's own, slow paths as well, and what it calls, are probes. Of an adapter of ours
 * only what is innermost is: what it calls is the library's work, or the program's. */
Test(model_samples, the_tracers_own_work) {
    struct scene s = scene();
    uint64_t work = s.f->nodes[s.work_node].fn, main_ = s.f->nodes[s.main_node].fn;
    uint64_t read = fixture_library(s.f, "process_vm_readv"), loop = fixture_library(s.f, "loop");
    uint64_t tracer = fixture_symbol(s.f, "rt_read_safely", 0), adapter = fixture_library(s.f, "adapter");
    s.f->symbols[s.f->n_symbols - 1].object = "/lib/librecount.so.0";
    s.f->process.hooks_lo = tracer;
    s.f->process.hooks_hi = tracer + 0x100;
    uint32_t bottom = fixture_native(s.f, RC_NONE, main_ + 0x21, false);
    uint32_t caller = fixture_native(s.f, bottom, work + 0x31, false);
    uint32_t slow = fixture_native(s.f, caller, tracer + 0x21, false);
    uint32_t adapted = fixture_native(s.f, caller, adapter + 0x21, false);
    uint32_t looping = fixture_native(s.f, adapted, loop + 0x21, false);
    fixture_sample(s.f, s.path_work, fixture_native(s.f, caller, tracer + 0x20, true));
    fixture_sample(s.f, s.path_work, fixture_native(s.f, slow, read + 4, true));
    fixture_sample(s.f, RC_NONE, fixture_native(s.f, slow, read + 6, true))->flags = RF_SAMPLE_IN_KERNEL;
    fixture_sample(s.f, s.path_work, fixture_native(s.f, caller, adapter + 4, true));
    fixture_sample(s.f, s.path_work, fixture_native(s.f, adapted, loop + 4, true));
    fixture_sample(s.f, s.path_work, fixture_native(s.f, looping, work + 0x40, true));
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *f = fixture_function(report, "work");
    cr_assert_eq(f->seen.in_probe, 4);
    cr_assert_eq(f->seen.self, 2);
    cr_assert_eq(fixture_tally(&f->leaves, "loop"), 1);
    cr_assert_eq(f->leaves.n, 1);
    cr_assert_eq(f->seen.total, 6);
    cr_assert_eq(fixture_function(report, "process_vm_readv")->seen.total, 0);
    struct rc_blind *blind;
    struct rc_error err;
    cr_assert_eq(rc_blind_build(&blind, report, &s.f->lookup, &(struct rc_filter_wish){0}, &err), 0);
    cr_assert_eq(blind->kinds[RC_SEEN_PROBE].samples, 4);
    cr_assert_eq(blind->kinds[RC_BLIND_LIBRARY].samples, 1);
    cr_assert_eq(blind->kinds[RC_SEEN_HOOKED].samples, 1);
    rc_blind_free(blind);
    rc_report_free(report);
    fixture_free(s.f);
}
