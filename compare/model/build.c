#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"
#include "compare/model/tree.h"

int rc_grow(void **items, size_t n, size_t size) {
    if (n && (n & (n - 1)))
        return 0; /* room is always the next power of two */
    void *more = reallocarray(*items, n ? 2 * n : 1, size);
    if (!more)
        return -1;
    *items = more;
    return 0;
}

int rc_no_memory(struct rc_error *err) {
    return rc_fail(err, "no memory for the report");
}

/* Appends; equal names are brought together by the sort, so that many callers do not cost their square. */
int rc_tally_add(struct rc_tallies *tallies, const char *name, const char *object, uint64_t count) {
    struct rc_tally *last = tallies->n ? &tallies->items[tallies->n - 1] : NULL;
    if (last && last->name == name) {
        last->count += count;
        return 0;
    }
    if (rc_grow((void **)&tallies->items, tallies->n, sizeof *tallies->items) || !tallies->items)
        return -1;
    tallies->items[tallies->n++] = (struct rc_tally){name, object, count};
    return 0;
}

static int by_name(const void *left, const void *right) {
    const struct rc_tally *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void merge_equal(struct rc_tallies *tallies) {
    size_t kept = 0;
    qsort(tallies->items, tallies->n, sizeof *tallies->items, by_name);
    for (size_t i = 1; i < tallies->n; i++)
        if (strcmp(tallies->items[i].name, tallies->items[kept].name) == 0)
            tallies->items[kept].count += tallies->items[i].count;
        else
            tallies->items[++kept] = tallies->items[i];
    tallies->n = kept + 1;
}

static int by_count(const void *left, const void *right) {
    const struct rc_tally *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->name, b->name);
}

void rc_tally_sort(struct rc_tallies *tallies) {
    if (!tallies->n)
        return;
    merge_equal(tallies);
    qsort(tallies->items, tallies->n, sizeof *tallies->items, by_count);
}

double rc_ns(const struct rc_part *part, double ticks) {
    return ticks * part->process->ns_per_tick;
}

uint64_t rc_whole(double ns) {
    const double most = 9e18;
    if (!(ns > 0))
        return 0;
    return (uint64_t)(ns < most ? round(ns) : most);
}

const struct rc_extra *rc_extra_of(const struct rc_part *part, uint32_t node) {
    static const struct rc_extra none;
    uint32_t extra = part->process->nodes[node].extra;
    return extra == RC_NONE ? &none : &part->process->extras[extra];
}

static int by_id(const void *left, const void *right) {
    const struct rc_call *a = *(const struct rc_call *const *)left, *b = *(const struct rc_call *const *)right;
    return (a->id > b->id) - (a->id < b->id);
}

const struct rc_call *rc_call_of(const struct rc_part *part, uint64_t frame_call) {
    if (!(frame_call & RF_CALL_ASYNC) || !part->process->n_calls)
        return NULL;
    struct rc_call wanted = {.id = frame_call & ~RF_CALL_ASYNC};
    const struct rc_call *key = &wanted;
    const struct rc_call **found = bsearch(&key, part->calls, part->process->n_calls, sizeof *part->calls, by_id);
    return found ? *found : NULL;
}

bool rc_is_passed(const struct rc_frame *frame, const struct rc_call *call) {
    return call && call->physical != RC_NONE && call->physical != frame->node;
}

bool rc_is_hooked(const struct rc_build *build, uint32_t function) {
    return function != RC_NONE && build->report->functions[function].hooked;
}

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
    qsort(part->calls, process->n_calls, sizeof *part->calls, by_id);
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
    if (rc_resolve_nodes(build) || rc_shape(build) || rc_tie_coroutines(build))
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
    if (rc_list_stalls(build) || rc_list_sleepers(build))
        return -1;
    return tree == RC_TREE_NONE ? 0 : rc_build_tree(build, tree);
}

int rc_report_build(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                    uint32_t pid, struct rc_error *err) {
    return rc_report_build_with(out, profile, lookups, pid, RC_TREE_NONE, err);
}

int rc_report_build_with(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                         uint32_t pid, enum rc_tree_kind tree, struct rc_error *err) {
    struct rc_build build = {.err = err, .report = calloc(1, sizeof *build.report)};
    *out = NULL;
    if (!build.report)
        return rc_no_memory(err);
    build.report->profile = profile;
    build.report->pid = pid;
    int result = parts_open(&build, lookups, pid);
    rc_lay_out_runs(&build);
    if (result == 0)
        result = run(&build, tree);
    rc_names_close(&build);
    rc_owners_close(&build);
    for (size_t i = 0; i < build.n_parts; i++) {
        free(build.parts[i].work);
        free(build.parts[i].calls);
        free(build.parts[i].sites);
    }
    free(build.parts);
    free(build.observed);
    if (result)
        rc_report_free(build.report);
    else
        *out = build.report;
    return result;
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
        free(report->parts[i].node_function);
        free(report->parts[i].native_function);
    }
    if (report->tree) {
        free(report->tree->rows);
        free(report->tree->sights);
    }
    free(report->tree);
    free(report->functions);
    free(report->stalls);
    free(report->parts);
    free(report);
}
