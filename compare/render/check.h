/* `recount check`: what was found of each budget. */
#ifndef RECOUNT_COMPARE_RENDER_CHECK_H
#define RECOUNT_COMPARE_RENDER_CHECK_H

#include "compare/explain/budget.h"
#include "compare/render/render.h"

/** A line a budget, and how many were broken; `file` names the budget file. 0, or -1: no memory, or not written. */
int rc_render_check(const struct rc_paper *paper, const char *file, const struct rc_budget *budget,
                    const struct rc_finding *findings, struct rc_error *err);
int rc_render_check_json(FILE *out, const struct rc_report *report, const char *file, const struct rc_budget *budget,
                         const struct rc_finding *findings, struct rc_error *err);

/** How many findings are in that state. */
size_t rc_findings(const struct rc_budget *budget, const struct rc_finding *findings, enum rc_finding_state state);

#endif
