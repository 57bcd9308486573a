/* Samples and the two trees that they point into. Numbers in the file are 1-based; 0 is none. */
#include <stdlib.h>

#include "compare/load/loading.h"

/* The caller of record `at`, which comes before it. Anything else is damage and ends the stack there. */
static uint32_t caller_of(struct rc_loading *loading, uint32_t caller, uint32_t at) {
    if (caller == 0)
        return RC_NONE;
    if (caller <= at)
        return caller - 1;
    ++*loading->damage;
    return RC_NONE;
}

static int load_natives(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_NATIVE, sizeof(struct rf_native)))
        return -1;
    struct rc_process *process = loading->process;
    process->natives = rc_load_room(loading, table.total, sizeof *process->natives);
    if (!process->natives)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++) {
            const struct rf_native *raw = rc_table_record(&table, table.spans + s, i);
            uint32_t at = table.spans[s].first + i;
            process->natives[at] = (struct rc_native){
                .ip = raw->ip, .caller = caller_of(loading, raw->caller, at), .leaf = raw->leaf != 0};
        }
    process->n_natives = table.total;
    return 0;
}

/*
 * A sampled call whose context is not known is left out: `map` then leads to its caller, so that the calls inside it
 * keep their place.
 */
static void take_path(struct rc_loading *loading, const struct rf_path *raw, uint32_t *map, uint32_t at) {
    struct rc_process *process = loading->process;
    uint32_t before = caller_of(loading, raw->caller, at);
    uint32_t caller = before == RC_NONE ? RC_NONE : map[before];
    uint32_t node = rc_load_node(loading, raw->node);
    map[at] = caller;
    if (node == RC_NONE) {
        ++*loading->damage;
        return;
    }
    map[at] = (uint32_t)process->n_paths;
    process->paths[process->n_paths++] = (struct rc_path){.node = node, .caller = caller, .call = raw->call};
}

/* `map`: from a path's number in the file to its index; `total` entries, to be freed by the caller. */
static int load_paths(struct rc_loading *loading, uint32_t **map, uint32_t *total) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_PATHS, sizeof(struct rf_path)))
        return -1;
    *total = table.total;
    *map = rc_load_room(loading, table.total, sizeof **map);
    loading->process->paths = rc_load_room(loading, table.total, sizeof *loading->process->paths);
    if (!*map || !loading->process->paths)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++)
            take_path(loading, rc_table_record(&table, table.spans + s, i), *map, table.spans[s].first + i);
    return 0;
}

static void take_sample(struct rc_loading *loading, const struct rf_sample *raw, const uint32_t *map, uint32_t paths) {
    struct rc_process *process = loading->process;
    if (raw->seq == 0)
        return;
    if (raw->kind != RF_ON_CPU && raw->kind != RF_OFF_CPU) {
        ++*loading->damage;
        return;
    }
    uint32_t thread = rc_load_thread(loading, raw->thread);
    uint32_t native = raw->native && raw->native <= process->n_natives ? raw->native - 1 : RC_NONE;
    uint32_t path = raw->path && raw->path <= paths ? map[raw->path - 1] : RC_NONE;
    if ((raw->native && native == RC_NONE) || raw->path > paths ||
        (thread == RC_NONE && !(raw->flags & RF_SAMPLE_NO_TRACE)))
        ++*loading->damage;
    process->samples[process->n_samples++] = (struct rc_sample){.seq = raw->seq,
                                                                .time = raw->time,
                                                                .thread = thread,
                                                                .native = native,
                                                                .path = path,
                                                                .kind = raw->kind,
                                                                .syscall = raw->syscall,
                                                                .period_ns = raw->period_ns,
                                                                .flags = raw->flags};
}

static int by_seq(const void *left, const void *right) {
    const struct rc_sample *a = left, *b = right;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* A reservoir that never was full is in order as it lies. */
static void sort_samples(struct rc_sample *samples, size_t n) {
    size_t i = 1;
    while (i < n && by_seq(&samples[i - 1], &samples[i]) <= 0)
        i++;
    if (i < n)
        qsort(samples, n, sizeof *samples, by_seq);
}

static int take_samples(struct rc_loading *loading, const uint32_t *map, uint32_t paths) {
    struct rc_table table;
    struct rc_process *process = loading->process;
    if (rc_load_table(loading, &table, RF_SAMPLES, sizeof(struct rf_sample)))
        return -1;
    process->samples = rc_load_room(loading, table.total, sizeof *process->samples);
    if (!process->samples)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++)
            take_sample(loading, rc_table_record(&table, table.spans + s, i), map, paths);
    sort_samples(process->samples, process->n_samples);
    return 0;
}

int rc_load_samples(struct rc_loading *loading) {
    uint32_t *map = NULL, paths = 0;
    int result = load_natives(loading);
    if (!result)
        result = load_paths(loading, &map, &paths);
    if (!result)
        result = take_samples(loading, map, paths);
    free(map);
    return result;
}
