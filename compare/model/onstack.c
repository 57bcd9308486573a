/*
 * In how many samples each function was on the stack: once a sample, whether the tracer's path names it, the native
 * stack does, or both. The samples are taken in the order of the tree that their paths make, so that what is open is
 * known without walking up each path, and neighbours have most of their native stacks in common.
 */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/paths.h"

struct standing {
    struct rc_report *report;
    const struct rc_part *part;
    uint32_t *order;   /* of paths */
    uint32_t *below;   /* by path: samples of it and of what it called */
    uint32_t *first;   /* by path: a sample of it */
    uint32_t *next;    /* by sample: another one of the same path */
    uint32_t *open;    /* by function: how often it is open at present */
    uint32_t *stamp;   /* by function: the last sample whose native stack it was found in */
    uint32_t now;      /* that sample's number, from 1 */
    uint32_t here;     /* the innermost open path; RC_NONE: none */
    uint32_t pathless; /* samples without a path: the first one */
};

static uint32_t function_of(const struct standing *at, uint32_t path) {
    return at->part->resolved->node_function[at->part->process->paths[path].node];
}

static void enter(struct standing *at, uint32_t path) {
    uint32_t function = function_of(at, path);
    at->here = path;
    if (function != RC_NONE && at->open[function]++ == 0)
        at->report->functions[function].seen.total += at->below[path];
}

static void leave(struct standing *at) {
    uint32_t function = function_of(at, at->here);
    at->here = at->part->process->paths[at->here].caller;
    if (function != RC_NONE)
        at->open[function]--;
}

/* What the native stacks show beside what is open. */
static void see_natives(struct standing *at, uint32_t sample) {
    const struct rc_process *process = at->part->process;
    const uint32_t *functions = at->part->resolved->native_function;
    for (; sample != RC_NONE; sample = at->next[sample]) {
        at->now++;
        for (uint32_t n = process->samples[sample].native; n != RC_NONE; n = process->natives[n].caller) {
            uint32_t function = functions[n];
            if (function == RC_NONE || at->open[function] || at->stamp[function] == at->now)
                continue;
            at->stamp[function] = at->now;
            at->report->functions[function].seen.total++;
        }
    }
}

static void link_samples(struct standing *at) {
    const struct rc_process *process = at->part->process;
    for (size_t p = 0; p < process->n_paths; p++)
        at->first[p] = RC_NONE;
    for (uint32_t i = 0; i < process->n_samples; i++) {
        if (process->samples[i].kind != RF_ON_CPU)
            continue;
        uint32_t path = process->samples[i].path, *head = path == RC_NONE ? &at->pathless : &at->first[path];
        at->next[i] = *head;
        *head = i;
    }
}

static void walk(struct standing *at) {
    const struct rc_process *process = at->part->process;
    link_samples(at);
    see_natives(at, at->pathless);
    for (size_t i = 0; i < process->n_paths; i++) {
        while (at->here != process->paths[at->order[i]].caller)
            leave(at);
        enter(at, at->order[i]);
        see_natives(at, at->first[at->here]);
    }
    while (at->here != RC_NONE)
        leave(at);
}

static int count_part(struct rc_build *build, const struct rc_part *part) {
    const struct rc_process *process = part->process;
    size_t functions = build->report->n_functions + 1;
    struct standing at = {.report = build->report,
                          .part = part,
                          .order = rc_paths_order(process),
                          .below = rc_paths_samples(process, true),
                          .first = malloc((process->n_paths + 1) * sizeof *at.first),
                          .next = malloc((process->n_samples + 1) * sizeof *at.next),
                          .open = calloc(functions, sizeof *at.open),
                          .stamp = calloc(functions, sizeof *at.stamp),
                          .here = RC_NONE,
                          .pathless = RC_NONE};
    int result = at.order && at.below && at.first && at.next && at.open && at.stamp ? 0 : rc_no_memory(build->err);
    if (result == 0)
        walk(&at);
    free(at.order);
    free(at.below);
    free(at.first);
    free(at.next);
    free(at.open);
    free(at.stamp);
    return result;
}

int rc_count_on_stack(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (count_part(build, &build->parts[i]))
            return -1;
    return 0;
}
