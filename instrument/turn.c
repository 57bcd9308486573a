#include "instrument/turn.h"

#include "instrument/safe.h"

#define NOTES_BITS 10
#define PROBES 32u

/* Slices that were overtaken and have not come to their end, each as its call's id and its start: the call's record may
 * be another call's by then. */
static _Atomic uint64_t notes[1u << NOTES_BITS]; /* 0: free */

static uint64_t runs_since(uint64_t t0) {
    return rt_turn_waiting(t0) | RF_CALL_RUNS;
}

static uint64_t note_of(uint64_t id, uint64_t word) {
    uint64_t note = (id ^ word * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xC2B2AE3D27D4EB4F);
    return note ? note : 1;
}

static _Atomic uint64_t *place_of(uint64_t note, uint64_t probe) {
    return &notes[((note >> (64 - NOTES_BITS)) + probe) & ((1u << NOTES_BITS) - 1)];
}

static bool replace(uint64_t note, uint64_t before, uint64_t after) {
    for (uint64_t i = 0; i < PROBES; i++) {
        uint64_t there = before;
        if (atomic_compare_exchange_strong(place_of(note, i), &there, after))
            return true;
    }
    return false;
}

void rt_turn_begin(struct rf_call *call, const struct rf_frame *frame) {
    __atomic_store_n(&call->suspended, runs_since(frame->t0), __ATOMIC_SEQ_CST);
}

/* Noted before the turn is taken, since its holder looks for the note as soon as that is gone. */
uint64_t rt_turn_take(struct rf_call *call, uint64_t now) {
    uint64_t word = __atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST);
    uint64_t note = word & RF_CALL_RUNS ? note_of(call->id, word) : 0;
    bool noted = note && replace(note, 0, note);
    uint64_t taken = __atomic_exchange_n(&call->suspended, runs_since(now), __ATOMIC_SEQ_CST);
    if (taken == word && note && !noted)
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    if (taken != word && noted) /* it came to its end meanwhile */
        replace(note, note, 0);
    return taken & RF_CALL_RUNS ? 0 : taken;
}

bool rt_turn_leave(struct rf_call *call, const struct rf_frame *frame, uint64_t now) {
    uint64_t mine = runs_since(frame->t0);
    return __atomic_compare_exchange_n(&call->suspended, &mine, rt_turn_waiting(now), false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

uint64_t rt_turn_end(struct rf_call *call, bool *alive) {
    uint64_t taken = __atomic_exchange_n(&call->suspended, 0, __ATOMIC_SEQ_CST);
    *alive = taken;
    return taken & RF_CALL_RUNS ? 0 : taken;
}

bool rt_turn_is(const struct rf_call *call, const struct rf_frame *frame) {
    return __atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST) == runs_since(frame->t0);
}

void rt_turn_moved(struct rf_call *call, const struct rf_frame *frame, uint64_t before) {
    uint64_t was = runs_since(before);
    __atomic_compare_exchange_n(&call->suspended, &was, runs_since(frame->t0), false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
}

bool rt_turn_was_overtaken(const struct rf_frame *frame) {
    uint64_t note = note_of(frame->call & ~RF_CALL_ASYNC, runs_since(frame->t0));
    return replace(note, note, 0);
}
