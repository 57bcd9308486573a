/* What the texts share: whose report it is, and how its functions are called. */
#ifndef RECOUNT_COMPARE_RENDER_HEADING_H
#define RECOUNT_COMPARE_RENDER_HEADING_H

#include <stdbool.h>

#include "compare/render/render.h"

/** The command, what was recorded of it and what was lost; a blank line follows. */
void rc_print_heading(const struct rc_paper *paper, const struct rc_report *report);

/** Which functions, by index, have a name that another one has too. The caller frees it; NULL: no memory. */
bool *rc_namesakes(const struct rc_report *report);

/** The function's name; statics of one name in several files are told apart by those. `to` may be used. */
const char *rc_function_title(const struct rc_function *function, bool namesake, char *to, size_t room);

#endif
