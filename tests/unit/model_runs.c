/* A merged file's runs: their walls are summed, and neither stalls nor samples mix their clocks. */
#include <criterion/criterion.h>

#include "tests/unit/model_fixture.h"

enum { MS = 1000000 };

/* Two runs with one process each, the same one but for its clock. The second host's clock is behind the first one's. */
struct two {
    struct fixture *f;
    struct rc_process processes[2];
    struct rc_lookup lookups[2];
    struct rc_run runs[2];
};

static void make(struct two *two) {
    static char hosts[2][8] = {"one", "two"};
    struct fixture *f = two->f = fixture_new();
    uint64_t work = fixture_symbol(f, "work", RC_CLONE_NONE);
    uint32_t node = fixture_node(f, 0, work, 0, 10);
    f->nodes[node].long_count = 10;
    f->nodes[node].long_ticks = 40 * MS;
    uint32_t path = fixture_path(f, RC_NONE, node, 1);
    for (int i = 0; i < 10; i++)
        fixture_sample(f, path, RC_NONE);
    f->stalls[0] = (struct rc_stall){
        .node = node, .await = RC_NONE, .start = f->process.start + 30 * MS, .duration = 5 * MS, .syscall = -1};
    f->process.n_stalls = 1;
    f->process.last = f->process.start + 100 * MS;
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t began = i ? 1000 * MS : 90000 * (uint64_t)MS;
        two->processes[i] = f->process;
        two->processes[i].run = i;
        two->processes[i].pid = 100;
        two->processes[i].start_mono_ns = began + 2 * MS;
        two->lookups[i] = f->lookup;
        two->runs[i] = (struct rc_run){.first = i, .n = 1, .start_mono_ns = began, .host = hosts[i]};
    }
    f->profile.processes = two->processes;
    f->profile.n_processes = 2;
    f->profile.runs = two->runs;
    f->profile.n_runs = 2;
    f->profile.start_mono_ns = two->runs[0].start_mono_ns;
}

static struct rc_report *report_of(struct two *two, uint32_t pid) {
    struct rc_error err = {""};
    struct rc_report *report;
    cr_assert(rc_report_build(&report, &two->f->profile, two->lookups, pid, &err) == 0, "%s", err.text);
    return report;
}

Test(model_runs, what_runs_have_is_added_up) {
    struct two two;
    make(&two);
    struct rc_report *report = report_of(&two, 0);
    cr_expect(report->runs == 2 && report->hosts == 2);
    cr_expect_eq(report->wall_ns, 204 * MS);
    cr_expect_eq(fixture_function(report, "work")->calls, 20);
    cr_expect_eq(fixture_function(report, "work")->seen.self, 20);
    cr_assert_eq(report->n_stalls, 2);
    cr_expect(report->stalls[0].start_ns == 32 * MS && report->stalls[1].start_ns == 32 * MS);
    rc_report_free(report);
    fixture_free(two.f);
}

Test(model_runs, a_pid_is_taken_from_every_run_that_has_it) {
    struct two two;
    make(&two);
    struct rc_report *report = report_of(&two, 100);
    cr_expect(report->runs == 2 && report->pid == 100 && report->n_parts == 2);
    rc_report_free(report);
    two.processes[0].pid = 7;
    report = report_of(&two, 100);
    cr_expect(report->runs == 1 && report->hosts == 1 && report->wall_ns == 102 * MS);
    rc_report_free(report);
    two.runs[1].host[0] = '\0';
    report = report_of(&two, 0);
    cr_expect_eq(report->hosts, 0, "one of them is not known");
    rc_report_free(report);
    fixture_free(two.f);
}

Test(model_runs, one_run_of_a_merged_file_is_a_profile) {
    struct two two;
    make(&two);
    struct rf_asleep sleeper = {.address = 1};
    two.f->profile.sleepers = &sleeper;
    two.f->profile.n_sleepers = two.runs[1].n_sleepers = 1;
    cr_expect_eq(rc_profile_of_run(&two.f->profile, 0).n_sleepers, 0);
    struct rc_profile run = rc_profile_of_run(&two.f->profile, 1);
    cr_expect(run.n_sleepers == 1 && run.sleepers == &sleeper, "what slept in it is known");
    struct rc_error err = {""};
    struct rc_report *report;
    cr_assert(rc_report_build(&report, &run, &two.lookups[1], 0, &err) == 0, "%s", err.text);
    cr_expect(report->wall_ns == 102 * MS && report->runs == 1);
    cr_expect_eq(fixture_function(report, "work")->calls, 10);
    rc_report_free(report);
    fixture_free(two.f);
}

/* work calls leaf in both runs, and leaf's hooks slept in the second one: it has no context there, and what it did is
 * work's. */
struct half {
    struct two two;
    struct rc_module module;
    struct rf_asleep sleeper;
    struct rc_node nodes[3];
};

static void make_half(struct half *half, bool second_counts) {
    make(&half->two);
    struct fixture *f = half->two.f;
    uint64_t leaf = fixture_symbol(f, "leaf", RC_CLONE_NONE);
    uint32_t node = fixture_node(f, 2, leaf, 0, 33);
    f->nodes[node].long_count = 33;
    f->nodes[node].long_ticks = 30 * MS;
    uint32_t path = fixture_path(f, 0, node, 2), native = fixture_native(f, RC_NONE, f->symbols[0].start + 0x20, false);
    uint32_t in_leaf = fixture_native(f, native, leaf + 0x20, true);
    for (int i = 0; i < 30; i++)
        fixture_sample(f, path, in_leaf);
    half->module = (struct rc_module){.start = 0x400000, .end = 0x480000, .bias = 0x400000, .loaded = 7};
    half->sleeper = (struct rf_asleep){1, 7, leaf - 0x400000};
    for (uint32_t i = 0; i < 2; i++) {
        struct rc_process *process = &half->two.processes[i];
        process->n_nodes = f->process.n_nodes;
        process->n_samples = process->samples_taken = f->process.n_samples;
        process->n_natives = f->process.n_natives;
        process->n_paths = f->process.n_paths;
        process->modules = &half->module;
        process->n_modules = 1;
    }
    if (!second_counts) {
        half->two.processes[1].n_nodes--;
        half->two.processes[1].n_paths--;
        half->two.processes[1].samples = calloc(40, sizeof(struct rc_sample));
        for (size_t i = 0; i < 40; i++) {
            half->two.processes[1].samples[i] = f->samples[i];
            half->two.processes[1].samples[i].path = 0;
        }
    }
    half->two.f->profile.sleepers = &half->sleeper;
    half->two.f->profile.n_sleepers = half->two.runs[1].n_sleepers = 1;
}

Test(model_runs, asleep_in_one_run_and_counted_in_the_other) {
    struct half half;
    make_half(&half, false);
    struct rc_report *report = report_of(&half.two, 0);
    const struct rc_function *leaf = fixture_function(report, "leaf"), *work = fixture_function(report, "work");
    cr_expect(leaf->asleep && leaf->hooked && leaf->asleep_runs == 1);
    cr_expect(report->n_asleep == 1 && report->asleep_partly == 1 && report->asleep_counted == 0);
    cr_expect_eq(leaf->calls, 33, "of the run awake");
    cr_expect_eq(work->calls, 20, "of both");
    cr_expect_eq(leaf->self_ns, 30 * MS);
    cr_expect_eq(leaf->seen.self, 30, "where it slept, the samples in it are its caller's, as the tracer has it: %lu",
                 (unsigned long)leaf->seen.self);
    cr_expect_eq(work->seen.self, 50);
    cr_expect(leaf->seen.total == 30 && work->seen.total == 80);
    cr_expect_eq(work->self_ns, 50 * MS);
    cr_expect(!rc_slept_in(&report->parts[0], (uint32_t)(leaf - report->functions)));
    cr_expect(rc_slept_in(&report->parts[1], (uint32_t)(leaf - report->functions)));
    rc_report_free(report);
    free(half.two.processes[1].samples);
    fixture_free(half.two.f);
}

/* The filter's run had a runtime that cannot sleep: it was awake in both. */
Test(model_runs, counted_in_spite_of_the_filter) {
    struct half half;
    make_half(&half, true);
    struct rc_report *report = report_of(&half.two, 0);
    const struct rc_function *leaf = fixture_function(report, "leaf");
    cr_expect(leaf->asleep && leaf->asleep_runs == 0 && report->asleep_counted == 1 && report->asleep_partly == 0);
    cr_expect(leaf->calls == 66 && leaf->seen.self == 60);
    rc_report_free(report);
    fixture_free(half.two.f);
}

/* Two runs name the same place that nobody had loaded: it is one. */
Test(model_runs, one_place_of_two_filters) {
    struct half half;
    make_half(&half, true);
    struct rf_asleep places[] = {{1, 5, 0x1000}, {1, 7, 0x90000}, {1, 5, 0x1000}, {1, 6, 0}};
    half.two.f->profile.sleepers = places;
    half.two.f->profile.n_sleepers = 4;
    half.two.runs[0].n_sleepers = half.two.runs[1].n_sleepers = half.two.runs[1].first_sleeper = 2;
    struct rc_report *report = report_of(&half.two, 0);
    cr_expect_eq(report->asleep_unknown, 3);
    rc_report_free(report);
    fixture_free(half.two.f);
}
