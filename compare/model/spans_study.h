/* What is known of samples and contexts while the own times of short calls are found: shared by spans.c, which divides,
 * and spans_tell.c, which says what came of it and how far chance moves it. */
#ifndef RECOUNT_COMPARE_MODEL_SPANS_STUDY_H
#define RECOUNT_COMPARE_MODEL_SPANS_STUDY_H

#include "compare/model/spans.h"

#define RC_HIDDEN 0.35 /* of the samples in an inner context's hooks: its own work (docs/model.md, "Short calls") */

struct seen { /* of one context, in nanoseconds of CPU time that samples stand for; there may be millions of them */
    double code, hooks;
    double innermost; /* while it was the innermost open call, wherever that was */
    uint32_t place;   /* in the members; while they are sought, the root of its span. RC_NONE: in none */
    bool told;        /* in none: how long it ran is what the samples said */
};

struct member { /* a context in a span, its root as well; parents come before their children */
    uint32_t node, span;
    double base, probes; /* its own code, with what its hooks hide of it; its children's hooks */
    double change;       /* of its wall time, by the new own times in it */
};

struct group { /* of a span, or of a context in none */
    double own, blocked, sampled;
};

struct span { /* sums over its members */
    uint32_t root;
    double running, sampled;
    double scale; /* own time for a nanosecond of `sampled`; 0: the clock knows it */
    struct group group;
    bool told; /* how long it ran is what the samples said */
};

struct ticks { /* CPU time that samples stand for, all and those with a context: of a thread, or of a function */
    double all, placed;
};

struct child { /* a context that may be found by its parent and its function */
    uint32_t parent, function, node;
};

struct rc_spans {
    struct rc_part *part;
    struct seen *seen;
    double *brief; /* by context: calls whose time is scaled up from random ones; until the spans are found */
    struct member *members;
    size_t n_members, n_spans;
    struct span *spans;
    struct ticks *threads, *functions;
    struct child *children; /* until the samples are placed */
    size_t n_children;
    double period;  /* CPU time that one sample stands for */
    double grain;   /* that of one that was kept; as they differ, the sum of squares over the sum */
    double thinned; /* samples taken / samples kept */
};

/** NULL: in no span. */
static inline struct member *rc_member_of(const struct rc_spans *study, uint32_t n) {
    uint32_t place = study->seen[n].place;
    return place == RC_NONE ? NULL : &study->members[place];
}

static inline bool rc_is_root(const struct rc_spans *study, const struct member *member) {
    return study->spans[member->span].root == member->node;
}

/** Adds a context's own time to a group's, and what the samples have of it while it was the innermost open call. */
void rc_add_to_group(const struct rc_spans *study, uint32_t n, struct group *group);

#endif
