#include "compare/symbolize/intervals.h"

#include <stdlib.h>

int rc_intervals_add(struct rc_intervals *intervals, struct rc_interval interval) {
    if (intervals->n == intervals->room) {
        size_t room = intervals->room ? intervals->room * 2 : 64;
        struct rc_interval *each = realloc(intervals->each, room * sizeof *each);
        if (!each)
            return -1;
        intervals->each = each;
        intervals->room = room;
    }
    intervals->each[intervals->n++] = interval;
    return 0;
}

static int by_start(const void *left, const void *right) {
    const struct rc_interval *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->what < b->what ? -1 : a->what > b->what;
}

void rc_intervals_sort(struct rc_intervals *intervals) {
    uint64_t reach = 0;
    if (intervals->n)
        qsort(intervals->each, intervals->n, sizeof *intervals->each, by_start);
    for (size_t i = 0; i < intervals->n; i++) {
        if (intervals->each[i].end > reach)
            reach = intervals->each[i].end;
        intervals->each[i].reach = reach;
    }
}

const struct rc_interval *rc_intervals_find(const struct rc_intervals *intervals, uint64_t address) {
    size_t low = 0, high = intervals->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (intervals->each[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > 0 && intervals->each[low - 1].reach > address; low--)
        if (intervals->each[low - 1].end > address)
            return intervals->each + low - 1;
    return NULL;
}

void rc_intervals_free(struct rc_intervals *intervals) {
    free(intervals->each);
    *intervals = (struct rc_intervals){0};
}
