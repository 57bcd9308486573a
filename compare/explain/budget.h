/*
 * Budgets: what a program may cost, a line each, held against a report (`recount check`). docs/man/recount-check.1 has
 * the grammar. Text in, findings out; no input and output here.
 */
#ifndef RECOUNT_COMPARE_EXPLAIN_BUDGET_H
#define RECOUNT_COMPARE_EXPLAIN_BUDGET_H

#include "compare/error.h"
#include "compare/model/report.h"

/* QUANTITY(enumerator, word in the file, unit). */
#define RC_QUANTITIES(QUANTITY)                                                                                        \
    QUANTITY(RC_BUDGET_CALLS, "calls", RC_UNIT_COUNT)                                                                  \
    QUANTITY(RC_BUDGET_ENTRIES, "entries", RC_UNIT_COUNT)                                                              \
    QUANTITY(RC_BUDGET_RESUMES, "resumes", RC_UNIT_COUNT)                                                              \
    QUANTITY(RC_BUDGET_IDLE, "idle_resumes", RC_UNIT_COUNT)                                                            \
    QUANTITY(RC_BUDGET_RECURSIVE, "recursive", RC_UNIT_COUNT)                                                          \
    QUANTITY(RC_BUDGET_INFLATION, "inflation", RC_UNIT_COUNT)                                                          \
    QUANTITY(RC_BUDGET_RUNNING, "running", RC_UNIT_TIME)                                                               \
    QUANTITY(RC_BUDGET_BLOCKED, "blocked", RC_UNIT_TIME)                                                               \
    QUANTITY(RC_BUDGET_AWAITING, "awaiting", RC_UNIT_TIME)                                                             \
    QUANTITY(RC_BUDGET_QUEUED, "queued", RC_UNIT_TIME)                                                                 \
    QUANTITY(RC_BUDGET_SHARE, "share", RC_UNIT_SHARE)

enum rc_unit { RC_UNIT_COUNT, RC_UNIT_TIME, RC_UNIT_SHARE }; /* as is, nanoseconds, 0..1 */

enum rc_budget_of {
#define RC_QUANTITY_ENUMERATOR(enumerator, word, unit) enumerator,
    RC_QUANTITIES(RC_QUANTITY_ENUMERATOR)
#undef RC_QUANTITY_ENUMERATOR
        RC_BUDGET_NO_STALL,
    RC_BUDGET_NO_BLOCKING,
    RC_BUDGET_NO_CALLS,
    RC_BUDGET_NO_LOSSES
};

enum rc_comparison { RC_AT_MOST, RC_LESS, RC_AT_LEAST, RC_MORE, RC_EQUAL };

struct rc_budget_rule {
    unsigned line;
    char *text; /* as it stands in the file, without comment */
    enum rc_budget_of of;
    enum rc_unit unit;
    char *function; /* NULL: none named */
    char *per;      /* "" of one call of it; else a function; NULL: of the whole recording */
    enum rc_comparison comparison;
    double limit;
};

struct rc_budget {
    struct rc_budget_rule *rules;
    size_t n;
};

enum rc_finding_state { RC_HELD, RC_BROKEN, RC_UNSURE };

struct rc_finding {
    enum rc_finding_state state;
    bool measured; /* `value` is one */
    double value;  /* in the rule's unit */
    char text[640];
};

/**
 * Reads `size` bytes of a budget file.
 * @param out  the caller's, to be freed with rc_budget_free; NULL on failure
 * @return 0, or -1 with "LINE: what" in `err`
 */
int rc_budget_parse(struct rc_budget **out, const char *text, size_t size, struct rc_error *err);

/** Accepts NULL. */
void rc_budget_free(struct rc_budget *budget);

/** Some rule asks for what happened below a function: the report must have been built with the logical tree. */
bool rc_budget_needs_tree(const struct rc_budget *budget);

/**
 * Holds each rule against the report. @param out  one finding a rule, the caller's to free. 0, or -1: no memory.
 * A rule whose function is not in the profile is broken: what is never found can never be too much.
 */
int rc_budget_check(const struct rc_budget *budget, const struct rc_report *report, struct rc_finding **out,
                    struct rc_error *err);

#endif
