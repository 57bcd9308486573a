/* The await ledger as columns of a table, for one function or for all. */
#ifndef RECOUNT_COMPARE_RENDER_AWAITS_H
#define RECOUNT_COMPARE_RENDER_AWAITS_H

#include "compare/model/report.h"
#include "compare/render/table.h"

#define RC_AWAIT_COLUMNS                                                                                               \
    {NULL, "at", RC_LEFT}, {NULL, "awaited", RC_LEFT | RC_FLEXIBLE}, {NULL, "resumes", RC_RIGHT},                      \
        {NULL, "(idle)", RC_RIGHT | RC_OPTIONAL}, {"awaiting", "sum", RC_RIGHT}, {"awaiting", "mean", RC_RIGHT},       \
        {"queued", "sum", RC_RIGHT}, {"queued", "mean", RC_RIGHT}, {NULL, "share", RC_RIGHT | RC_OPTIONAL}, {          \
        NULL, "still there", RC_RIGHT | RC_OPTIONAL                                                                    \
    }

/** What a function's await points lack to its resumes: suspensions whose place is not known, and the waits of those.
 * False: nothing. */
bool rc_await_rest(const struct rc_function *function, struct rc_await_point *rest);

/** The cells of those columns. @param whole_ns  the wait that the share is taken of; 0: no share */
void rc_await_cells(struct rc_table *table, const struct rc_await_point *point, uint64_t whole_ns);

/** How long calls waited there, ready or not. */
uint64_t rc_await_wait(const struct rc_await_point *point);

#endif
