/*
 * Native stacks. Each has a shadow stack of its own; a hook whose stack pointer leaves the running one's bounds has
 * found a switch. Bounds of threads' stacks come from the kernel, of ucontext fibers from makecontext (switch.c), of
 * any other from where they were first seen, growing downwards as they are used.
 *
 * A suspended stack's open calls stand still: at the switch back, the time in between is moved from their wall time to
 * their contexts' awaiting time.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define FRAMES_FIRST 500u
#define GUESS_BELOW (UINT64_C(16) << 10)
#define GUESS_ABOVE (UINT64_C(4) << 10)
#define GUESS_REACH (UINT64_C(64) << 10)
#define SLACK 5u /* slots kept free above `limit`: a hook's own, and a handler's gap, marker and first frame */

struct rf_stack *rt_stack_new(struct rt_thread *self, uint64_t lo, uint64_t hi, struct rf_node *base) {
    size_t payload = sizeof(struct rf_stack) + (FRAMES_FIRST + SLACK) * sizeof(struct rf_frame);
    struct rf_chunk *chunk = rt_chunk_new(RF_STACK, self->shared.ordinal, payload);
    if (!chunk)
        return NULL;
    struct rf_stack *stack = rt_payload(chunk);
    stack->lo = lo;
    stack->hi = hi;
    stack->frames = (struct rf_frame *)(stack + 1);
    stack->limit = stack->frames + FRAMES_FIRST;
    stack->frames[0] = (struct rf_frame){.node = base, .sp = UINT64_MAX, .t0 = rt_ticks()};
    stack->top = stack->frames;
    stack->root = base;
    __atomic_store_n(&chunk->used, payload, __ATOMIC_RELEASE);
    stack->next = self->stacks;
    self->stacks = stack;
    return stack;
}

static struct rf_stack *grown_copy(struct rt_thread *self, struct rf_stack *stack, size_t room, size_t open) {
    size_t payload = sizeof *stack + (room + SLACK) * sizeof(struct rf_frame);
    struct rf_chunk *chunk = rt_chunk_new(RF_STACK, self->shared.ordinal, payload);
    if (!chunk)
        return NULL;
    struct rf_stack *bigger = rt_payload(chunk);
    *bigger = *stack;
    bigger->frames = (struct rf_frame *)(bigger + 1);
    bigger->limit = bigger->frames + room;
    memcpy(bigger->frames, stack->frames, open * sizeof(struct rf_frame));
    __atomic_store_n(&chunk->used, payload, __ATOMIC_RELEASE);
    for (struct rf_stack **link = &self->stacks; *link; link = &(*link)->next)
        if (*link == stack) {
            *link = bigger;
            break;
        }
    return bigger;
}

/* A handler's hook in the middle of it does without: two growths at once would each move the frames. */
bool rt_frames_grow(struct rt_thread *self) {
    struct rf_stack *stack = self->shared.stack;
    size_t room = (size_t)(stack->limit - stack->frames), open = (size_t)(self->shared.top - stack->frames) + 1;
    if (self->growing || self->handlers) /* a hook that was interrupted holds a frame's address */
        return false;
    self->growing = 1;
    atomic_signal_fence(memory_order_seq_cst);
    struct rf_stack *bigger = grown_copy(self, stack, room * 2, open);
    if (bigger) {
        __atomic_store_n(&self->shared.stack, bigger, __ATOMIC_RELEASE);
        self->shared.limit = bigger->limit;
        __atomic_store_n(&self->shared.top, bigger->frames + open - 1, __ATOMIC_RELEASE);
        stack->top = stack->frames; /* what the reader finds in the old chunk is an empty stack */
    }
    atomic_signal_fence(memory_order_seq_cst);
    self->growing = 0;
    return bigger != NULL;
}

static bool holds(const struct rf_stack *stack, uint64_t sp) {
    return sp >= stack->lo && sp < stack->hi;
}

/* An unknown stack: a little around the first stack pointer seen, not into a known neighbour. */
static struct rf_stack *guess(struct rt_thread *self, uint64_t sp) {
    uint64_t lo = sp > GUESS_BELOW ? sp - GUESS_BELOW : 1, hi = sp + GUESS_ABOVE;
    for (const struct rf_stack *other = self->stacks; other; other = other->next) {
        if (other->hi <= sp && other->hi > lo)
            lo = other->hi;
        if (other->lo > sp && other->lo < hi)
            hi = other->lo;
    }
    struct rf_stack *stack = rt_stack_new(self, lo, hi, self->shared.root);
    if (stack)
        stack->fiber = 1;
    return stack;
}

struct rf_stack *rt_stack_of(struct rt_thread *self, uint64_t sp) {
    struct rf_stack **link = &self->stacks;
    for (; *link; link = &(*link)->next)
        if (holds(*link, sp)) { /* to the front: switches come back to few */
            struct rf_stack *stack = *link;
            *link = stack->next;
            stack->next = self->stacks;
            self->stacks = stack;
            return stack;
        }
    struct rf_stack *running = self->shared.stack;
    if (!running->exact && sp < running->lo && running->lo - sp < GUESS_REACH) {
        running->lo = self->shared.lo = sp & ~(uint64_t)(RF_PAGE - 1);
        return running;
    }
    return guess(self, sp);
}

void rt_stack_made(struct rt_thread *self, uint64_t lo, uint64_t hi) {
    struct rf_node *maker = rt_innermost(self, self->shared.stack, self->shared.top)->node;
    struct rf_stack *stack = NULL;
    for (struct rf_stack *other = self->stacks; other && !stack; other = other->next)
        if (other->lo < hi && lo < other->hi && other != self->shared.stack)
            stack = other;
    if (!stack)
        stack = rt_stack_new(self, lo, hi, maker);
    if (!stack)
        return;
    stack->lo = lo;
    stack->hi = hi;
    stack->fiber = stack->exact = 1;
    stack->root = stack->frames[0].node = maker;
    stack->top = stack->frames; /* an earlier fiber's calls on the same memory are gone with it */
    stack->suspended_at = 0;
}

/* A start is moved by the time that its stack stood still; on the clock that it was read from, so that a coarse one
 * stays without bias. */
static uint64_t moved_start(uint64_t t0, const struct rf_stack *stack, uint64_t now) {
    if (t0 & 1)
        return t0 + (rt_coarse - stack->suspended_coarse);
    return t0 + ((now - stack->suspended_at) & ~(uint64_t)3);
}

/* The open calls of a stack that runs again have awaited since it was left. */
static void credit_wait(struct rt_thread *self, struct rf_stack *stack, uint64_t now) {
    uint64_t since = stack->suspended_at;
    struct rf_await *await = NULL;
    struct rf_frame *innermost = rt_innermost(self, stack, stack->top);
    for (struct rf_frame *frame = innermost; frame > stack->frames; frame = rt_outer(self, stack, frame)) {
        frame->t0 = moved_start(frame->t0, stack, now);
        struct rf_extra *extra = frame->node->flags & RF_NODE_LOST ? NULL : rt_extra_get(self, frame->node);
        if (extra)
            extra->awaiting_ticks += now - since;
        if (frame == innermost && stack->switched_from)
            await = rt_await_get(self, frame->node, stack->switched_from);
    }
    if (await) {
        await->open++;
        await->count++;
        await->awaiting_ticks += now - since;
    }
}

void rt_stack_switch(struct rt_thread *self, struct rf_stack *to, uint64_t from_code) {
    struct rf_stack *from = self->shared.stack;
    uint64_t now = rt_ticks();
    if (to == from)
        return;
    from->top = self->shared.top;
    from->switched_from = from_code;
    from->suspended_at = now;
    from->suspended_coarse = rt_coarse;
    if (to->suspended_at)
        credit_wait(self, to, now);
    to->suspended_at = 0;
    self->shared.switches++;
    self->shared.lo = to->lo;
    self->shared.limit = to->limit;
    __atomic_store_n(&self->shared.stack, to, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_release);
    __atomic_store_n(&self->shared.top, to->top, __ATOMIC_RELAXED);
}

/* ---- what a switching library, or instrument/switch.c on its behalf, tells ---- */

RT_EXPORT void recount_stack_made(uint64_t lo, uint64_t hi);
RT_EXPORT void recount_stack_switch(uint64_t target_sp, uint64_t from_code);
RT_EXPORT void recount_stack_unwound(uint64_t sp, uint64_t from_code);

/** Memory [lo, hi) is the stack of a fiber that will start afresh; the calling context is the one that made it. */
void recount_stack_made(uint64_t lo, uint64_t hi) {
    struct rt_thread *self = rt_self;
    if (self != &rt_nobody && lo < hi)
        rt_stack_made(self, lo, hi);
}

/** The calling thread goes on where the stack pointer was, or will first be, `target_sp`. */
void recount_stack_switch(uint64_t target_sp, uint64_t from_code) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return;
    struct rf_stack *to = rt_stack_of(self, target_sp);
    if (to)
        rt_stack_switch(self, to, from_code);
}

/**
 * The calling thread goes on in a function whose stack pointer is `sp`: what was called below it, and a signal's
 * handler on a stack of its own, is left without exits. On another stack that is a switch.
 */
void recount_stack_unwound(uint64_t sp, uint64_t from_code) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return;
    const struct rf_stack *stack = self->shared.stack;
    if (!holds(stack, sp)) {
        if (!self->handlers)
            recount_stack_switch(sp, from_code);
        return;
    }
    uint64_t now = rt_ticks();
    while (self->shared.top > stack->frames && (self->shared.top->sp < sp || !holds(stack, self->shared.top->sp)))
        rt_close_lost(self, now);
}
