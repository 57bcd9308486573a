/*
 * The calling context tree of a report, over all its processes and threads: contexts with one path of functions are one
 * row. Built with the report, and owned by it, only where it was asked for (rc_report_build_with).
 *
 * Logical: what was entered again stands where its call began, and what belongs to no known place stands under a row
 * that says so. Physical: entries as the machine made them.
 *
 * Sums close. For each row, running, blocked and probes of `time` are those of `own` plus those of its children. Over
 * all rows of a function, `calls` (logical) and `entries` (both) are the function's.
 */
#ifndef RECOUNT_COMPARE_MODEL_TREE_H
#define RECOUNT_COMPARE_MODEL_TREE_H

#include "compare/model/report.h"

/* Rows that are no function's: where paths begin, and where they hang when it is not known where they began. */
enum rc_place {
    RC_PLACE_FUNCTION,
    RC_PLACE_PROCESS, /* the main thread */
    RC_PLACE_THREAD,
    RC_PLACE_SIGNAL,
    RC_PLACE_FIBER,      /* physical: fibers, whose makers called nothing */
    RC_PLACE_NO_MAKER,   /* logical: fibers that nobody told of */
    RC_PLACE_NO_AWAITER, /* logical: resumed work whose call was not seen to begin */
    RC_PLACE_LOST        /* entries that there was no room for */
};

struct rc_tree_row {
    uint32_t parent; /* RC_NONE: a root. Parents stand before their children, the largest child first */
    uint32_t end;    /* behind the last row of its subtree */
    uint32_t depth;
    uint32_t function; /* RC_NONE: not a function's */
    enum rc_place place;
    uint8_t clone; /* which of a coroutine's clones (enum rc_clone); logical: the destroying one where its call is not
                      known */
    bool fiber;    /* it is the first function of fibers */
    uint64_t calls, entries;
    uint64_t resumes, idle, internal; /* logical: of the calls that began here */
    uint64_t recursive;               /* of its calls: from itself, folded into this row */
    uint64_t linked;                  /* of its calls: callbacks that belong here and were entered elsewhere */
    uint64_t passed, passed_ns;       /* physical: slices of calls that began elsewhere, and their part of `own` */
    uint64_t moved;                   /* physical: slices of its calls that were entered elsewhere */
    struct rc_time own;               /* running, blocked and probes alone */
    uint64_t own_sampled_ns;          /* of own.running: what samples told, and no clock */
    uint64_t estimated_ns;            /* of the time inside its calls: scaled up from timed ones, or told by samples */
    struct rc_time time;              /* with everything beneath it; awaiting and queued: of its own calls */
};

/* What the sampler says of a row: samples in its own code; those and the ones of the rows below; those of its own of
 * which the native stack names the same caller as the tracer. */
struct rc_tree_sight {
    uint64_t self, total, confirmed;
    struct rc_share share; /* of own running time */
    enum rc_verdict verdict;
};

struct rc_tree {
    enum rc_tree_kind kind;
    struct rc_tree_sight *sights; /* by row */
    uint64_t unplaced; /* samples of functions with hooks that belong to no row: no stack of theirs tells which */
    struct rc_tree_row *rows; /* in the order of display */
    size_t n;
};

/** Its own time, or most of it, is what samples told: as a function's (rc_is_sampled, rc_is_estimated). */
static inline bool rc_row_is_sampled(const struct rc_tree_row *row) {
    return row->own_sampled_ns > row->own.running / 2;
}

/** Most of the time beneath it is estimated. */
static inline bool rc_row_is_estimated(const struct rc_tree_row *row) {
    return row->estimated_ns > (row->time.running + row->time.blocked + row->time.probes) / 2;
}

/** "[process]", "[awaiter not known]"; for a function's row its name. */
const char *rc_tree_row_name(const struct rc_report *report, const struct rc_tree_row *row);

#endif
