/* What an advice can point at: functions and places that the report knows. */
#ifndef RECOUNT_COMPARE_EXPLAIN_ADVICE_H
#define RECOUNT_COMPARE_EXPLAIN_ADVICE_H

#include "compare/model/report.h"

/** Of what `function` calls, directly or not, the function with the most entries; itself where none has more. */
const struct rc_function *rc_noisiest_callee(const struct rc_report *report, const struct rc_function *function);

/** The function with the most samples in its hooks, else with the most entries. The report has one at least. */
const struct rc_function *rc_noisiest(const struct rc_report *report);

/** The function whose own waiting in system calls makes most of the blocked time of `function`: itself, or one that is
 * called from it. */
const struct rc_function *rc_where_blocked(const struct rc_report *report, const struct rc_function *function);

/** " (file:line)" of a stall in it, else of its declaration; "" where neither is known. */
void rc_place_of(const struct rc_report *report, const struct rc_function *function, char *to, size_t room);

/** Its name without arguments, as a filter's rule has it; a `*` stands for what is too long. Returns `to`. */
const char *rc_rule_name(const struct rc_function *function, char *to, size_t room);

#endif
