/* The time ledger, by hand. */
#include <criterion/criterion.h>
#include <math.h>

#include "compare/model/pair.h"
#include "tests/unit/model_fixture.h"
#include "tests/unit/tree_check.h"

static void lasting(struct fixture *f, uint32_t node, uint64_t ticks) {
    f->nodes[node].long_count = f->nodes[node].count;
    f->nodes[node].long_ticks = ticks;
}

/* 1000 short calls, 10 of them timed at 50 ns: 50 us; two long ones of 1 ms each are added as they are. */
Test(model_time, scaled_and_exact) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t leaf = fixture_node(f, main_, fixture_symbol(f, "leaf", 0), 0, 1002);
    lasting(f, main_, 10000000);
    f->nodes[leaf].timed = 10;
    f->nodes[leaf].timed_ticks = 500;
    f->nodes[leaf].long_count = 2;
    f->nodes[leaf].long_ticks = 2000000;
    f->process.probe_count_ps = 2000;
    f->process.probe_timed_ps = 20000;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *l = fixture_function(report, "leaf"), *m = fixture_function(report, "main");
    cr_assert_eq(l->time.total, 2050000);
    cr_assert_eq(l->self_ns, 2050000);
    cr_assert_eq(l->estimated_ns, 50000);
    cr_assert_eq(m->self_probes_ns, 1002 * 2 + 12 * 18);
    cr_assert_eq(m->time.probes, m->self_probes_ns);
    cr_assert_eq(m->self_ns, 10000000 - 2050000 - m->self_probes_ns);
    cr_assert_eq(m->time.total, 10000000);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* Blocked time is inclusive upwards, and a resumed slice's stands at the physical caller, too. */
Test(model_time, blocked) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "dispatch", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint64_t fn = fixture_symbol(f, "serve", 0);
    uint32_t logical = fixture_node(f, begin, fn, 0, 1);
    uint32_t physical = fixture_node(f, loop, fn, 0, 1);
    lasting(f, main_, 1000);
    lasting(f, begin, 300);
    lasting(f, loop, 500);
    lasting(f, logical, 200);
    f->nodes[logical].off_ns = 240;
    *fixture_extra(f, logical) = (struct rc_extra){
        .node = logical, .begins = 1, .resumed = 1, .resumed_ticks = 400, .awaiting_ticks = 5000, .queued_ticks = 70};
    *fixture_extra(f, physical) = (struct rc_extra){.node = physical, .resumes = 1, .passed = 1, .passed_ticks = 400};
    struct rc_report *report = fixture_report(f);
    const struct rc_time serve = fixture_function(report, "serve")->time;
    cr_assert_eq(serve.total, 200 + 400 + 5000 + 70);
    cr_assert_eq(serve.blocked, 240);
    cr_assert_eq(serve.running, 360);
    cr_assert_eq(serve.awaiting, 5000);
    cr_assert_eq(serve.queued, 70);
    cr_assert_eq(fixture_function(report, "dispatch")->time.blocked, 80); /* a third of the slices' time was there */
    cr_assert_eq(fixture_function(report, "dispatch")->self_ns, 100);
    cr_assert_eq(fixture_function(report, "loop")->time.blocked, 160);
    cr_assert_eq(fixture_function(report, "loop")->self_ns, 100);
    cr_assert_eq(fixture_function(report, "main")->time.blocked, 240);
    cr_assert_eq(fixture_function(report, "main")->time.total, 1000);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* A C++ coroutine's slices stand on its clone, below the ramp: they are the same call's time, once. */
Test(model_time, coroutine_clone) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t ramp = fixture_node(f, main_, fixture_symbol(f, "task()", 0), 0, 1);
    uint64_t resume = fixture_symbol(f, "task()", RC_CLONE_RESUME);
    uint32_t clone = fixture_node(f, ramp, resume, 0, 1);
    uint32_t physical = fixture_node(f, main_, resume, 0, 2);
    f->nodes[clone].flags = f->nodes[physical].flags = RF_NODE_COROUTINE;
    lasting(f, main_, 1000);
    lasting(f, ramp, 100);
    lasting(f, clone, 60);
    *fixture_extra(f, clone) =
        (struct rc_extra){.node = clone, .resumed = 2, .resumed_ticks = 500, .awaiting_ticks = 3000};
    *fixture_extra(f, physical) = (struct rc_extra){.node = physical, .resumes = 2, .passed = 2, .passed_ticks = 500};
    struct rc_report *report = fixture_report(f);
    const struct rc_function *task = fixture_function(report, "task()");
    cr_assert_eq(task->time.total, 100 + 500 + 3000);
    cr_assert_eq(task->self_ns, 600);
    cr_assert_eq(task->calls, 1);
    cr_assert_eq(fixture_function(report, "main")->self_ns, 400);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* Open calls reach to the end; a suspended fiber's to its suspension, from where on it waits. */
Test(model_time, open_calls_and_fibers) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t fiber = fixture_node(f, main_, fixture_symbol(f, "fiber", 0), 0, 1);
    f->nodes[fiber].flags = RF_NODE_FIBER;
    f->process.last = 11000;
    fixture_open(f, 0, main_, 1000 | 1, 1);
    fixture_open(f, 1, fiber, 2000, 1);
    f->stacks[0].running = true;
    f->stacks[1].fiber = true;
    f->stacks[1].suspended_at = 5000;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "main")->time.total, 10000);
    cr_assert_eq(fixture_function(report, "main")->self_ns, 10000);
    const struct rc_time time = fixture_function(report, "fiber")->time;
    cr_assert_eq(time.running, 3000);
    cr_assert_eq(time.awaiting, 6000);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* The CPU clock says 300 of 1000: the looks found 200 off and missed 500, which go where they found it waiting. */
Test(model_time, missed_waits) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t poll = fixture_node(f, main_, fixture_symbol(f, "poll_once", 0), 0, 1);
    uint32_t lock = fixture_node(f, main_, fixture_symbol(f, "lock", 0), 0, 1);
    lasting(f, main_, 1000);
    lasting(f, poll, 600);
    lasting(f, lock, 200);
    f->nodes[poll].off_ns = 100;
    f->nodes[lock].off_ns = 100;
    f->threads[0].cpu_ns = 300;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "lock")->self_blocked_ns, 200); /* full */
    cr_assert_eq(fixture_function(report, "poll_once")->self_blocked_ns, 500);
    cr_assert_eq(fixture_function(report, "main")->self_blocked_ns, 0);
    cr_assert_eq(fixture_function(report, "main")->time.blocked, 700);
    cr_assert_eq(report->off_inferred_ns, 500);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* The clock tells of waiting and no look met it: all contexts wait alike. */
Test(model_time, waits_that_no_look_met) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t leaf = fixture_node(f, main_, fixture_symbol(f, "leaf", 0), 0, 1);
    lasting(f, main_, 1000);
    lasting(f, leaf, 600);
    f->threads[0].cpu_ns = 500;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "leaf")->self_blocked_ns, 300);
    cr_assert_eq(fixture_function(report, "main")->self_blocked_ns, 200);
    cr_assert_eq(report->off_inferred_ns, 500);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* A look charges a whole period where the thread slept for a part of it: the CPU clock takes the rest back. */
Test(model_time, looks_that_saw_too_much) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t nap = fixture_node(f, main_, fixture_symbol(f, "nap", 0), 0, 1);
    lasting(f, main_, 1000);
    lasting(f, nap, 800);
    f->nodes[nap].off_ns = 800;
    f->threads[0].cpu_ns = 700;
    f->threads[0].wall_ns = 1000;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "nap")->self_blocked_ns, 300);
    cr_assert_eq(fixture_function(report, "nap")->self_ns, 500);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* Estimates that do not fit into the parent are set to zero, and what was cut is told. */
Test(model_time, negative_self_is_told) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t leaf = fixture_node(f, main_, fixture_symbol(f, "leaf", 0), 0, 1);
    lasting(f, main_, 1000);
    lasting(f, leaf, 1500);
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(report->time_unclosed_ns, 500);
    cr_assert_eq(fixture_function(report, "main")->self_ns, 0);
    rc_report_free(report);
    fixture_free(f);
}

struct spans_scene {
    struct fixture *f;
    uint32_t leaf, other;
    uint32_t code[3], hook; /* native frames: of main, leaf and other, each innermost; of a hook that leaf called */
    uint32_t path_main, path_leaf;
};

/* main, 100 ms and always timed, calls leaf ten million times and other a thousand times. The clock cannot tell leaf's
 * 2 ns from the probe's 40 ns; the thousand calls of other it knows within 20 us. */
static struct spans_scene spans_scene(uint64_t leaf_clock) {
    struct spans_scene s = {.f = fixture_new()};
    uint64_t main_fn = fixture_symbol(s.f, "main", 0), leaf_fn = fixture_symbol(s.f, "leaf", 0);
    uint64_t other_fn = fixture_symbol(s.f, "other", 0);
    uint32_t main_ = fixture_node(s.f, 0, main_fn, 0, 1);
    s.leaf = fixture_node(s.f, main_, leaf_fn, 0, 10000000);
    s.other = fixture_node(s.f, main_, other_fn, 0, 1000);
    lasting(s.f, main_, 100000000);
    s.f->nodes[s.leaf].timed = s.f->nodes[s.other].timed = 100;
    s.f->nodes[s.leaf].timed_ticks = 100 * leaf_clock;
    s.f->nodes[s.other].timed_ticks = 100 * (1000 + 40);
    s.f->process.probe_inside_ps = 40000;
    s.f->process.probe_count_ps = 4000;
    s.f->process.probe_timed_ps = 20000;
    s.f->process.hooks_lo = 0x700000000000;
    s.f->process.hooks_hi = 0x700000001000;
    uint32_t bottom = fixture_native(s.f, RC_NONE, main_fn + 0x21, false);
    s.code[0] = fixture_native(s.f, RC_NONE, main_fn + 0x30, true);
    s.code[1] = fixture_native(s.f, bottom, leaf_fn + 0x30, true);
    s.code[2] = fixture_native(s.f, bottom, other_fn + 0x30, true);
    s.hook = fixture_native(s.f, fixture_native(s.f, bottom, leaf_fn + 0x11, false), 0x700000000010, true);
    s.path_main = fixture_path(s.f, RC_NONE, main_, 1);
    s.path_leaf = fixture_path(s.f, s.path_main, s.leaf, 1);
    return s;
}

/* 20 samples in main, 30 in leaf (10 before its entry hook, where main is still the innermost call) and 48 in its
 * hooks, 35% of which count as leaf's: 20 + 46.8 + 31.2 of what the clock has for the three of them, 99 ms. */
Test(model_time, short_calls_by_samples) {
    uint64_t clocks[] = {41, 45, 60}; /* whatever the clock says of leaf */
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct spans_scene s = spans_scene(clocks[i]);
        for (int k = 0; k < 20; k++)
            fixture_sample(s.f, s.path_main, s.code[0]);
        for (int k = 0; k < 30; k++)
            fixture_sample(s.f, k < 10 ? s.path_main : s.path_leaf, s.code[1]);
        for (int k = 0; k < 48; k++)
            fixture_sample(s.f, k < 24 ? s.path_main : s.path_leaf, s.hook)->flags = RF_SAMPLE_IN_PROBE;
        struct rc_report *report = fixture_report(s.f);
        const struct rc_function *m = fixture_function(report, "main"), *l = fixture_function(report, "leaf");
        const struct rc_function *other = fixture_function(report, "other");
        double all = (99e6 - 40) / 98; /* the stamps of main's own call take 40 ns */
        cr_assert_eq(other->self_ns, 1000000);
        cr_assert_eq(other->self_sampled_ns, 0);
        cr_assert(fabs((double)m->self_ns - 20 * all) < 2, "%lu", m->self_ns);
        cr_assert(fabs((double)l->self_ns - 46.8 * all) < 2, "%lu", l->self_ns);
        cr_assert(fabs((double)m->self_probes_ns - 31.2 * all) < 2, "%lu", m->self_probes_ns);
        cr_assert_eq(l->self_sampled_ns, l->self_ns);
        cr_assert(rc_verdict_is_sampled(report, l) && !rc_verdict_is_sampled(report, other));
        cr_assert_eq(l->time.total, l->self_ns);
        cr_assert_eq(l->estimated_ns, l->time.total);
        cr_assert_eq(m->time.total, 99999960); /* what the clock knows stays */
        cr_assert(fabs((double)l->hidden_more_ns - 0.65 * 48 * all) < 2);
        cr_assert(fabs((double)l->hidden_less_ns - 0.5 * 48 * all) < 2);
        fixture_check_closed(report);
        rc_report_free(report);
        for (enum rc_tree_kind kind = RC_TREE_LOGICAL; kind <= RC_TREE_PHYSICAL; kind++) {
            report = tree_grow(s.f, kind);
            const struct rc_tree_row *leaf = tree_row(report, "[process]/main/leaf");
            const struct rc_tree_row *main_ = tree_row(report, "[process]/main");
            cr_assert(rc_row_is_sampled(leaf) && rc_row_is_estimated(leaf));
            cr_assert(rc_row_is_sampled(main_) && !rc_row_is_estimated(main_)); /* of the whole the clock knows */
            cr_assert_not(rc_row_is_sampled(tree_row(report, "[process]/main/other")));
            rc_report_free(report);
        }
        fixture_free(s.f);
    }
}

/* Sums of rounded parts: the least is never below 0, which would be five hundred years. */
Test(model_time, least_of_own) {
    const struct rc_function less = {.self_ns = 5, .hidden_less_ns = 6}, more = {.self_ns = 5, .hidden_less_ns = 3};
    cr_assert_eq(rc_self_least(&less), 0);
    cr_assert_eq(rc_self_least(&more), 2);
}

/* Without samples the clock's estimate is all there is. */
Test(model_time, short_calls_unsampled) {
    struct spans_scene s = spans_scene(45);
    struct rc_report *report = fixture_report(s.f);
    cr_assert_eq(fixture_function(report, "leaf")->self_ns, 50000000);
    cr_assert_eq(fixture_function(report, "leaf")->self_sampled_ns, 0);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Of 100 ms each, looks charged 90 to main and 50 to leaf, so that they ran 10 and 50 ms of 100 ms of CPU time; of 100
 * samples 75 were in main. What is blocked is what did not run. */
Test(model_time, blocked_by_samples) {
    struct fixture *f = fixture_new();
    uint64_t main_fn = fixture_symbol(f, "main", 0), leaf_fn = fixture_symbol(f, "leaf", 0);
    uint32_t main_ = fixture_node(f, 0, main_fn, 0, 1), leaf = fixture_node(f, main_, leaf_fn, 0, 1);
    lasting(f, main_, 200000000);
    lasting(f, leaf, 100000000);
    f->nodes[main_].off_ns = 90000000;
    f->nodes[leaf].off_ns = 50000000;
    f->threads[0].cpu_ns = 100000000;
    uint32_t path_main = fixture_path(f, RC_NONE, main_, 1), path_leaf = fixture_path(f, path_main, leaf, 1);
    uint32_t bottom = fixture_native(f, RC_NONE, main_fn + 0x21, false);
    uint32_t in_main = fixture_native(f, RC_NONE, main_fn + 0x30, true);
    uint32_t in_leaf = fixture_native(f, bottom, leaf_fn + 0x30, true);
    for (int k = 0; k < 100; k++)
        fixture_sample(f, k % 4 ? path_main : path_leaf, k % 4 ? in_main : in_leaf);
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "main")->self_ns, 75000000);
    cr_assert_eq(fixture_function(report, "main")->self_sampled_ns, 75000000); /* no clock told it */
    cr_assert(rc_verdict_is_sampled(report, fixture_function(report, "main")));
    cr_assert_eq(fixture_function(report, "main")->self_blocked_ns, 25000000);
    cr_assert_eq(fixture_function(report, "leaf")->self_ns, 25000000);
    cr_assert_eq(fixture_function(report, "leaf")->self_blocked_ns, 75000000);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}
