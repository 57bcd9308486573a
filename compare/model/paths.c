#include "compare/model/paths.h"

#include <stdlib.h>

static_assert(RC_NONE + 1 == 0, "what has no path comes first");

/* A caller comes before what it called: from the end, each record is complete when it is added to its caller. */
static void add_to_callers(const struct rc_process *process, uint32_t *counts) {
    for (size_t p = process->n_paths; p-- > 0;)
        if (process->paths[p].caller != RC_NONE)
            counts[process->paths[p].caller] += counts[p];
}

uint32_t *rc_paths_order(const struct rc_process *process) {
    size_t n = process->n_paths;
    uint32_t *place = malloc((n + 1) * sizeof *place), *order = malloc((n + 1) * sizeof *order);
    uint32_t roots = 0;
    if (!place || !order) {
        free(place);
        free(order);
        return NULL;
    }
    for (size_t p = 0; p < n; p++)
        place[p] = 1;
    add_to_callers(process, place);
    for (uint32_t p = 0; p < n; p++) { /* its size becomes its place, and then the next one for what it called */
        uint32_t *next = process->paths[p].caller == RC_NONE ? &roots : &place[process->paths[p].caller];
        uint32_t size = place[p];
        order[*next] = p;
        place[p] = *next + 1;
        *next += size;
    }
    free(place);
    return order;
}

uint32_t *rc_paths_samples(const struct rc_process *process) {
    uint32_t *counts = calloc(process->n_paths + 1, sizeof *counts);
    if (!counts)
        return NULL;
    for (size_t i = 0; i < process->n_samples; i++)
        if (process->samples[i].path != RC_NONE)
            counts[process->samples[i].path]++;
    add_to_callers(process, counts);
    return counts;
}

/* `begin`: by path, with none in front; first how many samples it has, then where they go. */
static void place_samples(const struct rc_process *process, const uint32_t *order, uint32_t *begin, uint32_t *samples) {
    uint32_t next = 0;
    for (size_t i = 0; i < process->n_samples; i++)
        begin[process->samples[i].path + 1]++; /* RC_NONE + 1 is 0 */
    for (size_t i = 0; i <= process->n_paths; i++) {
        uint32_t *place = i ? &begin[order[i - 1] + 1] : begin, size = *place;
        *place = next;
        next += size;
    }
    for (uint32_t i = 0; i < process->n_samples; i++)
        samples[begin[process->samples[i].path + 1]++] = i;
}

uint32_t *rc_samples_by_path(const struct rc_process *process) {
    uint32_t *order = rc_paths_order(process), *begin = calloc(process->n_paths + 1, sizeof *begin);
    uint32_t *samples = malloc((process->n_samples + 1) * sizeof *samples);
    if (order && begin && samples) {
        place_samples(process, order, begin, samples);
    } else {
        free(samples);
        samples = NULL;
    }
    free(order);
    free(begin);
    return samples;
}
