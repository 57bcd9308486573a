/*
 * The runtime's shared state and the inner interfaces between its rooms.
 *
 * Who writes what: a thread's rf_thread, stacks, frames, nodes and extras are written by that thread alone
 * (off_ns in a node: by the sampler alone). The process record and the coarse clock belong to the sampler's thread.
 * Lists that several threads add to (chunks, threads, calls) are lock-free and only ever grow. Everything here is
 * async-signal-safe and keeps errno unless it says otherwise.
 */
#ifndef RECOUNT_INSTRUMENT_RUNTIME_H
#define RECOUNT_INSTRUMENT_RUNTIME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/format.h"

#define RT_EXPORT __attribute__((visibility("default")))
/* The hooks and what they tail-call stand together; the tracer's other code follows (cmake/probe.ld), so that the
 * sampler can tell a sample inside the probe. */
#define RT_PROBE __attribute__((section("recount_probe")))
#define RT_SLOW __attribute__((section("recount_probe"), noinline, cold))
#define rt_likely(x) __builtin_expect(!!(x), 1)
#define rt_unlikely(x) __builtin_expect(!!(x), 0)

/* ---- The file (arena.c) ---- */

/** A growing array of records in the file: chunk after chunk, each twice the last. One adds at a time or many. */
struct rt_pool {
    struct rf_chunk *chunk, *spare;
    uint32_t kind;
    uint32_t record;
    uint32_t thread;
    uint32_t records_next; /* in the next chunk */
    uint32_t records_most;
};

/** Maps the profile at `path`, makes it where there is none. False: not to be had (rt.why says why). */
bool rt_arena_open(const char *path);
/** A new chunk with room for `payload` bytes, zeroed; NULL when the file is full or the disk is. */
struct rf_chunk *rt_chunk_new(uint32_t kind, uint32_t thread, size_t payload);
/** A zeroed record, or NULL. */
void *rt_pool_take(struct rt_pool *pool);

static inline void *rt_payload(struct rf_chunk *chunk) {
    return chunk + 1;
}

/* ---- memory.c ---- */

/** No cancellation in between: our system calls are no points where the host expects it. */
int rt_cancel_off(void);
void rt_cancel_restore(int state);
/** Private zeroed memory that is not part of the file; NULL when there is none. */
void *rt_pages(size_t bytes);
void rt_pages_free(void *pages, size_t bytes);
/** Reads `words` words of own memory that may be gone. */
bool rt_read_safely(uint64_t address, uint64_t *to, int words);
struct rt_mapping {
    uint64_t lo, hi;
    bool main_stack, executable;
};
/** The mapping that holds `address`, from /proc/self/maps. */
bool rt_mapping_of(uint64_t address, struct rt_mapping *mapping);

/* ---- State ---- */

enum rt_state { RT_UNKNOWN = 0, RT_ACTIVE = 1, RT_OFF = 2 };

/* An allocation that may be a coroutine's frame (made.c): times in ticks. */
struct rt_made {
    uint64_t address;
    struct rf_node *maker; /* the context it was made in */
    uint64_t code;         /* the return address of the allocating call */
    uint64_t begin, left;  /* when it was made, and when the call that made it returned, as far as known */
};
/* An open call that allocated such an object: perhaps its ramp. */
struct rt_ramp {
    const struct rf_frame *frame;
    uint64_t call; /* the frame's then */
    uint64_t address, begin;
};
/* An open slice of an async call: the context that it was entered in. The call's own record may tell of a later slice
 * already, that another thread began before this one came to its end. */
struct rt_slice {
    const struct rf_frame *frame;
    struct rf_node *physical;
    uint64_t off_before_ns; /* the thread's off_ns then */
};
#define RT_SLICES 12
#define RT_MADE_BITS 5
#define RT_RAMPS 8

struct rt_table;  /* tree.c: a hash of nodes behind the inline caches */
struct rt_trials; /* trial.c: functions that may be protothreads */

/** A thread slot: the shared record and what only the runtime needs. */
struct rt_thread {
    struct rf_thread shared; /* first: the hooks use it through this struct */
    struct rt_table *table;
    struct rt_table *awaits;
    struct rt_table *replaced; /* the last one that was outgrown */
    struct rf_node *lost;
    struct rf_stack *own;      /* the thread's, as the kernel made it */
    struct rf_stack *expected; /* announced without bounds: the next unknown stack is this one */
    uint64_t switch_site;      /* who announced a switch last */
    struct rt_pool nodes, extras, await_pool;
    /* the frame that a destroying clone was last entered for, and that entry */
    uint64_t destroying, destroyer_call;
    struct rf_node *destroyer;
    uint32_t handlers;  /* signal handlers whose first call is open: the frames must not move under them */
    uint32_t growing;   /* the table is being replaced: a handler's hook must not replace it too */
    uint32_t moving;    /* the frames are: a handler's hook does without */
    uint32_t switching; /* from one stack to another: likewise */
    struct rt_trials *trials;
    uint32_t watching;                       /* entries on trial that are open: their exits are looked at, too */
    uint32_t trying;                         /* the trials are being changed: a handler's hook keeps away */
    struct rt_made made[1u << RT_MADE_BITS]; /* made.c: latest allocations, by address; other threads read them */
    struct rt_ramp ramps[RT_RAMPS];
    struct rt_slice slices[RT_SLICES]; /* the innermost ones, the last one innermost */
    uint32_t n_ramps, n_slices;
};
static_assert(sizeof(struct rt_thread) <= RF_PAGE - sizeof(struct rf_chunk), "a slot is one page");

struct rt {
    _Atomic int state; /* enum rt_state */
    int fd;
    struct rf_header *file;
    char *base;
    uint64_t mapped;
    struct rf_process *process;
    _Atomic(struct rf_thread *) threads;      /* all slots, newest first */
    _Atomic(struct rf_thread *) free_threads; /* low 6 bits: a tag against ABA */
    _Atomic uint32_t thread_ordinals;
    struct rt_pool calls;
    struct rt_pool stalls;
    struct rt_pool fibers;
    struct rt_pool identities;
    uint64_t long_ticks;  /* a timed call above this keeps being timed: the clock is cheap against it */
    uint64_t stall_ticks; /* a slice or a queue shorter than this is no stall */
    enum rf_timestamps timestamps;
    bool asleep;     /* in this run no hook counts, on no thread */
    const char *why; /* it does not record; with errno then */
    int error;
};

extern struct rt rt;
extern uint64_t rt_coarse;        /* the coarse clock: low bit 1; moved by the sampler about once a millisecond */
extern uint64_t rt_coarse_before; /* where it stood before its last move; stored before that */
extern __thread struct rt_thread *rt_self __attribute__((tls_model("initial-exec")));
extern struct rt_thread rt_nobody; /* what rt_self points to before the first hook of a thread */

/* ---- start.c ---- */

/** Opens the profile named by $RECOUNT, once. */
bool rt_start(void);
/** Makes this process's own record in the open file; at start, and again in a forked child. */
bool rt_process_begin(uint32_t forked_from);
/** Whether the executable holds a runtime of its own, so that this one must stay still (other.c). */
bool rt_other_runtime(void);
/** CLOCK_MONOTONIC. */
uint64_t rt_mono_ns(void);
/** A line for the report about what could not be had; the first one stays. */
void rt_fail(const char *what);

/* ---- thread.c ---- */

/** Gives the calling thread a slot; rt_nobody when there is none to be had. */
struct rt_thread *rt_thread_attach(void);
/** A slot for a thread that no hook has run on, for the sampler's figures; NULL when there is no room. */
struct rt_thread *rt_thread_watch(uint32_t tid);
/** The watched thread has gone, or has a slot of its own now. */
void rt_thread_unwatch(struct rt_thread *slot);
/** Makes threads' ends known. Once, from the constructor: not async-signal-safe. */
void rt_threads_init(void);
/** Closes the calling thread's open calls and gives its slot back. */
void rt_thread_end(void *slot);
/** Before a fork: keeps what the calling thread has open. After it, in both: lets that go. */
void rt_thread_before_fork(void);
void rt_thread_forked(void);
/** In a forked child: the calling thread, with the same calls open, in a new process record. */
void rt_thread_after_fork(void);
/** Room for twice the frames; false when there is none. */
bool rt_frames_grow(struct rt_thread *self);

/* ---- tree.c ---- */

/** The node that stands for a context as a parent. */
static inline struct rf_node *rt_home(struct rf_node *node) {
    return node->flags & RF_NODE_SITE ? node->parent : node;
}
/** The context that a node's calls were made from; NULL: it is a root. */
static inline struct rf_node *rt_node_parent(const struct rf_node *node) {
    return node->flags & RF_NODE_SITE ? node->parent->parent : node->parent;
}
/** The context (parent, fn, cs), made if new. Never NULL: the thread's lost node stands in where there is no room. */
struct rf_node *rt_node_get(struct rt_thread *self, struct rf_node *parent, uint64_t fn, uint64_t cs, uint16_t flags);
struct rf_node *rt_node_new(struct rt_thread *self, struct rf_node *parent, uint64_t fn, uint64_t cs, uint16_t flags);
/** The same path in `self`'s own tree. */
struct rf_node *rt_node_mirror(struct rt_thread *self, struct rf_node *node);
/** NULL when there is no room. */
struct rf_extra *rt_extra_get(struct rt_thread *self, struct rf_node *node);
/** The await point `site` of `node`; filled in by the caller when its count of openings is 0. NULL: no room. */
struct rf_await *rt_await_get(struct rt_thread *self, struct rf_node *node, uint64_t site);
extern struct rf_node rt_nil;

/* ---- frames.c ---- */

struct rt_registers;

/** Every entry that the hook's fast path does not know, with what it found at its own entry (entry.c). */
void rt_enter_slow(uint64_t fn, uint64_t cs, uint64_t sp, const struct rt_registers *registers, uint64_t hook_return);
void rt_exit_slow(uint64_t fn, uint64_t cs, uint64_t sp);
/** Gives the innermost call, just opened, a time stamp, and decides which entry of its context gets the next one. */
void rt_time_top(struct rt_thread *self);
/** Opens a call of `node`, with a time stamp if it is the node's turn. */
struct rf_frame *rt_push(struct rt_thread *self, struct rf_node *node, uint64_t sp);
/** Closes the innermost call at `now`: pops it and adds its time to its context. */
void rt_close_top(struct rt_thread *self, uint64_t now);
/** Closes the innermost call, whose exit never came. */
void rt_close_lost(struct rt_thread *self, uint64_t now);

/** From a frame's start to `now`, on the clock that the start was read from; 0 where `now` was read before a switch
 * that moved the start. */
static inline uint64_t rt_elapsed(uint64_t t0, uint64_t now) {
    uint64_t start = t0 & ~(uint64_t)3, end = t0 & 1 ? rt_coarse : now;
    return end > start ? end - start : 0;
}

/** The call that `frame`'s was made in; the stack's root when there is none. Steps over a handler's marker and the slot
 * below it, which holds no call. */
static inline struct rf_frame *rt_outer(const struct rt_thread *self, const struct rf_stack *stack,
                                        const struct rf_frame *frame) {
    uint64_t at = (uint64_t)(frame - stack->frames) - 1;
    while (at > 0 && stack->frames[at].node == self->shared.signal_root)
        at = stack->frames[at].call < at ? stack->frames[at].call : 0;
    return stack->frames + at;
}

/** The innermost call that is open; the stack's root when there is none. */
static inline struct rf_frame *rt_innermost(const struct rt_thread *self, const struct rf_stack *stack,
                                            const struct rf_frame *top) {
    return top->node == self->shared.signal_root ? rt_outer(self, stack, top + 1) : (struct rf_frame *)top;
}

/** Whether `frame` is the marker of a callback that runs (links.c). A handler's has an odd stack pointer. */
static inline bool rt_is_link(const struct rt_thread *self, const struct rf_frame *frame) {
    return frame->node == self->shared.signal_root && !(frame->sp & 1);
}

/* ---- places.c ---- */

/** A stack other than `but` that covers some of [lo, hi). Fibers' stacks, of all threads. */
struct rf_stack *rt_place_find(uint64_t lo, uint64_t hi, const struct rf_stack *but);
/** Makes `stack` known for [lo, hi). False: some of it is not found there, for want of memory or of room in a page. */
bool rt_place_add(struct rf_stack *stack, uint64_t lo, uint64_t hi);
void rt_place_remove(const struct rf_stack *stack);
/** Forgets all: in a forked child, and before its first thread is known. */
void rt_places_reset(void);

/* ---- retire.c ---- */

/** The code at [lo, hi) is gone; what the process's trees know of it is marked with its load's number. One thread at a
 * time. */
void rt_code_gone(uint64_t lo, uint64_t hi, uint32_t generation);

/* ---- stacks.c ---- */

/** Whether the stack that the calling thread was last seen on is its to run: another may have resumed it since. */
static inline bool rt_stack_is_mine(const struct rt_thread *self) {
    return __atomic_load_n(&self->shared.stack->owner, __ATOMIC_RELAXED) == &self->shared;
}
/** The stack of the calling thread that holds `sp`, where a call from `cs` (0: none) was seen; made when it is on one
 * that was never seen. NULL: no room. */
struct rf_stack *rt_stack_of(struct rt_thread *self, uint64_t sp, uint64_t cs);
/** Makes `to` the running stack and closes the books on the present one. `from_code`: who switched, or 0. */
void rt_stack_switch(struct rt_thread *self, struct rf_stack *to, uint64_t from_code);
/** The calling context makes a fiber that will start afresh on [lo, hi). NULL: no room. */
struct rf_stack *rt_stack_made(struct rt_thread *self, uint64_t lo, uint64_t hi);
/** The calling context makes a fiber whose stack nobody tells. NULL: no room. */
struct rf_stack *rt_stack_expect(struct rt_thread *self);
/** The bounds of a stack that was guessed. */
void rt_stack_known(struct rf_stack *stack, uint64_t lo, uint64_t hi);
/** A fiber has ended, wherever its stack was; unless it runs. */
void rt_stack_gone(struct rt_thread *self, struct rf_stack *stack);
/** A thread's own stack, without bounds yet. NULL: no room. */
struct rf_stack *rt_stack_own(struct rt_thread *self);
/* ---- calls.c ---- */

/** Ends or suspends the async call whose slice leaves; `frame` is still open. */
void rt_call_slice_end(struct rt_thread *self, struct rf_frame *frame, uint64_t now);
void rt_calls_reset(void);
struct rf_call *rt_call_by_id(uint64_t id);
struct rf_call *rt_call_find(uint64_t key);
/** Where a frame was entered: one that is a slice already, of a callback linked to where it was registered, has been
 * moved to another context. */
static inline struct rf_node *rt_entered_at(const struct rf_frame *frame) {
    const struct rf_call *before = frame->call & RF_CALL_ASYNC ? rt_call_by_id(frame->call & ~RF_CALL_ASYNC) : NULL;
    return before && before->flags & RF_CALL_LINKED && before->id == (frame->call & ~RF_CALL_ASYNC) ? before->physical
                                                                                                    : frame->node;
}
/** The innermost frame begins the call at `key`, whose logical context is `logical` (often the frame's own node);
 * `flags`: RF_CALL_. */
struct rf_call *rt_call_begin(struct rt_thread *self, uint64_t key, struct rf_node *logical, uint32_t flags);
/** A call at `key` that began in `logical` before anybody knew that it was one, and is suspended. NULL: no room. */
struct rf_call *rt_call_adopt(struct rt_thread *self, uint64_t key, struct rf_node *logical);
/** The innermost frame resumes the suspended `call`: from here on it belongs to the call's logical context. Its
 * wait was over at `entered`. */
void rt_call_resume(struct rt_thread *self, struct rf_call *call, uint64_t entered);
/** A slice's start was moved, from `before`: its native stack stood still. */
void rt_call_slice_moved(const struct rf_frame *frame, uint64_t before);
/** The async call whose slice the innermost frames run in; NULL: none. */
struct rf_call *rt_call_running(struct rt_thread *self);

/* ---- frame_calls.c ---- */

/** A call by a frame of `resume_fn` that has begun and not ended: it runs or is suspended. Accepts NULL. */
bool rt_frame_is_alive(const struct rf_call *call, uint64_t resume_fn);
/** As rt_call_resume, of a call that is alive by its frame; the thread that it left may be on its way out yet. */
void rt_frame_resume(struct rt_thread *self, struct rf_call *call, uint64_t entered);
/** A coroutine's frame was allocated: a call that has not run. What lived at its address before has gone. */
struct rf_call *rt_call_made(struct rt_thread *self, const struct rt_made *made);
/** The innermost frame, an entry of `fn`, starts the made `call`, whose logical context lies below its maker's. Returns
 * that, or NULL: no room. `waited_until` 0: it had not suspended before. */
struct rf_node *rt_call_start(struct rt_thread *self, struct rf_call *call, uint64_t fn, uint64_t waited_until);
/** The call has ended, unseen: its memory is another object's now. Accepts NULL. */
void rt_call_gone(struct rt_thread *self, struct rf_call *call);
/** The call's frame is being destroyed by the innermost frame, an entry of `fn`. */
void rt_call_destroyed(struct rt_thread *self, struct rf_call *call, uint64_t fn);
/** What made `call` at `begin` has returned: the coroutine has suspended for the first time. */
void rt_call_left_by_ramp(struct rf_call *call, uint64_t begin, uint64_t now);

/* ---- made.c: which call of which function made a coroutine's frame ---- */

/** The made call at `address`, from what any thread's latest allocations tell; NULL: it was not seen. */
struct rf_call *rt_made_find(struct rt_thread *self, uint64_t address);
/** A call that was made at `code` runs, or is gone. */
void rt_made_ran(uint64_t code);
/** The code in [lo, hi) is gone: what comes there is learnt about afresh. */
void rt_sites_gone(uint64_t lo, uint64_t hi);
/** The innermost call is the one that allocated `address`, and the first thing that it allocated. */
bool rt_ramp_open(const struct rt_thread *self, uint64_t address);
/** The innermost call, `frame`, closes. */
void rt_ramp_left(struct rt_thread *self, const struct rf_frame *frame, uint64_t now);

/* ---- told.c: what recount/recount.h declares ---- */

struct recount_await;
/** Fills in an await point told by hand. */
void rt_await_describe(struct rf_await *await, const struct recount_await *at);

/* ---- stalls.c ---- */

/** The slice `frame` has ended after `ticks`; for `off_ns` its thread was seen off the CPU. `await`: where it had been
 * suspended before, NULL: not known. */
void rt_stall_slice(struct rt_thread *self, const struct rf_frame *frame, uint64_t ticks, uint64_t off_ns,
                    struct rf_await *await);
/** `call` was ready for `ticks` before it was resumed. */
void rt_stall_late(struct rt_thread *self, const struct rf_call *call, struct rf_node *node, uint64_t ready,
                   uint64_t ticks);

/* ---- calibrate.c ---- */

/** Prices an untimed and a timed entry with its exit, in picoseconds, on memory of its own. */
void rt_calibrate(struct rf_process *process);

/* ---- argument.c ---- */

struct rt_registers { /* the callee-saved registers of the hooked function, as rt_enter_entry stores them */
    uint64_t rbx, rbp, r12, r13, r14, r15;
};
/** The first argument of the function that called the hook, if its prologue kept it where it can still be read.
 * `hook_return` is the hook's own return address. */
bool rt_first_argument(uint64_t fn, uint64_t hook_return, uint64_t sp, const struct rt_registers *registers,
                       uint64_t *value);

/* ---- coroutine.c: C++20 frames, known by their first words ---- */

/** What a slow entry of `fn` is to a coroutine, and its frame. `hook_return` is the hook's own return address;
 * `known`: the context has been found to be a clone's before. */
enum rt_coroutine { RT_PLAIN, RT_RESUMED, RT_DESTROYED };
enum rt_coroutine rt_coroutine_look(uint64_t fn, uint64_t hook_return, uint64_t sp,
                                    const struct rt_registers *registers, bool known, uint64_t *frame);
/** Opens an entry of a coroutine clone found by rt_coroutine_look, whose hook began at `entered`. */
void rt_coroutine_enter(struct rt_thread *self, enum rt_coroutine what, struct rf_node *node, uint64_t sp,
                        uint64_t frame, uint64_t entered);

/* ---- protothread.c: functions that keep where they go on in a word behind their first argument ---- */

void rt_protothreads_reset(void);
/** What is known of the functions at [lo, hi) is known no more. */
void rt_protothreads_gone(uint64_t lo, uint64_t hi);
/** A slow entry of a function that is new in this context, or watched. True: it has been opened; false: it is a call
 * as any other. */
bool rt_protothread_enter(struct rt_thread *self, struct rf_node *node, uint64_t hook_return, uint64_t sp,
                          const struct rt_registers *registers);
/** The slice of a call known by its state word has left. */
void rt_protothread_left(struct rt_thread *self, struct rf_call *call, struct rf_node *logical);
/** The function tells of its calls itself. */
void rt_protothread_dismiss(struct rt_thread *self, struct rf_node *node);

/* ---- trial.c ---- */

/** The entry `call` of `node` that is on trial may have left. */
void rt_trial_left(struct rt_thread *self, struct rf_node *node, uint64_t call, uint64_t now);

#endif
