/* What the runtime says of hooks that slept. */
#ifndef RECOUNT_COMPARE_RENDER_SLEEP_H
#define RECOUNT_COMPARE_RENDER_SLEEP_H

#include <stdbool.h>

#include "compare/model/report.h"
#include "compare/render/json.h"
#include "compare/render/render.h"

/** Whether some hook did. */
bool rc_slept(const struct rc_report *report);

/** Which functions a filter put to sleep, in all runs or in some, and what of it was not found; nothing without one. */
void rc_print_asleep(const struct rc_paper *paper, const struct rc_report *report);

/** One sentence, or nothing where all were awake. */
void rc_print_sleep(const struct rc_paper *paper, const struct rc_report *report);

/** Adds "sleeping_hooks" to a process; null where all were awake. */
void rc_json_sleep(struct rc_json *json, cJSON *item, const struct rc_sleep *sleep);

#endif
