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

static int by_frames(const void *left, const void *right) {
    const struct fold *a = *(struct fold *const *)left, *b = *(struct fold *const *)right;
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->frames[i] != b->frames[i])
            return a->frames[i] < b->frames[i] ? -1 : 1;
    return (a->n > b->n) - (a->n < b->n);
}

/* The caller frees the array. NULL: no memory. */
static struct fold **sort(struct fold *folds) {
    size_t n = 0;
    struct fold **sorted = malloc((HASH_COUNT(folds) + 1) * sizeof(struct fold *));
    for (struct fold *fold = folds; sorted && fold; fold = fold->hh.next)
        sorted[n++] = fold;
    if (sorted)
        qsort(sorted, n, sizeof(struct fold *), by_frames);
    return sorted;
}

/* The separator cannot be escaped in this format: it becomes a colon. */
static char *clean_name(const char *name) {
    char *clean = rc_printable(name);
    for (char *at = clean; at && *at; at++)
        if (*at == ';')
            *at = ':';
    return clean;
}

static void names_free(const struct rc_report *report, char **names) {
    for (size_t f = 0; names && f <= report->n_functions; f++)
        free(names[f]);
    free(names);
}

/* By function, and the probes last: each is printed in many stacks. NULL: no memory. */
static char **clean_names(const struct rc_report *report) {
    char **names = calloc(report->n_functions + 1, sizeof(char *));
    bool failed = !names;
    for (uint32_t f = 0; f <= report->n_functions && !failed; f++) {
        names[f] = clean_name(rc_frame_name(report, f < report->n_functions ? f : RC_FRAME_PROBE));
        failed = !names[f];
    }
    if (!failed)
        return names;
    names_free(report, names);
    return NULL;
}

static void print(FILE *out, const struct rc_report *report, const struct fold *fold, char *const *names) {
    for (size_t i = 0; i < fold->n; i++) {
        if (i)
            fputc_unlocked(';', out);
        fputs_unlocked(names[fold->frames[i] == RC_FRAME_PROBE ? report->n_functions : fold->frames[i]], out);
    }
    fprintf(out, " %" PRIu64 "\n", fold->samples);
}

static void folds_free(struct fold *folds) {
    struct fold *fold = folds, *next;
    HASH_CLEAR(hh, folds); /* the table alone: the links stay */
    for (; fold; fold = next) {
        next = fold->hh.next;
        free(fold);
    }
}

int rc_export_folded(FILE *out, const struct rc_report *report, struct rc_error *err) {
    struct fold *folds = NULL;
    int result = fold_samples(report, &folds);
    char **names = clean_names(report);
    struct fold **sorted = sort(folds);
    if (!names || !sorted)
        result = -1;
    for (size_t i = 0; result == 0 && i < HASH_COUNT(folds); i++)
        print(out, report, sorted[i], names);
    free(sorted);
    names_free(report, names);
    folds_free(folds);
    if (result)
        return rc_fail(err, "no memory for the stacks");
    return fflush(out) || ferror(out) ? rc_fail(err, "the output could not be written: %s", strerror(errno)) : 0;
}
