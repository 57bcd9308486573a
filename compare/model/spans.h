/* Own times of short calls, by the samples: see spans.c. */
#ifndef RECOUNT_COMPARE_MODEL_SPANS_H
#define RECOUNT_COMPARE_MODEL_SPANS_H

#include "compare/model/build.h"

/* An on-CPU sample and what its native stack says. */
struct rc_placed {
    uint32_t sample;   /* index in the process */
    uint32_t function; /* of its innermost native frame with hooks; RC_NONE: none */
    bool in_probe;
};

/** The process's on-CPU samples. `*placed` is the caller's, to be freed. 0, or -1 with a line in build->err. */
int rc_place_samples(struct rc_build *build, struct rc_part *part, struct rc_placed **placed, size_t *n);

struct rc_spans;

/** Finds the contexts whose own times samples know better than the clock. Walls and self are known. NULL: a line is in
 * build->err. The caller frees it with rc_spans_free. */
struct rc_spans *rc_spans_find(struct rc_build *build, struct rc_part *part);

/** Divides what runs in each span (self less self_blocked, summed over it) as the samples say: sets self, self_probes
 * and self_sampled, and the walls that follow. A span's sum of self stays as it is; so do self_blocked and the wall of
 * its root. May be called again when these are known better. */
void rc_spans_divide(struct rc_spans *spans);

/** What of each span, and of each context in none, was blocked is what did not run; where the samples know the latter
 * better than looks and clocks know the former, self_blocked follows them. Sums of self stay. */
void rc_spans_settle_blocked(struct rc_spans *spans);

/** Marks the contexts whose own times samples told, by dividing a span or by settling what was blocked, and adds these
 * to their functions, with the limits and with what chance does to them. Own times and probes are settled. 0, or -1: no
 * memory. */
int rc_spans_tell(const struct rc_spans *spans, struct rc_report *report);

/** Accepts NULL. */
void rc_spans_free(struct rc_spans *spans);

#endif
