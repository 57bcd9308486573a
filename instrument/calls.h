/* What the records of async calls share with those of a compiler's coroutines (frame_calls.c). */
#ifndef RECOUNT_INSTRUMENT_CALLS_H
#define RECOUNT_INSTRUMENT_CALLS_H

#include "instrument/runtime.h"

/** The record at `key`, which may be an earlier call's. NULL: no room, which is counted. */
struct rf_call *rt_call_room(uint64_t key);
uint64_t rt_call_next_id(const struct rf_call *call);
/** The innermost frame becomes a slice of `call`, timed from now on. What lies above it in memory is cleared: the last
 * call that the slice makes will stand there when it ends, and says where it suspended. */
void rt_slice_begin(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t now);
/** Where the call waited, in this thread's own tree; NULL: that is not known. */
struct rf_await *rt_call_await_here(struct rt_thread *self, const struct rf_call *call, struct rf_node *logical);
/** Adds the wait from `since` to `now`: until it was ready it awaited, from there on it was queued. @return whether
 * there was one. */
bool rt_call_add_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t since,
                      uint64_t now);

/* ---- frame_calls.c ---- */

void rt_frame_slice_end(struct rt_thread *self, struct rf_call *call, const struct rf_frame *frame, uint64_t now);
/** The slice `frame` came to its end after its call had gone on elsewhere, or had ended. */
void rt_frame_slice_passed(struct rt_thread *self, const struct rf_frame *frame);

#endif
