/* System calls that held a thread: which, under which function, as the sampler found them. */
#ifndef RECOUNT_COMPARE_MODEL_BLOCKING_H
#define RECOUNT_COMPARE_MODEL_BLOCKING_H

#include "compare/model/report.h"

struct rc_blocking {
    uint32_t function; /* innermost of those with hooks */
    const char *syscall;
    uint64_t looks, ns; /* of the sampler, and the wall time that they stand for */
};

/**
 * Lists the system calls in which threads were found waiting, the longest first.
 * @param inside  a function: those below a call of it; RC_NONE: those in a task, that is a fiber, a coroutine, a
 *                protothread or a callback, unless it ran on a pool's thread
 * @param out     the caller's to free
 * @return 0, or -1: no memory
 */
int rc_blocking_list(const struct rc_report *report, uint32_t inside, struct rc_blocking **out, size_t *n);

#endif
