/* Folded stacks: `outermost;…;innermost samples`, on-CPU samples, sorted. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/render/export.h"
#include "compare/render/printable.h"
#include "compare/render/stacks.h"

struct fold {
    uint64_t samples;
    size_t n;
    UT_hash_handle hh;
    uint32_t frames[];
};

static int add(struct fold **folds, const uint32_t *frames, size_t n) {
    struct fold *fold = NULL;
    HASH_FIND(hh, *folds, frames, n * sizeof *frames, fold);
    if (!fold) {
        fold = calloc(1, sizeof *fold + n * sizeof *frames);
        if (!fold)
            return -1;
        fold->n = n;
        memcpy(fold->frames, frames, n * sizeof *frames);
        HASH_ADD(hh, *folds, frames, n * sizeof *frames, fold);
        if (!fold->hh.tbl) {
            free(fold);
            return -1;
        }
    }
    fold->samples++;
    return 0;
}

static int fold_samples(const struct rc_report *report, struct fold **folds) {
    uint32_t frames[RC_STACK_MOST];
    for (size_t p = 0; p < report->n_parts; p++) {
        const struct rc_process *process = report->parts[p].process;
        for (size_t s = 0; s < process->n_samples; s++) {
            if (process->samples[s].kind != RF_ON_CPU)
                continue;
            size_t n = rc_stack_of_sample(report, &report->parts[p], &process->samples[s], frames);
            if (n && add(folds, frames, n))
                return -1;
        }
    }
    return 0;
}

/* The separator cannot be escaped in this format: it becomes a colon. */
static int print_frame(FILE *out, const char *name) {
    char *clean = rc_printable(name);
    if (!clean)
        return -1;
    for (char *at = clean; (at = strchr(at, ';'));)
        *at = ':';
    fputs(clean, out);
    free(clean);
    return 0;
}

static int by_frames(const struct fold *a, const struct fold *b) {
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->frames[i] != b->frames[i])
            return a->frames[i] < b->frames[i] ? -1 : 1;
    return (a->n > b->n) - (a->n < b->n);
}

int rc_export_folded(FILE *out, const struct rc_report *report, struct rc_error *err) {
    struct fold *folds = NULL, *fold, *next;
    int result = fold_samples(report, &folds);
    HASH_SORT(folds, by_frames);
    HASH_ITER(hh, folds, fold, next) {
        for (size_t i = 0; i < fold->n && result == 0; i++) {
            if (i)
                fputc(';', out);
            result = print_frame(out, rc_frame_name(report, fold->frames[i]));
        }
        if (result == 0)
            fprintf(out, " %" PRIu64 "\n", fold->samples);
        HASH_DEL(folds, fold);
        free(fold);
    }
    if (result)
        return rc_fail(err, "no memory for the stacks");
    return fflush(out) || ferror(out) ? rc_fail(err, "the output could not be written: %s", strerror(errno)) : 0;
}
