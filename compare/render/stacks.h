/* The stack of a sample as a flame graph shows it. */
#ifndef RECOUNT_COMPARE_RENDER_STACKS_H
#define RECOUNT_COMPARE_RENDER_STACKS_H

#include "compare/model/report.h"

#define RC_FRAME_PROBE (RC_NONE - 1) /* the profiler's own hooks */
enum { RC_STACK_MOST = 1024 };       /* deeper stacks lose their outermost frames */

/**
 * The calls that a sample was in, outermost first: the logical path that the tracer knew, and below it the native
 * frames of code without hooks. Without a path: the native stack.
 * @param frames  room for RC_STACK_MOST indices of functions, or RC_FRAME_PROBE
 * @return how many there are
 */
size_t rc_stack_of_sample(const struct rc_report *report, const struct rc_resolved *part,
                          const struct rc_sample *sample, uint32_t *frames);

/** What a frame is called. */
const char *rc_frame_name(const struct rc_report *report, uint32_t frame);

#endif
