/* Why a function's figures are what they are: causes found in the report, with a sentence each. */
#ifndef RECOUNT_COMPARE_EXPLAIN_CAUSES_H
#define RECOUNT_COMPARE_EXPLAIN_CAUSES_H

#include "compare/model/report.h"

/* CAUSE(enumerator, name in the JSON). */
#define RC_CAUSES(CAUSE)                                                                                               \
    CAUSE(RC_ASYNC_REENTRY, async_reentry)                                                                             \
    CAUSE(RC_SUSPENDED_INSIDE, suspended_inside)                                                                       \
    CAUSE(RC_PROBE_EFFECT, probe_effect)                                                                               \
    CAUSE(RC_UNSAMPLED, unsampled)                                                                                     \
    CAUSE(RC_BLOCKED, blocked)                                                                                         \
    CAUSE(RC_UNINSTRUMENTED, uninstrumented)                                                                           \
    CAUSE(RC_INLINED, inlined)                                                                                         \
    CAUSE(RC_LOST_EXITS, lost_exits)                                                                                   \
    CAUSE(RC_RECURSION, recursion)                                                                                     \
    CAUSE(RC_SIGNAL_REENTRY, signal_reentry)                                                                           \
    CAUSE(RC_TOO_COARSE, too_coarse)

enum rc_cause {
#define RC_CAUSE_ENUMERATOR(enumerator, name) enumerator,
    RC_CAUSES(RC_CAUSE_ENUMERATOR)
#undef RC_CAUSE_ENUMERATOR
        RC_CAUSE_COUNT
};

/* Rows of an account that are no cause: nothing of the function makes them. */
enum rc_row {
    RC_ROW_INTERNAL = RC_CAUSE_COUNT, /* entries of a compiler's clones that run no body */
    RC_ROW_PREEMPTED,                 /* ready to run, and no CPU was free */
    RC_ROW_UNEXPLAINED
};

struct rc_reason {
    enum rc_cause cause;
    char text[500];
    char advice[560]; /* "" where there is nothing to do */
};

struct rc_explanation {
    char headline[400]; /* the story in one sentence */
    char identity[700]; /* by what evidence entries were taken for one call, where that was inferred; "" otherwise */
    struct rc_reason reasons[RC_CAUSE_COUNT];
    size_t n_reasons;
    char doubt[400]; /* what is left when they disagree and no cause accounts for it; "" otherwise */
};

/** Sets `differences`, `accounts` and `causes` of each function of the report. */
void rc_causes_find(struct rc_report *report);

/** The cause's name in the JSON. */
const char *rc_cause_name(enum rc_cause cause);

/** A cause's name, or that of another row. */
const char *rc_row_name(unsigned row);

/** The cause's amount is a material part of the difference of the two shares, and the two disagree. */
bool rc_explains_share(const struct rc_report *report, const struct rc_function *function, enum rc_cause cause);

/** Puts the function's story into words; rc_causes_find must have run. */
void rc_explain(const struct rc_report *report, const struct rc_function *function, struct rc_explanation *out);

#endif
