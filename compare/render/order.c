#include "compare/render/order.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {
#define ROW(enumerator, key) [enumerator] = #key,
    RC_SORTS(ROW)
#undef ROW
};

enum rc_sort rc_sort_named(const char *key) {
    for (enum rc_sort sort = 0; sort < RC_SORT_COUNT; sort++)
        if (strcmp(keys[sort], key) == 0)
            return sort;
    return RC_SORT_COUNT;
}

const char *rc_sort_names(void) {
#define NAME(enumerator, key) ", " #key
    return &RC_SORTS(NAME)[2];
#undef NAME
}

struct row {
    const struct rc_function *function;
    uint64_t key, tie;
};

static uint64_t key_of(const struct rc_report *report, const struct rc_function *f, enum rc_sort sort) {
    uint64_t period_ns = report->profile->sample_hz ? 1000000000u / report->profile->sample_hz : 1;
    bool timed = report->timed && f->hooked;
    switch (sort) {
    case RC_SORT_TOTAL:
        return timed ? f->time.total : f->seen.total * period_ns;
    case RC_SORT_ENTRIES:
        return f->entries;
    case RC_SORT_CALLS:
        return f->calls;
    case RC_SORT_RESUMES:
        return f->resumes;
    case RC_SORT_AWAITING:
        return f->time.awaiting + f->time.queued;
    case RC_SORT_NAME:
        return 0;
    case RC_SORT_STORY:
    case RC_SORT_SELF:
    case RC_SORT_COUNT:
        break;
    }
    uint64_t self = timed ? f->self_ns : f->seen.self * period_ns;
    return sort == RC_SORT_STORY && f->resumes ? UINT64_C(1) << 63 | f->resumes : self;
}

static int by_key(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? 1 : -1;
    if (a->tie != b->tie)
        return a->tie < b->tie ? 1 : -1;
    int names = strcmp(a->function->name, b->function->name);
    return names ? names : (a->function > b->function) - (a->function < b->function);
}

const struct rc_function **rc_functions_ordered(const struct rc_report *report, enum rc_sort sort) {
    size_t n = report->n_functions;
    struct row *rows = calloc(n + 1, sizeof *rows);
    const struct rc_function **ordered = calloc(n + 1, sizeof *ordered);
    if (!rows || !ordered) {
        free(rows);
        free(ordered);
        return NULL;
    }
    for (size_t f = 0; f < n; f++) {
        const struct rc_function *function = &report->functions[f];
        rows[f] = (struct row){function, key_of(report, function, sort), sort == RC_SORT_NAME ? 0 : function->entries};
    }
    qsort(rows, n, sizeof *rows, by_key);
    for (size_t f = 0; f < n; f++)
        ordered[f] = rows[f].function;
    free(rows);
    return ordered;
}
