/*
 * Threads and their slots. A slot outlives its thread and serves the next one, with its tree: what a profile holds
 * grows with the threads alive at one time, not with how many there were.
 */
#include "instrument/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"

#include "instrument/safe.h"

#define TAG_MASK UINT64_C(0x3f) /* slots lie 64 bytes into a page */
#define MAIN_STACK_MOST (UINT64_C(1) << 30)

static struct rf_frame nobody_frames[8] = {{.node = &rt_nil, .sp = UINT64_MAX}};
static struct rf_stack nobody_stack = {.frames = nobody_frames, .hi = UINT64_MAX};

/* No child of rt_nil matches: every hook of a thread without a slot takes the slow path. */
struct rt_thread rt_nobody = {.shared = {.top = nobody_frames, .limit = nobody_frames, .stack = &nobody_stack}};

static pthread_key_t at_end;
static _Atomic int at_end_made;

/* ---- slots ---- */

static struct rt_thread *take_free(void) {
    uint64_t head = (uint64_t)atomic_load_explicit(&rt.free_threads, memory_order_acquire);
    while (head & ~TAG_MASK) {
        struct rf_thread *slot = (struct rf_thread *)(head & ~TAG_MASK);
        uint64_t next = (uint64_t)slot->next_free | ((head + 1) & TAG_MASK);
        struct rf_thread *expected = (struct rf_thread *)head;
        if (atomic_compare_exchange_weak_explicit(&rt.free_threads, &expected, (struct rf_thread *)next,
                                                  memory_order_acq_rel, memory_order_acquire))
            return (struct rt_thread *)slot;
        head = (uint64_t)expected;
    }
    return NULL;
}

static void give_free(struct rf_thread *slot) {
    struct rf_thread *head = atomic_load_explicit(&rt.free_threads, memory_order_relaxed);
    struct rf_thread *tagged;
    do {
        slot->next_free = (struct rf_thread *)((uint64_t)head & ~TAG_MASK);
        tagged = (struct rf_thread *)((uint64_t)slot | (((uint64_t)head + 1) & TAG_MASK));
    } while (!atomic_compare_exchange_weak_explicit(&rt.free_threads, &head, tagged, memory_order_release,
                                                    memory_order_relaxed));
}

static struct rt_pool pool_of(uint32_t kind, size_t record, uint32_t thread, uint32_t first, uint32_t most) {
    return (struct rt_pool){
        .kind = kind, .record = (uint32_t)record, .thread = thread, .records_next = first, .records_most = most};
}

static struct rt_thread *make_slot(void) {
    uint32_t ordinal = atomic_fetch_add_explicit(&rt.thread_ordinals, 1, memory_order_relaxed);
    struct rf_chunk *chunk = rt_chunk_new(RF_THREAD, ordinal, sizeof(struct rt_thread));
    if (!chunk)
        return NULL;
    struct rt_thread *self = rt_payload(chunk);
    self->shared.ordinal = ordinal;
    self->shared.random = rt_ticks() * 2 + 1;
    self->nodes = pool_of(RF_NODES, sizeof(struct rf_node), ordinal, 126, 8190);
    self->extras = pool_of(RF_EXTRAS, sizeof(struct rf_extra), ordinal, 31, 2047);
    self->await_pool = pool_of(RF_AWAITS, sizeof(struct rf_await), ordinal, 15, 255);
    self->shared.root = rt_node_new(self, NULL, 0, 0, RF_NODE_ROOT);
    self->shared.signal_root = rt_node_new(self, NULL, 0, 0, RF_NODE_ROOT | RF_NODE_SIGNAL);
    self->lost = rt_node_new(self, self->shared.root, 0, 0, RF_NODE_LOST);
    struct rf_stack *stack = self->lost ? rt_stack_own(self) : NULL;
    if (!stack)
        return NULL;
    self->own = stack;
    self->shared.stack = stack;
    self->shared.top = stack->frames;
    self->shared.limit = stack->limit;
    chunk->used = sizeof(struct rf_thread);
    struct rf_thread *head = atomic_load_explicit(&rt.threads, memory_order_relaxed);
    do
        self->shared.next = head;
    while (!atomic_compare_exchange_weak_explicit(&rt.threads, &head, &self->shared, memory_order_release,
                                                  memory_order_relaxed));
    return self;
}

/* An address on the calling thread's own stack, wherever it runs at present: of the main thread, what the kernel put
 * there (getauxval(3)); of any other its descriptor, which lies at its stack's high end. */
static uint64_t own_address(uint32_t tid) {
    return tid == rt.process->pid ? (uint64_t)getauxval(AT_RANDOM) : (uint64_t)pthread_self();
}

/* The kernel says where a thread's stack is mapped; the main thread's may grow to its limit. What is mapped behind
 * another one's descriptor is no part of it. */
static void set_bounds(struct rf_stack *stack, uint32_t tid) {
    uint64_t there = own_address(tid), guess = UINT64_C(64) << 10;
    struct rt_mapping mapping;
    stack->exact = rt_mapping_of(there, &mapping);
    if (!stack->exact) {
        there = (uint64_t)__builtin_frame_address(0);
        mapping = (struct rt_mapping){.lo = there - guess, .hi = there + guess};
    } else if (mapping.main_stack) {
        struct rlimit limit;
        bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < MAIN_STACK_MOST;
        uint64_t most = known ? limit.rlim_cur : MAIN_STACK_MOST;
        mapping.lo = mapping.hi > most ? mapping.hi - most : 1;
    } else {
        mapping.hi = there;
    }
    stack->lo = mapping.lo;
    stack->hi = mapping.hi;
}

static void begin_life(struct rt_thread *self) {
    struct rf_thread *shared = &self->shared;
    struct rf_stack *stack = shared->stack;
    shared->tid = (uint32_t)syscall(SYS_gettid);
    set_bounds(stack, shared->tid);
    shared->lo = stack->lo;
    shared->start = rt_ticks();
    shared->lives++;
    shared->traced = 1;
    rt.process->tracer_off = 0;
    prctl(PR_GET_NAME, shared->name, 0, 0, 0);
    __atomic_fetch_add(&rt.process->threads_started, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&shared->alive, 1, __ATOMIC_RELEASE); /* the sampler may look from here on */
}

struct rt_thread *rt_thread_attach(void) {
    if (rt.asleep)
        return &rt_nobody;
    sigset_t all, before;
    int saved = errno, cancel = rt_cancel_off();
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* a handler's hook must not attach the same thread twice */
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody) {
        self = take_free();
        if (!self)
            self = make_slot();
        if (self) {
            begin_life(self);
            rt_self = self;
            if (atomic_load_explicit(&at_end_made, memory_order_acquire))
                pthread_setspecific(at_end, self);
        } else {
            __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
            self = &rt_nobody;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    rt_cancel_restore(cancel);
    errno = saved;
    return self;
}

struct rt_thread *rt_thread_watch(uint32_t tid) {
    struct rt_thread *slot = take_free();
    if (!slot)
        slot = make_slot();
    if (!slot)
        return NULL;
    slot->shared.tid = tid;
    slot->shared.start = rt_ticks();
    slot->shared.lives++;
    slot->shared.traced = 0;
    __atomic_store_n(&slot->shared.alive, 1, __ATOMIC_RELEASE);
    return slot;
}

void rt_thread_unwatch(struct rt_thread *slot) {
    slot->shared.end = rt_ticks();
    __atomic_store_n(&slot->shared.alive, 0, __ATOMIC_RELEASE);
    give_free(&slot->shared);
}

/* The sampler looks now and then: a short thread may never have been seen. */
static void note_life(struct rf_thread *shared) {
    struct timespec cpu;
    shared->lived_ticks += shared->end - shared->start;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu) == 0)
        shared->lived_cpu_ns += (uint64_t)cpu.tv_sec * UINT64_C(1000000000) + (uint64_t)cpu.tv_nsec;
}

/* A fiber that was left since the last hook stays as it is: suspended, or another thread's by now. */
static void find_own_place(struct rt_thread *self) {
    struct rf_stack *here = rt_stack_of(self, (uint64_t)__builtin_frame_address(0), 0);
    if (here)
        rt_stack_switch(self, here, 0);
}

/* pthread_exit and cancellation skip the exits of what was open: the thread's end closes them, none is lost. */
void rt_thread_end(void *slot) {
    struct rt_thread *self = slot;
    sigset_t all, before;
    if (rt_self != self)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    find_own_place(self);
    uint64_t now = rt_ticks();
    do { /* on a fiber: its calls end here, and what the thread's own stack has open */
        while (self->shared.top > self->shared.stack->frames)
            rt_close_top(self, now);
        rt_stack_switch(self, self->own, 0);
    } while (self->shared.top > self->own->frames);
    self->expected = NULL;
    self->shared.end = now;
    note_life(&self->shared);
    rt_self = &rt_nobody;
    __atomic_store_n(&self->shared.alive, 0, __ATOMIC_RELEASE);
    give_free(&self->shared);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void rt_threads_init(void) {
    if (pthread_key_create(&at_end, rt_thread_end) == 0)
        atomic_store_explicit(&at_end_made, 1, memory_order_release);
    if (rt_self != &rt_nobody && at_end_made)
        pthread_setspecific(at_end, rt_self);
}

/* ---- fork ---- */

/* The calls open at a fork, copied before it: the file is shared, and the parent goes on writing its own. */
static struct {
    struct rf_frame *frames;
    size_t count, bytes;
    struct rf_stack stack;
} at_fork;

void rt_thread_before_fork(void) {
    const struct rt_thread *self = rt_self;
    at_fork.count = 0;
    if (self == &rt_nobody)
        return;
    at_fork.stack = *self->shared.stack;
    const struct rf_stack *stack = &at_fork.stack;
    size_t count = 0;
    struct rf_frame *innermost = rt_innermost(self, stack, self->shared.top);
    for (struct rf_frame *frame = innermost; frame > stack->frames; frame = rt_outer(self, stack, frame))
        count++;
    at_fork.bytes = (count + 1) * sizeof *at_fork.frames;
    at_fork.frames = rt_pages(at_fork.bytes);
    if (!at_fork.frames)
        return;
    at_fork.count = count;
    for (struct rf_frame *frame = innermost; count; frame = rt_outer(self, stack, frame))
        at_fork.frames[--count] = *frame;
}

void rt_thread_forked(void) {
    if (at_fork.frames)
        rt_pages_free(at_fork.frames, at_fork.bytes);
    at_fork.frames = NULL;
}

/* The child's copy of the thread stands in the same calls, but they were entered, and are counted, in the parent. */
void rt_thread_after_fork(void) {
    rt_self = &rt_nobody;
    struct rt_thread *self = rt_thread_attach();
    if (self == &rt_nobody)
        return;
    self->shared.stack->lo = self->shared.lo = at_fork.stack.lo;
    self->shared.stack->hi = at_fork.stack.hi;
    self->shared.stack->exact = at_fork.stack.exact;
    for (size_t i = 0; i < at_fork.count; i++) {
        const struct rf_frame *frame = &at_fork.frames[i];
        if (self->shared.top >= self->shared.limit && !rt_frames_grow(self))
            return;
        if (frame->node->flags & (RF_NODE_LOST | RF_NODE_ROOT))
            return;
        struct rf_node *node = rt_node_get(self, self->shared.top->node, frame->node->fn, frame->node->cs,
                                           frame->node->flags & (uint16_t) ~(RF_NODE_SITE | RF_NODE_SIGNAL));
        self->shared.top[1] = (struct rf_frame){
            .node = node, .sp = frame->sp, .t0 = rt_ticks() | 2, .call = RF_CALL_INHERITED | (node == self->lost)};
        self->shared.top++;
    }
}
