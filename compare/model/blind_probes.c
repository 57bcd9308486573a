/* What each function's own hooks cost, by counting and by samples, and which of them a filter should put to sleep. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/blind_build.h"
#include "compare/model/build.h"
#include "compare/symbolize/names.h"

static const double NOISY = 0.1; /* hooks cost this part of a function's own time and theirs, or more */

static const double WORTH = 0.001; /* of the CPU time, for a rule in a filter */

/* Entries times the calibrated costs: of all that were counted, and the dearer ones of those that were timed. */
static void count_costs(const struct rc_resolved *part, double *ns) {
    const struct rc_process *process = part->process;
    double untimed = (double)process->probe_count_ps / 1000;
    double dearer = fmax(0, (double)process->probe_timed_ps / 1000 - untimed);
    for (size_t n = 0; n < process->n_nodes; n++) {
        const struct rc_node *node = &process->nodes[n];
        if (part->node_function[n] != RC_NONE)
            ns[part->node_function[n]] +=
                (double)node->count * untimed + ((double)node->timed + (double)node->long_count) * dearer;
    }
}

/* What all samples stand for; where rounding has it above the CPU time that the clocks tell, that. */
static double sampled_time(const struct rc_report *report, const struct rc_spreads *spreads) {
    double cpu = (double)report->cpu_ns;
    return cpu > 0 && cpu < spreads->weight ? cpu : spreads->weight;
}

static void add_row(struct rc_blind *blind, const struct rc_report *report, const struct rc_spreads *spreads,
                    uint32_t f, double counted_ns) {
    double all_ns = sampled_time(report, spreads);
    struct rc_sighted seen = rc_sighted_of(spreads, &spreads->of[f]);
    struct rc_probe_cost *row = &blind->probes[blind->n_probes++];
    *row = (struct rc_probe_cost){.function = f,
                                  .counted_ns = counted_ns,
                                  .samples = seen.samples,
                                  .sampled_ns = seen.share * all_ns,
                                  .low = seen.low * all_ns,
                                  .high = seen.high * all_ns,
                                  .sampled = seen.samples >= RC_PROBE_SAMPLES_ENOUGH};
    row->cost_ns = row->sampled ? row->sampled_ns : counted_ns;
    blind->probes_ns += row->cost_ns;
}

static int by_cost(const void *left, const void *right) {
    const struct rc_probe_cost *a = left, *b = right;
    if (a->cost_ns != b->cost_ns)
        return a->cost_ns < b->cost_ns ? 1 : -1;
    return (a->function > b->function) - (a->function < b->function);
}

/* Counts are why hooks are there: of a function that is entered more often than it is called they stay. */
static enum rc_keep keep_of(const struct rc_function *function, double cost_ns) {
    if (function->resumes || function->coroutine || function->announced || function->fiber_starts)
        return RC_KEEP_REENTERED;
    if (function->registers)
        return RC_KEEP_REGISTERS;
    if (cost_ns < NOISY * ((double)function->self_ns + cost_ns))
        return RC_KEEP_QUIET;
    return rc_name_is_place(function->name) ? RC_KEEP_NAMELESS : RC_KEEP_NOT;
}

/* The dearest first, until enough is saved. */
static void propose(struct rc_blind *blind, const struct rc_report *report, const struct rc_filter_wish *wish) {
    double noisy = 0;
    for (size_t i = 0; i < blind->n_probes; i++) {
        struct rc_probe_cost *row = &blind->probes[i];
        row->keep = keep_of(&report->functions[row->function], row->cost_ns);
        noisy += row->keep == RC_KEEP_NOT ? row->cost_ns : 0;
        if (row->keep == RC_KEEP_NAMELESS && row->cost_ns > WORTH * (double)report->cpu_ns) {
            blind->n_nameless++;
            blind->nameless_ns += row->cost_ns;
        }
    }
    for (size_t i = 0; i < blind->n_probes; i++) {
        struct rc_probe_cost *row = &blind->probes[i];
        if (row->keep != RC_KEEP_NOT)
            continue;
        bool enough = blind->proposed_ns >= wish->save * noisy || (wish->top && blind->n_proposed >= wish->top);
        if (enough || row->cost_ns <= WORTH * (double)report->cpu_ns) {
            row->keep = RC_KEEP_BEYOND;
            continue;
        }
        blind->n_proposed++;
        blind->proposed_ns += row->cost_ns;
    }
}

static int list_rows(struct rc_blind *blind, const struct rc_report *report, const struct rc_spreads *spreads) {
    double *counted_ns = calloc(report->n_functions + 1, sizeof *counted_ns);
    blind->probes = calloc(report->n_functions + 1, sizeof *blind->probes);
    if (!counted_ns || !blind->probes) {
        free(counted_ns);
        return -1;
    }
    for (size_t p = 0; p < report->n_parts; p++)
        count_costs(&report->parts[p], counted_ns);
    for (uint32_t f = 0; f < report->n_functions; f++)
        if (report->functions[f].hooked && report->functions[f].entries)
            add_row(blind, report, spreads, f, counted_ns[f]);
    free(counted_ns);
    if (blind->n_probes)
        qsort(blind->probes, blind->n_probes, sizeof *blind->probes, by_cost);
    return 0;
}

int rc_blind_probes(struct rc_blind *blind, const struct rc_report *report, struct rc_look *looks,
                    const struct rc_filter_wish *wish) {
    struct rc_spreads spreads;
    for (size_t i = 0; i < blind->samples; i++)
        looks[i].what = looks[i].sample;
    int result = rc_spreads_find(&spreads, report->n_functions, looks, blind->samples);
    if (result == 0)
        result = list_rows(blind, report, &spreads);
    free(spreads.of);
    if (result)
        return result;
    propose(blind, report, wish);
    return rc_blind_saving(blind, report, looks);
}
