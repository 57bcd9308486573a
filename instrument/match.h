/* What the fast paths and the slow ones must agree on. */
#ifndef RECOUNT_INSTRUMENT_MATCH_H
#define RECOUNT_INSTRUMENT_MATCH_H

#include "profile/format.h"

/*
 * How far above its entry's stack pointer an exit may come: gcc reaches the exit hook by a tail jump, with the
 * function's own frame already gone. Larger frames take the slow path, which knows the stack's bounds.
 */
#define RT_EXIT_WINDOW 8192u

/* Slots of a shadow stack kept free above its `limit`: a hook's own, and a handler's gap, marker and first frame. */
#define RT_SLACK 5u

/* Longer than a function's code mostly is: where its end is not known. */
#define RT_CODE_REACH (UINT64_C(1) << 16)

/* Which cached child stands for (fn, cs): functions start at multiples of 16, call sites anywhere. */
static inline unsigned rt_way(uint64_t fn, uint64_t cs) {
    return (unsigned)((fn >> 4) ^ cs ^ (cs >> 3)) & (RF_KIDS - 1);
}

#endif
