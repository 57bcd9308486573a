#include "instrument/turn.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define NOTES_BITS 12
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
        _Atomic uint64_t *place = place_of(note, i);
        uint64_t there = atomic_load(place);
        if (there == before && atomic_compare_exchange_strong(place, &there, after))
            return true;
    }
    return false;
}

void rt_turn_begin(struct rf_call *call, const struct rf_frame *frame) {
    __atomic_store_n(&call->suspended, runs_since(frame->t0), __ATOMIC_SEQ_CST);
}

/* Noted before the turn is taken, since its holder looks for the note as soon as that is gone. Begun again when the
 * word has changed meanwhile: its holder has come to its end, or its start was moved, and a note is of one start. */
uint64_t rt_turn_take(struct rf_call *call, uint64_t now) {
    for (;;) {
        uint64_t word = __atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST);
        uint64_t note = word & RF_CALL_RUNS ? note_of(call->id, word) : 0;
        bool noted = note && replace(note, 0, note), full = note && !noted;
        if (__atomic_compare_exchange_n(&call->suspended, &word, runs_since(now), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            if (full)
                __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
            return note ? 0 : word;
        }
        if (noted)
            replace(note, note, 0);
    }
}

/* The place is of use in a turn that has not been taken alone, and nobody else changes it then. */
bool rt_turn_leave(struct rf_call *call, const struct rf_frame *frame, uint64_t now, struct rf_await *await) {
    uint64_t before[] = {(uint64_t)__atomic_load_n(&call->await, __ATOMIC_RELAXED), runs_since(frame->t0)};
    uint64_t after[] = {(uint64_t)await, rt_turn_waiting(now)};
    return rt_swap_two(&call->await, before, after);
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
    uint64_t was = runs_since(before), id = frame->call & ~RF_CALL_ASYNC, note = note_of(id, was);
    if (call->id == id && __atomic_compare_exchange_n(&call->suspended, &was, runs_since(frame->t0), false,
                                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    if (!replace(note, note, 0))
        return;
    note = note_of(id, runs_since(frame->t0));
    if (!replace(note, 0, note))
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
}

bool rt_turn_was_overtaken(const struct rf_frame *frame) {
    uint64_t note = note_of(frame->call & ~RF_CALL_ASYNC, runs_since(frame->t0));
    return replace(note, note, 0);
}

void rt_turns_forked(void) {
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (atomic_load(&notes[i]))
            atomic_store(&notes[i], 0);
}
