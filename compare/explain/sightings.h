/* A function's calls as the samples saw them, in words. */
#ifndef RECOUNT_COMPARE_EXPLAIN_SIGHTINGS_H
#define RECOUNT_COMPARE_EXPLAIN_SIGHTINGS_H

#include "compare/model/report.h"

struct rc_sightings_text {
    char s[400];
};

/** "The samples saw 271 different calls, so there were at least 284 (95%); calls 300, entries 9,605." "" where they saw
 * none, or the tracer has nothing to put beside it. */
struct rc_sightings_text rc_text_sightings(const struct rc_function *function);

#endif
