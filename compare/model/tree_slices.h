/*
 * Slices of calls that were entered in another context than their own, and what entries they are: taken from there,
 * they are given to the context where the call began.
 */
#ifndef RECOUNT_COMPARE_MODEL_TREE_SLICES_H
#define RECOUNT_COMPARE_MODEL_TREE_SLICES_H

#include "compare/model/build.h"

struct rc_slices {
    uint64_t *in,
        *out;         /* by node: of calls of this context, entered elsewhere; entered here and belonging to another */
    uint64_t *excess; /* by function: slices that were booked on the wrong one of its contexts */
    uint64_t
        *started; /* by function: slices entered elsewhere that no resume entered (gcc's ramp did), not given yet */
};

/** Finds those of one process. 0, or -1: no memory; rc_slices_free in both cases. */
int rc_slices_find(struct rc_slices *slices, const struct rc_part *part, const struct rc_report *report);
void rc_slices_free(struct rc_slices *slices);

/** How many of those entered at `n` are internal entries: taken from there, they are no resumes. */
uint64_t rc_slices_started(const struct rc_slices *slices, const struct rc_part *part, uint32_t n);
/** Gives `n`, whose calls have `count` slices that were entered elsewhere, as many of such starts as can be its own. */
uint64_t rc_slices_begun(struct rc_slices *slices, const struct rc_part *part, uint32_t n, uint64_t count);

static inline uint64_t rc_the_rest(uint64_t whole, uint64_t part) {
    return whole > part ? whole - part : 0;
}

static inline uint64_t rc_the_more(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

#endif
