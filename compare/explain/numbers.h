/* Numbers as people read them. */
#ifndef RECOUNT_COMPARE_EXPLAIN_NUMBERS_H
#define RECOUNT_COMPARE_EXPLAIN_NUMBERS_H

#include <stdint.h>

#include "compare/model/report.h"

struct rc_text { /* one formatted number, returned by value so that several fit into one printf */
    char s[32];
};

/** "9,605". */
struct rc_text rc_text_count(uint64_t count);
/** "-12" or "12", with separators. */
struct rc_text rc_text_signed(int64_t count);
/** "4.21 s", "310 us": three digits and a unit; "0" for nothing. */
struct rc_text rc_text_time(uint64_t ns);
/** "12.3%", of a share 0..1. */
struct rc_text rc_text_percent(double share);
/** "too few (sees 4.2)": with the smallest difference that would have been seen, in points; "too few" where there is
 * none. RC_TOO_FEW_LEGEND says what it means. */
struct rc_text rc_text_too_few(const struct rc_share *share);
#define RC_TOO_FEW_LEGEND                                                                                              \
    "too few (sees X): too few samples to tell; of a difference of X points or more, four in five would have been "    \
    "seen."
/** What a ~ means: before a figure, and before a verdict of a single run. */
#define RC_ESTIMATED_LEGEND                                                                                            \
    "~: estimated: scaled up from some timed calls; or told by the samples, where calls are too short for a clock or " \
    "their thread was off the CPU."
#define RC_SAMPLED_LEGEND                                                                                              \
    "~agree, ~disagree: the tracer's share is mostly what samples told, so the two are not independent, and the "      \
    "verdict proves little. recount record --twice measures it apart."
/** "-12.3 points", of thousandths of a percentage point. */
struct rc_text rc_text_points(int64_t amount);
/** "1,234", "12.5": so many a thing, of which there are some. */
struct rc_text rc_text_rate(uint64_t count, uint64_t of);
/** part/whole, 0 when there is no whole. */
double rc_ratio(uint64_t part, uint64_t whole);
/** "" for one, "s" otherwise. */
const char *rc_plural(uint64_t count);

#endif
