/* Which functions the recording was asked to put to sleep. */
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
static void sort(struct rc_profile *profile) {
    size_t kept = 0;
    if (!profile->n_sleepers)
        return;
    qsort(profile->sleepers, profile->n_sleepers, sizeof *profile->sleepers, by_place);
    for (size_t i = 1; i < profile->n_sleepers; i++)
        if (by_place(&profile->sleepers[kept], &profile->sleepers[i]) != 0)
            profile->sleepers[++kept] = profile->sleepers[i];
    profile->n_sleepers = kept + 1;
}

int rc_load_sleepers(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                     struct rc_error *err) {
    struct rc_table table;
    if (rc_table_make(&table, image, chunks->sleepers, chunks->n_sleepers, RF_ASLEEP, sizeof(struct rf_asleep), 0, err))
        return -1;
    profile->sleepers = calloc(table.total ? table.total : 1, sizeof *profile->sleepers);
    if (!profile->sleepers)
        return rc_fail(err, "%s: no memory to load it", image->path);
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++) {
            const struct rf_asleep *raw = rc_table_record(&table, table.spans + s, i);
            profile->sleepers[profile->n_sleepers++] = *raw;
        }
    sort(profile);
    return 0;
}
