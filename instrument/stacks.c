/*
 * Native stacks. Each has a shadow stack of its own; a hook whose stack pointer leaves the running one's bounds has
 * found a switch. Bounds of threads' stacks come from the kernel, of fibers from whoever announces them (switch.c,
 * announce.c), of any other from where they were first seen, growing downwards as they are used.
 *
 * A stack belongs to the thread that runs it, and to nobody while it is suspended: the next thread to run it takes it
 * with a compare-and-swap and finds its open calls in its own tree. A suspended stack's open calls stand still: at the
 * switch back, the time in between is moved from their wall time to their contexts' awaiting time.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/match.h"

#include "instrument/safe.h"

#define FRAMES_FIRST 500u
#define GUESS_ABOVE 64u
#define GUESS_REACH 8192u /* a call's frame is mostly smaller */
#define PATIENCE 4000     /* pauses, some 40 ns each: the other thread is in the middle of a dozen stores */
#define LEAVING ((struct rf_thread *)1)

static void stack_fill(struct rf_stack *stack, struct rf_frame *frames, size_t room, struct rf_node *base) {
    stack->frames = frames;
    stack->limit = frames + room - RT_SLACK;
    stack->frames[0] = (struct rf_frame){.node = base, .sp = UINT64_MAX, .t0 = rt_ticks()};
    stack->top = stack->frames;
    stack->root = base;
}

struct rf_stack *rt_stack_own(struct rt_thread *self) {
    size_t payload = sizeof(struct rf_stack) + (FRAMES_FIRST + RT_SLACK) * sizeof(struct rf_frame);
    struct rf_chunk *chunk = rt_chunk_new(RF_STACK, self->shared.ordinal, payload);
    if (!chunk)
        return NULL;
    struct rf_stack *stack = rt_payload(chunk);
    stack_fill(stack, (struct rf_frame *)(stack + 1), FRAMES_FIRST + RT_SLACK, self->shared.root);
    stack->thread = self->shared.ordinal;
    stack->owner = &self->shared;
    __atomic_store_n(&chunk->used, payload, __ATOMIC_RELEASE);
    return stack;
}

static struct rf_stack *fiber_new(struct rt_thread *self, struct rf_node *base) {
    struct rf_fiber *fiber = rt_pool_take(&rt.fibers);
    if (!fiber) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    fiber->stack.fiber = 1;
    fiber->stack.thread = self->shared.ordinal;
    stack_fill(&fiber->stack, fiber->frames, RF_FIBER_FRAMES, base);
    return &fiber->stack;
}

/* A handler's hook in the middle of it does without: two growths at once would each move the frames. The order holds
 * for a reader of a killed process: until the thread's `top` is stored, the stack's own is the one that fits. */
bool rt_frames_grow(struct rt_thread *self) {
    struct rf_stack *stack = self->shared.stack;
    size_t room = (size_t)(stack->limit - stack->frames) * 2, open = (size_t)(self->shared.top - stack->frames) + 1;
    if (self->growing || self->handlers) /* a hook that was interrupted holds a frame's address */
        return false;
    self->growing = 1;
    atomic_signal_fence(memory_order_seq_cst);
    struct rf_chunk *chunk = rt_chunk_new(RF_FRAMES, self->shared.ordinal, (room + RT_SLACK) * sizeof(struct rf_frame));
    if (chunk) {
        struct rf_frame *frames = rt_payload(chunk);
        memcpy(frames, stack->frames, open * sizeof *frames);
        __atomic_store_n(&chunk->used, (room + RT_SLACK) * sizeof *frames, __ATOMIC_RELEASE);
        self->moving = 1;
        atomic_signal_fence(memory_order_seq_cst);
        stack->top = frames + open - 1;
        __atomic_store_n(&stack->frames, frames, __ATOMIC_RELEASE);
        stack->limit = self->shared.limit = frames + room;
        __atomic_store_n(&self->shared.top, frames + open - 1, __ATOMIC_RELEASE);
        atomic_signal_fence(memory_order_seq_cst);
        self->moving = 0;
    }
    atomic_signal_fence(memory_order_seq_cst);
    self->growing = 0;
    return chunk != NULL;
}

/* ---- which stack ---- */

static bool holds(const struct rf_stack *stack, uint64_t sp) {
    return sp >= stack->lo && sp < stack->hi;
}

static void place(struct rf_stack *stack) {
    if (!rt_place_add(stack, stack->lo, stack->hi))
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
}

/* From `from` down to `sp`'s page, not into a neighbour. */
static uint64_t low_end(uint64_t sp, uint64_t from, const struct rf_stack *but) {
    uint64_t lo = sp & ~(uint64_t)(RF_PAGE - 1);
    const struct rf_stack *below = rt_place_find(lo, from, but);
    return below && below->hi <= sp ? below->hi : lo;
}

static void extend(struct rt_thread *self, struct rf_stack *stack, uint64_t sp) {
    stack->lo = low_end(sp, stack->lo, stack);
    place(stack);
    if (stack == self->shared.stack)
        self->shared.lo = stack->lo;
}

/* Whether a call at `sp` from `cs` goes on from the innermost one of an unannounced stack: not far below it, or from
 * inside its function's code. A fresh fiber's first call is neither: its frame is far off, its caller is the switch. */
static bool goes_on(const struct rf_frame *top, uint64_t sp, uint64_t cs) {
    if (top->sp == UINT64_MAX || sp > top->sp)
        return false;
    return top->sp - sp < GUESS_REACH || (cs > top->node->fn && cs - top->node->fn < RT_CODE_REACH);
}

/* A stack that its last thread left without a hook since has its innermost call in that thread's record still. */
static const struct rf_frame *top_of(const struct rf_stack *stack) {
    const struct rf_thread *owner = __atomic_load_n(&stack->owner, __ATOMIC_ACQUIRE);
    return owner && owner != LEAVING ? __atomic_load_n(&owner->top, __ATOMIC_RELAXED) : stack->top;
}

static struct rf_stack *reach_down(struct rt_thread *self, uint64_t sp, uint64_t cs) {
    struct rf_stack *running = self->shared.stack;
    if (!running->exact && sp < running->lo && goes_on(self->shared.top, sp, cs))
        return running;
    struct rf_stack *above = rt_place_find(sp, sp + GUESS_REACH, running);
    if (above && !above->exact && sp < above->lo && goes_on(top_of(above), sp, cs))
        return above;
    return NULL;
}

/* A stack that nobody announced: a little around the first stack pointer seen, not into a neighbour. */
static struct rf_stack *guess(struct rt_thread *self, uint64_t sp) {
    struct rf_stack *stack = self->expected;
    self->expected = NULL;
    if (!stack || stack->hi)
        stack = fiber_new(self, self->shared.root);
    if (!stack)
        return NULL;
    const struct rf_stack *above = rt_place_find(sp, sp + GUESS_ABOVE, stack);
    stack->lo = low_end(sp, sp, stack);
    stack->hi = above && above->lo > sp ? above->lo : sp + GUESS_ABOVE;
    place(stack);
    return stack;
}

struct rf_stack *rt_stack_of(struct rt_thread *self, uint64_t sp, uint64_t cs) {
    struct rf_stack *stack = rt_place_find(sp, sp + 1, NULL);
    if (stack)
        return stack;
    if (holds(self->own, sp))
        return self->own;
    stack = reach_down(self, sp, cs);
    if (!stack)
        return guess(self, sp);
    extend(self, stack, sp);
    return stack;
}

/* ---- announced ---- */

/* Calls that a stack's earlier fiber left open end with it. */
static void forget_calls(struct rt_thread *self, struct rf_stack *stack) {
    struct rf_frame *innermost = rt_innermost(self, stack, stack->top);
    for (struct rf_frame *frame = innermost; frame > stack->frames; frame = rt_outer(self, stack, frame)) {
        struct rf_node *node = frame->node;
        struct rf_extra *extra =
            node->thread == self->shared.ordinal && !(node->flags & RF_NODE_LOST) ? rt_extra_get(self, node) : NULL;
        if (extra)
            extra->lost_exits++;
    }
    stack->top = stack->frames;
    stack->suspended_at = 0;
    stack->handlers = 0;
}

/* What was known of the memory: gone, but for a guess that reached too far and whose calls lie elsewhere. */
static struct rf_stack *clear_place(struct rt_thread *self, uint64_t lo, uint64_t hi) {
    struct rf_stack *again = NULL, *other;
    while ((other = rt_place_find(lo, hi, self->shared.stack))) {
        rt_place_remove(other);
        if (!other->exact && other->lo < lo && other->top > other->frames && other->top->sp < lo) {
            other->hi = lo;
            place(other);
            continue;
        }
        other->lo = other->hi = 0;
        if (!other->owner)
            again = other;
    }
    return again;
}

struct rf_stack *rt_stack_made(struct rt_thread *self, uint64_t lo, uint64_t hi) {
    struct rf_node *maker = rt_innermost(self, self->shared.stack, self->shared.top)->node;
    struct rf_stack *stack = clear_place(self, lo, hi);
    if (stack)
        forget_calls(self, stack);
    else
        stack = fiber_new(self, maker);
    if (!stack)
        return NULL;
    stack->lo = lo;
    stack->hi = hi;
    stack->exact = 1;
    stack->root = stack->frames[0].node = maker;
    stack->thread = self->shared.ordinal;
    place(stack);
    return stack;
}

void rt_stack_known(struct rf_stack *stack, uint64_t lo, uint64_t hi) {
    rt_place_remove(stack);
    stack->lo = lo;
    stack->hi = hi;
    stack->exact = 1;
    place(stack);
}

void rt_stack_gone(struct rt_thread *self, struct rf_stack *stack) {
    if (stack->owner)
        return;
    if (stack->hi)
        rt_place_remove(stack);
    forget_calls(self, stack);
    stack->lo = stack->hi = 0;
}

struct rf_stack *rt_stack_expect(struct rt_thread *self) {
    return fiber_new(self, rt_innermost(self, self->shared.stack, self->shared.top)->node);
}

/* ---- switches ---- */

/* A start is moved by the time that its stack stood still; on the clock that it was read from, so that a coarse one
 * stays without bias. */
static uint64_t moved_start(uint64_t t0, const struct rf_stack *stack, uint64_t now) {
    if (t0 & 1)
        return t0 + (rt_coarse - stack->suspended_coarse);
    return t0 + ((now - stack->suspended_at) & ~(uint64_t)3);
}

/* The open calls of a stack that runs again have awaited since it was left. Where nobody told the place of the switch
 * it is somewhere in the innermost function. */
static void credit_wait(struct rt_thread *self, struct rf_stack *stack, uint64_t now) {
    uint64_t since = stack->suspended_at;
    struct rf_await *await = NULL;
    struct rf_frame *innermost = rt_innermost(self, stack, stack->top);
    for (struct rf_frame *frame = innermost; frame > stack->frames; frame = rt_outer(self, stack, frame)) {
        uint64_t before = frame->t0;
        frame->t0 = moved_start(before, stack, now);
        if (frame->call & RF_CALL_ASYNC)
            rt_call_slice_moved(frame, before);
        struct rf_extra *extra = frame->node->flags & RF_NODE_LOST ? NULL : rt_extra_get(self, frame->node);
        if (extra)
            extra->awaiting_ticks += now - since;
        if (frame == innermost && extra && (stack->fiber || stack->switched_from))
            await = rt_await_get(self, frame->node, stack->switched_from ? stack->switched_from : frame->node->fn + 1);
    }
    if (await) {
        await->open++;
        await->count++;
        await->awaiting_ticks += now - since;
    }
}

/* A call that is suspended is exact from here on: it leaves the short ones of its context now, while their thread
 * still writes that. Its time up to here is this thread's, whoever runs the rest. */
static void hold(struct rt_thread *self, const struct rf_stack *stack, uint64_t now) {
    struct rf_frame *innermost = rt_innermost(self, stack, self->shared.top);
    for (struct rf_frame *frame = innermost; frame > stack->frames; frame = rt_outer(self, stack, frame)) {
        if (!frame->node || frame->node->flags & RF_NODE_LOST || frame->call & RF_CALL_ASYNC)
            continue;
        if (!(frame->call & (RF_CALL_HELD | RF_CALL_INHERITED))) {
            frame->node->long_count++;
            frame->call |= RF_CALL_HELD;
        }
        frame->node->long_ticks += rt_elapsed(frame->t0, now);
        frame->t0 = frame->t0 & 1 ? rt_coarse : now | (frame->t0 & 2);
    }
}

/* False: another thread runs it already, which this one learns now; the books are that one's. */
static bool leave(struct rt_thread *self, struct rf_stack *from, uint64_t from_code, uint64_t now) {
    struct rf_thread *me = &self->shared;
    if (!__atomic_compare_exchange_n(&from->owner, &me, LEAVING, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    hold(self, from, now);
    from->top = self->shared.top;
    from->switched_from = from_code;
    from->suspended_at = now;
    from->suspended_coarse = rt_coarse;
    from->handlers = self->handlers;
    /* Release: who takes it sees all of the above. A thread's own stack waits for its thread alone. */
    __atomic_store_n(&from->owner, from == self->own ? &self->shared : NULL, __ATOMIC_RELEASE);
    return true;
}

/* The thread that still takes `stack` for its own must come to know, should it come back to it without a hook in
 * between: its next entry and its next exit there go the slow way, which asks for the owner. */
static void warn(struct rf_thread *last, const struct rf_stack *stack, struct rf_frame *top) {
    uint64_t lo = __atomic_load_n(&last->lo, __ATOMIC_RELAXED);
    if (__atomic_load_n(&last->stack, __ATOMIC_RELAXED) == stack)
        __atomic_compare_exchange_n(&last->lo, &lo, top->sp, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    top->t0 |= 2;
}

/* What another thread last had as the innermost call may be of frames that have moved since: then all are given up. */
static struct rf_frame *checked_top(const struct rf_stack *stack, struct rf_frame *top) {
    if (top >= stack->frames && top <= stack->limit + RT_SLACK - 1)
        return top;
    __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    return stack->frames;
}

/*
 * Acquires a suspended stack. One that its last thread has left without a hook since still has that thread as owner,
 * whose `top` is then the stack's: read before the swap, which fails if that thread has moved on meanwhile.
 */
static bool take(struct rt_thread *self, struct rf_stack *to) {
    struct rf_thread *owner = __atomic_load_n(&to->owner, __ATOMIC_ACQUIRE);
    for (int i = 0; i < PATIENCE && owner != &self->shared; i++) {
        struct rf_frame *top = owner && owner != LEAVING ? __atomic_load_n(&owner->top, __ATOMIC_RELAXED) : to->top;
        if (owner == LEAVING) {
            _mm_pause();
            owner = __atomic_load_n(&to->owner, __ATOMIC_ACQUIRE);
        } else if (__atomic_compare_exchange_n(&to->owner, &owner, &self->shared, false, __ATOMIC_ACQ_REL,
                                               __ATOMIC_ACQUIRE)) {
            to->top = checked_top(to, top);
            if (owner) {
                to->suspended_at = 0;
                warn(owner, to, to->top);
            }
            return true;
        }
    }
    return owner == &self->shared;
}

/* The running slice of an async call goes with its frame, if the record is its call's still. */
static void adopt_slice(struct rt_thread *self, const struct rf_frame *frame) {
    struct rf_call *call = rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    if (call->id != (frame->call & ~RF_CALL_ASYNC) || !call->physical || call->state != RF_CALL_RUNNING)
        return;
    call->node = frame->node;
    call->physical = rt_node_mirror(self, call->physical);
}

/* The calls open on a stack that another thread ran, in this thread's tree. Mostly each is a child of the one before.
 */
static void adopt(struct rt_thread *self, struct rf_stack *stack) {
    const struct rf_node *before = NULL;
    struct rf_node *below = NULL;
    for (struct rf_frame *frame = stack->frames; frame <= stack->top; frame++) {
        struct rf_node *node = frame->node;
        if (!node || node->flags & RF_NODE_LOST) {
            frame->node = node ? self->lost : NULL;
            before = NULL;
            continue;
        }
        bool child = before && rt_node_parent(node) == rt_home((struct rf_node *)before);
        frame->node = child ? rt_node_get(self, below, node->fn, node->cs, node->flags & (uint16_t)~RF_NODE_SITE)
                            : rt_node_mirror(self, node);
        before = node;
        below = frame->node;
        if (frame->call & RF_CALL_ASYNC && frame > stack->frames)
            adopt_slice(self, frame);
    }
    stack->root = rt_node_mirror(self, stack->root);
    stack->thread = self->shared.ordinal;
}

static void come_to(struct rt_thread *self, struct rf_stack *to, uint64_t now) {
    if (to->thread != self->shared.ordinal)
        adopt(self, to);
    if (to->suspended_at)
        credit_wait(self, to, now);
    to->suspended_at = 0;
    self->handlers = to->handlers;
    self->shared.switches++;
    self->shared.lo = to->lo;
    __atomic_store_n(&self->shared.stack, to, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_release);
    __atomic_store_n(&self->shared.top, to->top, __ATOMIC_RELAXED);
}

/* A handler that comes meanwhile finds `switching`, and no room on the fast path: neither stack is whole, and its calls
 * are lost. */
void rt_stack_switch(struct rt_thread *self, struct rf_stack *to, uint64_t from_code) {
    struct rf_stack *from = self->shared.stack;
    uint64_t now = rt_ticks();
    if (to == from && rt_stack_is_mine(self))
        return;
    if (self->switching) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    self->switching = 1;
    self->shared.limit = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    if (take(self, to)) {
        if (to != from)
            leave(self, from, from_code, now);
        come_to(self, to, now);
    } else {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    }
    atomic_signal_fence(memory_order_seq_cst);
    self->shared.limit = self->shared.stack->limit;
    self->switching = 0;
}
