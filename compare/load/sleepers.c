/* Which functions the recordings were asked to put to sleep. */
#include <stdlib.h>

#include "compare/load/loading.h"

static int by_place(const void *left, const void *right) {
    const struct rf_asleep *a = left, *b = right;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->address < b->address ? -1 : a->address > b->address;
}

/* The writer sorts, but a reader that searches must not depend on that. */
static size_t sort(struct rf_asleep *sleepers, size_t n) {
    size_t kept = 0;
    if (!n)
        return 0;
    qsort(sleepers, n, sizeof *sleepers, by_place);
    for (size_t i = 1; i < n; i++)
        if (by_place(&sleepers[kept], &sleepers[i]) != 0)
            sleepers[++kept] = sleepers[i];
    return kept + 1;
}

/* A merged file's chunks are numbered with their runs' processes; the launcher's is of the first one. */
static bool is_of_run(const struct rc_image *image, const struct rc_chunks *chunks, size_t run,
                      const struct rc_span *span) {
    if (!chunks->n_runs)
        return true;
    const struct rf_run *raw = rc_span_bytes(image, &chunks->runs[run]);
    return span->process >= raw->first_process && span->process - raw->first_process < raw->processes;
}

int rc_load_sleepers(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                     struct rc_error *err) {
    struct rc_table table;
    size_t taken = 0;
    if (rc_table_make(&table, image, chunks->sleepers, chunks->n_sleepers, RF_ASLEEP, sizeof(struct rf_asleep), 0, err))
        return -1;
    profile->sleepers = calloc(table.total ? table.total : 1, sizeof *profile->sleepers);
    if (!profile->sleepers)
        return rc_fail(err, "%s: no memory to load it", image->path);
    for (size_t r = 0, s = 0; r < profile->n_runs; r++) {
        struct rc_run *run = &profile->runs[r];
        run->first_sleeper = profile->n_sleepers;
        for (; s < table.n && is_of_run(image, chunks, r, &table.spans[s]); s++, taken++)
            for (uint32_t i = 0; i < table.spans[s].records; i++) {
                const struct rf_asleep *raw = rc_table_record(&table, table.spans + s, i);
                profile->sleepers[profile->n_sleepers++] = *raw;
            }
        run->n_sleepers = sort(profile->sleepers + run->first_sleeper, profile->n_sleepers - run->first_sleeper);
        profile->n_sleepers = run->first_sleeper + run->n_sleepers;
    }
    if (taken < table.n)
        return rc_fail(err, "%s: is damaged: a filter belongs to no run; merge again", image->path);
    return 0;
}
