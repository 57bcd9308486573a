/*
 * What the three files about protothreads share. A function begins on trial (trial.c): its first entries on each thread
 * are kept in a journal, and once the journal and the function's code (evidence.c) show a state word, it is known
 * (protothread.c). All of it runs in the target's slow path: async-signal-safe, no lock.
 */
#ifndef RECOUNT_INSTRUMENT_PROTOTHREAD_H
#define RECOUNT_INSTRUMENT_PROTOTHREAD_H

#include "instrument/runtime.h"

#define RT_OBJECT_WORDS 8   /* how much of an object is looked at */
#define RT_LINE_LEAST 8u    /* a smaller number is no line */
#define RT_LINE_MOST 60000u /* nor is a larger one, such as -1 */
#define RT_CODE_MOST 0x4000 /* of a function's code that is looked at */
#define RT_QUIET_MOST 8     /* entries in which no word changed as a state does */
#define RT_STEPS_MOST 128   /* entries from the first on that did */

/* One entry on trial: what the object held when it came and when it left. */
struct rt_step {
    struct rf_node *node;
    uint64_t object;
    uint64_t in_at, out_at; /* ticks */
    uint64_t in[RT_OBJECT_WORDS], out[RT_OBJECT_WORDS];
};

/* The entries of one function on one thread, in their order. */
struct rt_journal {
    uint64_t fn;
    struct rf_node *quiet[RT_QUIET_MOST]; /* calls that began and ended in one entry */
    uint32_t n_quiet, n_steps;
    uint32_t taken;
    uint32_t asked; /* bit i: the code was asked about the one state at 2 i, and left it open */
    struct rt_step steps[RT_STEPS_MOST];
};

/* Where a state word may be. */
struct rt_place {
    uint32_t offset, width; /* 2 or 8 bytes */
};

static inline uint64_t rt_state_in(const uint64_t *object, struct rt_place place) {
    uint64_t state = 0;
    __builtin_memcpy(&state, (const char *)object + place.offset, place.width);
    return state;
}

/* ---- protothread.c ---- */

enum rt_verdict { RT_UNDECIDED, RT_NO_PROTOTHREAD, RT_PROTOTHREAD };
enum rt_verdict rt_verdict_of(uint64_t fn, struct rf_identity **identity);
/** The function is as any other. A verdict is never changed. */
void rt_verdict_no(uint64_t fn);
/** From now on the function is known by the word at `place`. */
void rt_verdict_yes(uint64_t fn, struct rt_place place);
/** The lowest function above `fn` that has a verdict; UINT64_MAX: none. */
uint64_t rt_function_above(uint64_t fn);
/** Books the entries of a journal as the calls and resumes that they were. */
void rt_protothread_settle(struct rt_thread *self, const struct rt_journal *journal, struct rf_identity *identity);

/* ---- trial.c ---- */

/** Opens an entry of a function on trial. False: it is off trial, and the entry a call as any other. */
bool rt_trial_enter(struct rt_thread *self, struct rf_node *node, uint64_t sp, uint64_t object);
/** Ends the function's trial on this thread; its journal is settled if it is known by now. */
void rt_trial_end(struct rt_thread *self, uint64_t fn);

/* ---- evidence.c ---- */

/** Whether the journal shows a state word at `place`, and, of numbers, the function's code agrees. */
enum rt_finding { RT_NOT_YET, RT_NEVER, RT_FOUND };
enum rt_finding rt_evidence(struct rt_journal *journal, struct rt_place place);

#endif
