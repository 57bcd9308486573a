/*
 * Many profiles become one: chunks are set behind one another. Addresses in them keep their meaning, because a
 * process's `base` moves with its chunks; process numbers go on from file to file.
 */
#ifndef RECOUNT_COMPARE_LOAD_MERGE_H
#define RECOUNT_COMPARE_LOAD_MERGE_H

#include <stdint.h>
#include <stdio.h>

#include "compare/error.h"
#include "compare/load/profile.h"

/* What the merged file has from one recording. */
struct rc_merged_run {
    char *path; /* of the file that it came from */
    char *host;
    uint64_t start_mono_ns, start_real_ns;
};

struct rc_merge {
    FILE *out;     /* the caller's, at its beginning, empty and seekable */
    uint64_t size; /* bytes of the file so far */
    uint64_t processes;
    struct rf_header header;
    struct rc_merged_run *runs;
    size_t n_runs;
};

/** Begins a merge into `out`. To be given to rc_merge_free, also after a failure. 0, or -1 with a line in `err`. */
int rc_merge_begin(struct rc_merge *merge, FILE *out, struct rc_error *err);

/**
 * Adds all recordings of the profile `path`, one file in memory at a time. What would make a report fail fails here,
 * and so does a recording that is in already. 0, or -1 with a line in `err` that names the file.
 */
int rc_merge_add(struct rc_merge *merge, const char *path, struct rc_error *err);

/** Writes the header; the file is complete, `merge->size` bytes long, and no longer. */
int rc_merge_end(struct rc_merge *merge, struct rc_error *err);

void rc_merge_free(struct rc_merge *merge);

#endif
