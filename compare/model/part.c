/* What the steps of the model share: room, names counted, and what a process's records say of each other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

int rc_grow(void **items, size_t n, size_t size) {
    if (n && (n & (n - 1)))
        return 0; /* room is always the next power of two */
    void *more = reallocarray(*items, n ? 2 * n : 1, size);
    if (!more)
        return -1;
    *items = more;
    return 0;
}

int rc_no_memory(struct rc_error *err) {
    return rc_fail(err, "no memory for the report");
}

/* Appends; equal names are brought together by the sort, so that many callers do not cost their square. */
int rc_tally_add(struct rc_tallies *tallies, const char *name, const char *object, uint64_t count) {
    struct rc_tally *last = tallies->n ? &tallies->items[tallies->n - 1] : NULL;
    if (last && last->name == name) {
        last->count += count;
        return 0;
    }
    if (rc_grow((void **)&tallies->items, tallies->n, sizeof *tallies->items) || !tallies->items)
        return -1;
    tallies->items[tallies->n++] = (struct rc_tally){name, object, count};
    return 0;
}

static int by_name(const void *left, const void *right) {
    const struct rc_tally *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void merge_equal(struct rc_tallies *tallies) {
    size_t kept = 0;
    qsort(tallies->items, tallies->n, sizeof *tallies->items, by_name);
    for (size_t i = 1; i < tallies->n; i++)
        if (strcmp(tallies->items[i].name, tallies->items[kept].name) == 0)
            tallies->items[kept].count += tallies->items[i].count;
        else
            tallies->items[++kept] = tallies->items[i];
    tallies->n = kept + 1;
}

static int by_count(const void *left, const void *right) {
    const struct rc_tally *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->name, b->name);
}

void rc_tally_sort(struct rc_tallies *tallies) {
    if (!tallies->n)
        return;
    merge_equal(tallies);
    qsort(tallies->items, tallies->n, sizeof *tallies->items, by_count);
}

double rc_ns(const struct rc_part *part, double ticks) {
    return ticks * part->process->ns_per_tick;
}

uint64_t rc_whole(double ns) {
    const double most = 9e18;
    if (!(ns > 0))
        return 0;
    return (uint64_t)(ns < most ? round(ns) : most);
}

const struct rc_extra *rc_extra_of(const struct rc_part *part, uint32_t node) {
    static const struct rc_extra none;
    uint32_t extra = part->process->nodes[node].extra;
    return extra == RC_NONE ? &none : &part->process->extras[extra];
}

static int by_id(const void *left, const void *right) {
    const struct rc_call *a = *(const struct rc_call *const *)left, *b = *(const struct rc_call *const *)right;
    return (a->id > b->id) - (a->id < b->id);
}

void rc_calls_sort(struct rc_part *part) {
    if (part->process->n_calls)
        qsort(part->calls, part->process->n_calls, sizeof *part->calls, by_id);
}

const struct rc_call *rc_call_of(const struct rc_part *part, uint64_t frame_call) {
    if (!(frame_call & RF_CALL_ASYNC) || !part->process->n_calls)
        return NULL;
    struct rc_call wanted = {.id = frame_call & ~RF_CALL_ASYNC};
    const struct rc_call *key = &wanted;
    const struct rc_call **found = bsearch(&key, part->calls, part->process->n_calls, sizeof *part->calls, by_id);
    return found ? *found : NULL;
}

bool rc_is_passed(const struct rc_frame *frame, const struct rc_call *call) {
    return call && call->physical != RC_NONE && call->physical != frame->node;
}

bool rc_is_hooked(const struct rc_build *build, uint32_t function) {
    return function != RC_NONE && build->report->functions[function].hooked;
}

bool rc_is_awake(const struct rc_build *build, const struct rc_part *part, uint32_t function) {
    return rc_is_hooked(build, function) && !rc_slept_in(part->resolved, function);
}
