/* The steps from a loaded profile to a report, in their order. */
#include <inttypes.h>
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/pair.h"
#include "compare/model/tree.h"

static int part_open(struct rc_build *build, const struct rc_process *process, const struct rc_lookup *lookup) {
    struct rc_part *part = &build->parts[build->n_parts];
    struct rc_resolved *resolved = &build->report->parts[build->n_parts];
    part->process = resolved->process = process;
    part->lookup = lookup;
    part->resolved = resolved;
    part->work = calloc(process->n_nodes + 1, sizeof *part->work);
    part->calls = calloc(process->n_calls + 1, sizeof *part->calls);
    resolved->node_function = malloc((process->n_nodes + 1) * sizeof(uint32_t));
    resolved->native_function = malloc((process->n_natives + 1) * sizeof(uint32_t));
    build->n_parts++;
    build->report->n_parts++;
    if (!part->work || !part->calls || !resolved->node_function || !resolved->native_function)
        return rc_no_memory(build->err);
    for (size_t i = 0; i < process->n_calls; i++)
        part->calls[i] = &process->calls[i];
    rc_calls_sort(part);
    return 0;
}

static int parts_open(struct rc_build *build, const struct rc_lookup *lookups, uint32_t pid) {
    const struct rc_profile *profile = build->report->profile;
    build->parts = calloc(profile->n_processes + 1, sizeof *build->parts);
    build->report->parts = calloc(profile->n_processes + 1, sizeof *build->report->parts);
    if (!build->parts || !build->report->parts)
        return rc_no_memory(build->err);
    for (size_t i = 0; i < profile->n_processes; i++) {
        if (pid && profile->processes[i].pid != pid)
            continue;
        if (part_open(build, &profile->processes[i], &lookups[i]))
            return -1;
    }
    if (pid && !build->n_parts)
        return rc_fail(build->err, "no process %" PRIu32 " in the profile; it holds %zu, the first is %" PRIu32, pid,
                       profile->n_processes, profile->n_processes ? profile->processes[0].pid : 0);
    return 0;
}

static void count_totals(struct rc_build *build) {
    struct rc_report *report = build->report;
    report->damage = report->profile->damage;
    for (size_t i = 0; i < build->n_parts; i++) {
        const struct rc_process *process = build->parts[i].process;
        report->cpu_ns += process->cpu_ns;
        report->kernel_unseen |= process->cpu_ns > 0 && !process->kernel_seen;
        uint64_t lives = 0;
        for (size_t t = 0; t < process->n_threads; t++)
            lives += process->threads[t].lives;
        report->threads += process->tracer_off ? lives : process->threads_started;
        uint64_t chained = process->chained_calls; /* a chain of callbacks is one task */
        report->tasks += process->async_calls - (chained < process->async_calls ? chained : process->async_calls);
        report->samples += process->samples_taken;
        report->lost_samples += process->samples_lost;
        report->lost_contexts += process->lost_contexts;
        report->lost_events += process->lost_events;
        for (size_t t = 0; t < process->n_threads; t++)
            report->unmatched_exits += process->threads[t].unmatched_exits;
    }
    for (size_t i = 0; i < report->n_functions; i++) {
        report->traced |= report->functions[i].hooked;
        report->tasks += report->functions[i].fiber_starts;
    }
    report->timed = report->traced && report->profile->timestamps != RF_TIME_NONE;
}

static int run(struct rc_build *build, enum rc_tree_kind tree) {
    if (rc_names_open(build))
        return rc_no_memory(build->err);
    if (rc_resolve_nodes(build) || rc_shape(build) || rc_tie_coroutines(build) || rc_find_sleepers(build))
        return -1;
    rc_count_calls(build);
    if (rc_count_time(build) || rc_list_callers(build) || rc_list_awaits(build))
        return -1;
    rc_find_evidence(build);
    count_totals(build);
    if (rc_count_samples(build) || rc_count_on_stack(build) || rc_count_seen_calls(build))
        return -1;
    if (rc_place_inlined(build) || rc_compare_shares(build) || rc_hear_witnesses(build))
        return -1;
    rc_excuse_sleepers(build->report);
    if (rc_list_stalls(build))
        return -1;
    return tree == RC_TREE_NONE ? 0 : rc_build_tree(build, tree);
}

/* Nothing was counted: what has hooks, and the tracer's times, are those of the run awake. */
static int run_asleep(struct rc_build *build) {
    if (rc_names_open(build))
        return rc_no_memory(build->err);
    if (rc_names_seed(build))
        return -1;
    for (size_t i = 0; i < build->n_parts; i++)
        for (size_t n = 0; n < build->parts[i].process->n_nodes; n++)
            build->parts[i].work[n].function = build->parts[i].resolved->node_function[n] = RC_NONE;
    count_totals(build);
    build->report->timed = build->awake->timed;
    return rc_count_samples(build) || rc_count_on_stack(build) || rc_place_inlined(build) || rc_compare_shares(build)
               ? -1
               : 0;
}

int rc_report_build(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                    uint32_t pid, struct rc_error *err) {
    return rc_report_build_with(out, profile, lookups, pid, RC_TREE_NONE, err);
}

static int build_report(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                        uint32_t pid, enum rc_tree_kind tree, const struct rc_report *awake, struct rc_error *err) {
    struct rc_build build = {.err = err, .report = calloc(1, sizeof *build.report), .awake = awake};
    *out = NULL;
    if (!build.report)
        return rc_no_memory(err);
    build.report->profile = profile;
    build.report->pid = pid;
    int result = parts_open(&build, lookups, pid);
    rc_lay_out_runs(&build);
    if (result == 0)
        result = awake ? run_asleep(&build) : run(&build, tree);
    rc_names_close(&build);
    rc_owners_close(&build);
    for (size_t i = 0; i < build.n_parts; i++) {
        free(build.parts[i].work);
        free(build.parts[i].calls);
        free(build.parts[i].sites);
        free(build.parts[i].inlined);
    }
    free(build.parts);
    free(build.observed);
    if (result)
        rc_report_free(build.report);
    else
        *out = build.report;
    return result;
}

int rc_report_build_with(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                         uint32_t pid, enum rc_tree_kind tree, struct rc_error *err) {
    return build_report(out, profile, lookups, pid, tree, NULL, err);
}

int rc_report_build_asleep(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                           uint32_t pid, const struct rc_report *awake, struct rc_error *err) {
    return build_report(out, profile, lookups, pid, RC_TREE_NONE, awake, err);
}

static void function_free(struct rc_function *function) {
    free(function->callers.items);
    free(function->physical_callers.items);
    free(function->leaves.items);
    free(function->syscalls.items);
    free(function->awaits);
}

void rc_report_free(struct rc_report *report) {
    if (!report)
        return;
    for (size_t i = 0; i < report->n_functions; i++)
        function_free(&report->functions[i]);
    for (size_t i = 0; i < report->n_stalls; i++)
        free(report->stalls[i].victims);
    for (size_t i = 0; i < report->n_parts; i++) {
        if (!i || report->parts[i].asleep != report->parts[i - 1].asleep)
            free((void *)report->parts[i].asleep);
        free(report->parts[i].node_function);
        free(report->parts[i].native_function);
    }
    if (report->tree) {
        free(report->tree->rows);
        free(report->tree->sights);
    }
    free(report->tree);
    rc_pair_free(report->pair);
    free(report->functions);
    free(report->stalls);
    free(report->parts);
    free(report);
}
