/* Address ranges that may nest: which is the innermost around an address? */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_INTERVALS_H
#define RECOUNT_COMPARE_SYMBOLIZE_INTERVALS_H

#include <stddef.h>
#include <stdint.h>

struct rc_interval {
    uint64_t start, end;
    uint64_t reach; /* highest end up to here */
    uint32_t rank;  /* among ranges that begin together, the highest is found first */
    uint32_t what;  /* the owner's number for it */
};

struct rc_intervals {
    struct rc_interval *each;
    size_t n, room;
};

/** 0, or -1 when out of memory. Empty ranges are kept; rc_intervals_find does not see them. */
int rc_intervals_add(struct rc_intervals *intervals, struct rc_interval interval);

/** Sorts; to be called after the last rc_intervals_add or change and before the first rc_intervals_find. */
void rc_intervals_sort(struct rc_intervals *intervals);

/** The range around `address` that begins last, or NULL. */
const struct rc_interval *rc_intervals_find(const struct rc_intervals *intervals, uint64_t address);

void rc_intervals_free(struct rc_intervals *intervals);

#endif
