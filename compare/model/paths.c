#include "compare/model/paths.h"

#include <stdlib.h>

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

uint32_t *rc_paths_samples(const struct rc_process *process, bool on_cpu) {
    uint32_t *counts = calloc(process->n_paths + 1, sizeof *counts);
    if (!counts)
        return NULL;
    for (size_t i = 0; i < process->n_samples; i++) {
        const struct rc_sample *sample = &process->samples[i];
        if (sample->path != RC_NONE && (!on_cpu || sample->kind == RF_ON_CPU))
            counts[sample->path]++;
    }
    add_to_callers(process, counts);
    return counts;
}
