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
    two.f->profile.n_sleepers = 1;
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
