/*
 * Whose turn it is: one word says whether a coroutine that a compiler made runs or is suspended, and since when
 * (rf_call.suspended, with RF_CALL_FRAME). Another thread may resume, end or destroy the coroutine while the thread
 * that it left is still on its way out, so each change is one atomic exchange, and one of the two sees that the other
 * was first. Where it is suspended goes with the word, in the same exchange: a thread that comes late changes neither.
 * Async-signal-safe, no locks.
 *
 * In sequentially consistent order: a turn's word, and the notes of turns that were taken before their holder said so.
 */
#ifndef RECOUNT_INSTRUMENT_TURN_H
#define RECOUNT_INSTRUMENT_TURN_H

#include "instrument/runtime.h"

/** The word of a coroutine that is suspended since `ticks`. */
static inline uint64_t rt_turn_waiting(uint64_t ticks) {
    return ticks & ~(uint64_t)3;
}
/** The slice `frame` of `call` begins. By its holder: nobody else resumes it before it has left. */
void rt_turn_begin(struct rf_call *call, const struct rf_frame *frame);
/** Takes the turn of a suspended `call`. @return since when it was suspended, in ticks; 0: the thread that it left has
 * not told, and finds a note of that, nor has it said where. */
uint64_t rt_turn_take(struct rf_call *call, uint64_t now);
/** The slice `frame` of `call` is over: the coroutine is suspended since `now` at `await`, which may be NULL, or has
 * ended (`now` 0). @return false: it was another's turn already, and nothing was changed. */
bool rt_turn_leave(struct rf_call *call, const struct rf_frame *frame, uint64_t now, struct rf_await *await);
/** Ends it, whosever turn it was. @return since when it was suspended; 0: it was not. `alive`: it had not ended. */
uint64_t rt_turn_end(struct rf_call *call, bool *alive);
/** It was the turn of the slice `frame` just now. */
bool rt_turn_is(const struct rf_call *call, const struct rf_frame *frame);
/** The start of the slice was moved from `before`; `call`, whose record it was, may be another by now. */
void rt_turn_moved(struct rf_call *call, const struct rf_frame *frame, uint64_t before);
/** Whether the slice `frame` was left by a suspension that another thread had ended by then. True once. */
bool rt_turn_was_overtaken(const struct rf_frame *frame);
/** In the child of a fork, where slices of other threads never come to their end. */
void rt_turns_forked(void);

#endif
