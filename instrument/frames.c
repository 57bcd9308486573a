/* Opening and closing calls with their time stamps, and the exits that the fast path does not know. */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/match.h"

#include "instrument/safe.h"

/*
 * Adaptive timing. node->step below STEP_SAMPLED: every entry is timed, and step counts how many in a row were
 * short. At STEP_SAMPLED one entry in 64 is timed, at random distances so that no rhythm of the program is met; the
 * others only note the coarse clock, which finds each call that lasts. Such a call, or a timed one that was not
 * short, brings the context back to step 0.
 */
#define STEP_SAMPLED 16u
#define SPREAD_MASK 127u /* distances 1..128: 64.5 on average */
/* A context entered more often than this is known well already, and two time stamps in 64 calls would be a quarter of
 * what its hooks cost: from there on distances are 1..1024, and each timed call stands for eight times as many. */
#define SPARSE_FROM (1u << 14)
#define SPARSE_MASK 1023u
#define SPARSE_WEIGHT 8u
#define T0_COARSE 1u
#define T0_ALWAYS 2u

uint64_t rt_coarse_before;

static uint64_t next_random(struct rt_thread *self) { /* xorshift64*, Vigna 2016 */
    uint64_t x = self->shared.random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    self->shared.random = x;
    return x * UINT64_C(0x2545F4914F6CDD1D) >> 32;
}

RT_SLOW void rt_time_top(struct rt_thread *self) {
    struct rf_frame *frame = self->shared.top;
    struct rf_node *node = frame->node;
    if (node->step < STEP_SAMPLED) {
        node->next_timed = node->count + 1;
        frame->t0 = rt_ticks() | T0_ALWAYS;
    } else {
        node->next_timed =
            node->count + 1 + (next_random(self) & (node->count < SPARSE_FROM ? SPREAD_MASK : SPARSE_MASK));
        frame->t0 = rt_ticks();
    }
}

struct rf_frame *rt_push(struct rt_thread *self, struct rf_node *node, uint64_t sp) {
    struct rf_frame *frame = self->shared.top + 1;
    frame->node = node;
    frame->sp = sp;
    frame->t0 = rt_coarse;
    frame->call = node->count + 1;
    atomic_signal_fence(memory_order_release);
    __atomic_store_n(&self->shared.top, frame, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_release);
    rt_bump(&node->count);
    if (node->count >= node->next_timed)
        rt_time_top(self);
    return frame;
}

static void back_to_always(struct rf_node *node) {
    if (rt.timestamps == RF_TIME_NONE)
        return;
    node->step = 0;
    node->next_timed = node->count + 1;
}

static void add_long(struct rf_node *node, uint64_t ticks) {
    node->long_count++;
    node->long_ticks += ticks;
}

/*
 * The time of untimed calls that last: d - c of each call longer than c = rt.long_ticks. A move of the coarse clock
 * comes at a moment that the program does not choose, so it lies more than c before a call's end with the probability
 * (d - c) / interval, and then stands for the interval: without bias, and nothing twice, for the first c of each call
 * are the random ones' (add_brief). A call that saw two moves lasts in any case.
 */
static void add_untimed(struct rf_node *node, uint64_t start, uint64_t now) {
    uint64_t coarse = rt_coarse;
    if (coarse <= start || (now < coarse + rt.long_ticks && start == rt_coarse_before))
        return;
    add_long(node, coarse - start);
    back_to_always(node);
}

/* The random ones stand for the first c of all untimed calls; what one has beyond them stands for itself. The last call
 * whose distance was drawn from the smaller ones is SPARSE_FROM + SPREAD_MASK at most. */
static void add_brief(struct rf_node *node, uint64_t call, uint64_t ticks) {
    uint64_t brief = ticks < rt.long_ticks ? ticks : rt.long_ticks;
    uint64_t weight = call > SPARSE_FROM + SPREAD_MASK ? SPARSE_WEIGHT : 1;
    node->timed += weight;
    node->timed_ticks += brief * weight;
    if (ticks > brief) {
        node->long_ticks += ticks - brief;
        back_to_always(node);
    }
}

static void add_time(const struct rf_frame *frame, uint64_t now) {
    struct rf_node *node = frame->node;
    uint64_t t0 = frame->t0, start = t0 & ~(uint64_t)3, ticks = now > start ? now - start : 0;
    if (t0 & T0_COARSE) {
        add_untimed(node, t0 & ~(uint64_t)T0_ALWAYS, now);
    } else if (t0 & T0_ALWAYS) {
        add_long(node, ticks);
        if (ticks > rt.long_ticks)
            node->step = 0;
        else if (node->step < STEP_SAMPLED && rt.timestamps == RF_TIME_ADAPTIVE)
            node->step++;
    } else {
        add_brief(node, frame->call, ticks);
    }
}

/* Back to what the marker stands on. If that is no frame of the running stack, as when another thread took an
 * unannounced fiber under a handler's feet, its open calls are given up. */
static void leave_marker(struct rt_thread *self, const struct rf_frame *marker) {
    const struct rf_stack *stack = self->shared.stack;
    struct rf_frame *frames = stack->frames, *to = frames;
    if (marker > frames && marker <= stack->limit + RT_SLACK - 1 && marker->call < (uint64_t)(marker - frames) &&
        frames[marker->call].node)
        to += marker->call;
    else
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&self->shared.top, to, __ATOMIC_RELAXED);
}

/* Below a handler's first call, or on top when that left without an exit: back to what the signal interrupted. */
static void leave_handler(struct rt_thread *self, const struct rf_frame *marker) {
    self->handlers -= self->handlers > 0;
    self->shared.lo = marker->t0;
    leave_marker(self, marker);
}

/* A handler's time is inside what it interrupted, too, and no work of that. */
static void charge_interrupted(struct rt_thread *self, uint64_t ticks) {
    struct rf_node *node = rt_innermost(self, self->shared.stack, self->shared.top)->node;
    struct rf_extra *extra = node->flags & (RF_NODE_LOST | RF_NODE_ROOT) ? NULL : rt_extra_get(self, node);
    if (extra)
        extra->interrupted_ticks += ticks;
}

/* Popped before its time is added: killed in between, a call is closed with no time, and never twice. */
RT_SLOW void rt_close_top(struct rt_thread *self, uint64_t now) {
    struct rf_frame *frame = self->shared.top;
    struct rf_node *node = frame->node;
    if (frame <= self->shared.stack->frames || !node) {
        __atomic_store_n(&self->shared.top, self->shared.stack->frames, __ATOMIC_RELAXED);
        return;
    }
    if (rt_is_link(self, frame)) { /* a callback is over */
        leave_marker(self, frame);
        return;
    }
    if (self->n_ramps)
        rt_ramp_left(self, frame, now);
    if (node->flags & RF_NODE_SIGNAL) {
        leave_handler(self, frame - 1);
        charge_interrupted(self, now - (frame->t0 & ~(uint64_t)3));
    } else {
        __atomic_store_n(&self->shared.top, frame - 1, __ATOMIC_RELAXED);
    }
    if (node->flags & RF_NODE_LOST)
        return;
    if (self->watching)
        rt_trial_left(self, node, frame->call & ~RF_CALL_HELD, now);
    if (frame->call & RF_CALL_ASYNC)
        rt_call_slice_end(self, frame, now);
    else if (frame->call & (RF_CALL_INHERITED | RF_CALL_HELD))
        node->long_ticks += rt_elapsed(frame->t0, now);
    else
        add_time(frame, now);
}

RT_SLOW void rt_close_lost(struct rt_thread *self, uint64_t now) {
    struct rf_node *node = self->shared.top->node;
    bool marker = node == self->shared.signal_root && !rt_is_link(self, self->shared.top);
    if (marker) { /* a handler that was left by siglongjmp, without its exit */
        leave_handler(self, self->shared.top);
        return;
    }
    rt_close_top(self, now);
    struct rf_extra *extra = node->flags & (RF_NODE_LOST | RF_NODE_ROOT) ? NULL : rt_extra_get(self, node);
    if (extra)
        extra->lost_exits++;
}

static bool is_same(const struct rf_frame *frame, uint64_t fn, uint64_t cs) {
    const struct rf_node *node = frame->node;
    if (!node)
        return false;
    if (node->flags & RF_NODE_LOST)
        return frame->call == fn;
    return node->fn == fn && (node->cs == cs || (frame->call & RF_CALL_ASYNC));
}

/* The open call that this exit closes; calls above it never exited (longjmp, an exception without exits). */
static struct rf_frame *find_open(struct rt_thread *self, uint64_t fn, uint64_t cs, uint64_t sp) {
    const struct rf_stack *stack = self->shared.stack;
    for (struct rf_frame *frame = self->shared.top; frame > stack->frames; frame = rt_outer(self, stack, frame))
        if (is_same(frame, fn, cs) && (frame->sp <= sp || frame == self->shared.top))
            return frame;
    for (struct rf_frame *frame = self->shared.top; frame > stack->frames; frame = rt_outer(self, stack, frame))
        if (frame->node && frame->node->fn == fn && frame->sp <= sp)
            return frame;
    return NULL;
}

static bool on_running_stack(const struct rt_thread *self, uint64_t sp) {
    const struct rf_stack *stack = self->shared.stack;
    return sp >= stack->lo && sp < stack->hi && rt_stack_is_mine(self);
}

RT_SLOW void rt_exit_slow(uint64_t fn, uint64_t cs, uint64_t sp) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return;
    if (self->switching) { /* its entry was lost as well */
        self->shared.unmatched_exits++;
        return;
    }
    uint64_t now = rt_ticks();
    struct rf_frame *frame = self->shared.top;
    if (!on_running_stack(self, sp) && !self->handlers && /* which may run on an alternate stack */
        !(is_same(frame, fn, cs) && sp - frame->sp < RT_EXIT_WINDOW && rt_stack_is_mine(self))) {
        struct rf_stack *stack = rt_stack_of(self, sp, 0);
        if (stack)
            rt_stack_switch(self, stack, 0);
        frame = self->shared.top;
    }
    if (!is_same(frame, fn, cs) || frame->sp > sp + RT_EXIT_WINDOW) {
        struct rf_frame *open = find_open(self, fn, cs, sp);
        if (!open) {
            self->shared.unmatched_exits++;
            return;
        }
        while (self->shared.top > open)
            rt_close_lost(self, now);
    }
    if (self->shared.top > self->shared.stack->frames)
        rt_close_top(self, now);
}
