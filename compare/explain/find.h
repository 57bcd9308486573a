/* From what a person types to a function. */
#ifndef RECOUNT_COMPARE_EXPLAIN_FIND_H
#define RECOUNT_COMPARE_EXPLAIN_FIND_H

#include "compare/error.h"
#include "compare/model/report.h"

/**
 * Finds the function that `text` names: its whole name, else its name without parameters (with or without its
 * scope), else a part of exactly one name. Of several with one name the entered ones are meant.
 * @return 0, or -1 with a line in `err` that lists near names or the choices
 */
int rc_function_find(const struct rc_function **out, const struct rc_report *report, const char *text,
                     struct rc_error *err);

#endif
