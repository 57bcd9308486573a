/* What the parts of the loader share while one process is put together. Each returns 0, or -1 with a line in `err`. */
#ifndef RECOUNT_COMPARE_LOAD_LOADING_H
#define RECOUNT_COMPARE_LOAD_LOADING_H

#include "compare/load/chunks.h"

struct rc_loading {
    const struct rc_image *image;
    struct rc_span *spans; /* this process's */
    size_t n_spans;
    struct rc_process *process; /* being filled; whatever it holds is freed with the profile */
    uint64_t base;
    uint64_t *damage;
    struct rc_error *err;

    const struct rf_thread **threads; /* as written, beside process->threads */
    struct rc_table nodes, awaits;
    uint32_t *node_map;  /* record number in the file to index, RC_NONE: not taken over */
    uint32_t *await_map; /* likewise */
};

/** `n` zeroed elements, never NULL but when out of memory (which is then in `err`). */
void *rc_load_room(struct rc_loading *loading, size_t n, size_t size);

/** A cleaned copy of a text field; NULL when out of memory (which is then in `err`). */
char *rc_load_text(struct rc_loading *loading, const char *field, size_t size);

/** Index of the thread with that ordinal, or RC_NONE. */
uint32_t rc_load_thread(const struct rc_loading *loading, uint32_t ordinal);

/** Index of the context at that address, or RC_NONE. */
uint32_t rc_load_node(const struct rc_loading *loading, const void *address);

/** Index of the await point at that address, or RC_NONE. */
uint32_t rc_load_await(const struct rc_loading *loading, const void *address);

/** The table of `kind`, whose records have `record` bytes. */
int rc_load_table(struct rc_loading *loading, struct rc_table *out, uint32_t kind, size_t record);

/** Which recordings the profile's processes come from; its header and processes are loaded. */
int rc_load_runs(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                 struct rc_error *err);

/** The profile in an image, to be freed with rc_profile_free; NULL on failure. */
struct rc_profile *rc_profile_parse(const struct rc_image *image, struct rc_error *err);

int rc_load_process(struct rc_loading *loading); /* the process's own record, threads and modules */
int rc_load_nodes(struct rc_loading *loading);
int rc_load_extras(struct rc_loading *loading);
int rc_load_awaits(struct rc_loading *loading);
int rc_load_calls(struct rc_loading *loading);
int rc_load_stalls(struct rc_loading *loading);
int rc_load_identities(struct rc_loading *loading);
int rc_load_stacks(struct rc_loading *loading);
int rc_load_samples(struct rc_loading *loading); /* with native stacks and paths */

/** Of the recording. */
int rc_load_sleepers(struct rc_profile *profile, const struct rc_image *image, const struct rc_chunks *chunks,
                     struct rc_error *err);

#endif
