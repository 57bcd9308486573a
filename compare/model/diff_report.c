/* What a run's report says, or the report of two runs, as a comparison takes it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"
#include "compare/model/diff.h"
#include "compare/model/pair.h"

static int no_memory(struct rc_error *err) {
    return rc_fail(err, "no memory for the comparison");
}

static bool is_program(const struct rc_report *report, const char *object) {
    for (size_t i = 0; i < report->n_parts; i++)
        if (strcmp(report->parts[i].process->exe, object) == 0)
            return true;
    return false;
}

/* Of a long recording not all samples are kept: those that are stand for the rest. */
static double stands_for(const struct rc_report *report) {
    uint64_t taken = report->samples + report->lost_samples;
    return report->kept_samples && taken > report->kept_samples ? (double)taken / (double)report->kept_samples : 1;
}

static struct rc_diff_seen seen_of(const struct rc_report *report, const struct rc_function *function) {
    struct rc_diff_seen seen = {.name = function->name,
                                .object = function->object,
                                .file = function->file,
                                .main_object = is_program(report, function->object),
                                .hooked = function->hooked,
                                .samples = function->seen.self,
                                .own_ns = (double)function->seen.self_ns * stands_for(report),
                                .tracer_ns = (double)function->self_ns,
                                .n_effective = function->share.n_effective};
    seen.counts[RC_DIFF_CALLS] = function->calls;
    seen.counts[RC_DIFF_RESUMES] = function->resumes;
    seen.counts[RC_DIFF_IDLE] = function->idle_resumes;
    seen.counts[RC_DIFF_INTERNAL] = function->internal;
    seen.counts[RC_DIFF_ENTRIES] = function->entries;
    return seen;
}

static double sample_ns_of(const struct rc_report *report) {
    double kept = (double)report->kept_samples;
    return kept > 0 ? (double)report->sampled_ns / kept * stands_for(report) : 0;
}

static struct rc_diff_run run_of(const struct rc_report *report, enum rc_side side) {
    const struct rc_profile *profile = report->profile;
    struct rc_diff_run run = {.side = side,
                              .command = profile->command,
                              .host = profile->n_runs ? profile->runs[0].host : "",
                              .start_real_ns = profile->start_real_ns,
                              .start_mono_ns = profile->start_mono_ns,
                              .wall_ns = report->wall_ns,
                              .samples = report->kept_samples,
                              .lost_contexts = report->lost_contexts,
                              .traced = report->traced,
                              .asleep = profile->n_sleepers,
                              .sample_hz = profile->sample_hz};
    for (size_t i = 0; i < report->n_functions; i++)
        run.probes_ns += (double)report->functions[i].self_probes_ns;
    run.cpu_ns = fmax(0, (double)report->cpu_ns - run.probes_ns);
    run.sample_ns = sample_ns_of(report);
    return run;
}

/* The caller frees them. NULL: no memory. */
static struct rc_diff_seen *seen_in(const struct rc_report *report) {
    struct rc_diff_seen *seen = calloc(report->n_functions + 1, sizeof *seen);
    for (size_t i = 0; seen && i < report->n_functions; i++)
        seen[i] = seen_of(report, &report->functions[i]);
    return seen;
}

int rc_diff_add_report(struct rc_diff *diff, enum rc_side side, const struct rc_report *report, struct rc_error *err) {
    struct rc_diff_run run = run_of(report, side);
    struct rc_diff_seen *seen = seen_in(report);
    int result = seen ? rc_diff_add(diff, &run, seen, report->n_functions, err) : no_memory(err);
    free(seen);
    return result;
}

/* Of the report with both runs; what the second cannot tell keeps the times of the first, as in the report. */
static int take_second(struct rc_diff_run *run, struct rc_diff_seen **seen, size_t n, const struct rc_report *report) {
    const struct rc_pair *pair = report->pair;
    struct rc_diff_seen *all = reallocarray(*seen, report->n_functions + 1, sizeof *all);
    if (!all)
        return -1;
    *seen = all;
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct rc_function *function = &report->functions[i];
        if (i >= n)
            all[i] = (struct rc_diff_seen){
                .name = function->name,
                .object = function->object,
                .file = function->file,
                .main_object = is_program(report, function->object) ||
                               (pair->profile->plain && rc_is_program(pair->profile, function->object))};
        all[i].second = (struct rc_diff_second){all[i].samples, all[i].own_ns, all[i].n_effective};
        if (pair->effects[i].timed_asleep || i >= n)
            all[i].second = (struct rc_diff_second){
                function->seen.self, (double)function->seen.self_ns * stands_for(report), function->share.n_effective};
    }
    run->paired = true;
    run->plain = pair->profile->plain;
    run->second_wall_ns = pair->asleep.wall_ns;
    run->second_cpu_ns = (double)pair->asleep.cpu_ns;
    run->second_samples = report->kept_samples;
    run->second_sample_ns = sample_ns_of(report);
    return 0;
}

int rc_diff_add_pair(struct rc_diff *diff, enum rc_side side, struct rc_report *report, const struct rc_profile *second,
                     const struct rc_lookup *lookups, struct rc_error *err) {
    struct rc_diff_run run = run_of(report, side);
    struct rc_diff_seen *seen = seen_in(report);
    size_t n = report->n_functions;
    int result = seen ? rc_pair_add(report, second, lookups, 0, err) : no_memory(err);
    if (result == 0 && take_second(&run, &seen, n, report))
        result = no_memory(err);
    if (result == 0)
        result = rc_diff_add(diff, &run, seen, report->n_functions, err);
    free(seen);
    return result;
}
