/* What a report says of two runs, on paper and as JSON. Nothing is printed of a single run. */
#ifndef RECOUNT_COMPARE_RENDER_PAIR_H
#define RECOUNT_COMPARE_RENDER_PAIR_H

#include "compare/render/json.h"
#include "compare/render/render.h"

/** The beginning of the heading's line of totals. */
void rc_print_run_totals(const struct rc_paper *paper, const struct rc_report *report);

/** What is from which of the two runs, and what they cost; whole lines. */
void rc_print_runs(const struct rc_paper *paper, const struct rc_report *report);

/** The table of the largest probe effects, with sums that close, and what is known in one run only. 0, or -1: no
 * memory. */
int rc_print_effects(const struct rc_paper *paper, const struct rc_report *report);

/** One function's part of it, as a section of its story. */
void rc_print_effect(const struct rc_paper *paper, const struct rc_report *report, const struct rc_function *function);

/** Members of the report's object, and of a function's. */
void rc_json_pair(struct rc_json *json, cJSON *object, const struct rc_report *report);
void rc_json_effect(struct rc_json *json, cJSON *object, const struct rc_report *report,
                    const struct rc_function *function);

#endif
