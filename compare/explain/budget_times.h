/* What the sampler says of a time that a budget is for. */
#ifndef RECOUNT_COMPARE_EXPLAIN_BUDGET_TIMES_H
#define RECOUNT_COMPARE_EXPLAIN_BUDGET_TIMES_H

#include "compare/explain/budget.h"
#include "compare/model/difference.h"

/**
 * The sampler's figure for a function's running or blocked time, ns of all its calls with the ends of its 95% interval.
 * @return false where it has none, where it is another time, or where it contradicts the reported one no more than
 * chance does: that one stands, then. Of two runs the reported running time is the sampler's, and its interval counts.
 */
bool rc_budget_sampled(const struct rc_report *report, const struct rc_function *function, enum rc_budget_of of,
                       struct rc_estimate *sampled);

#endif
