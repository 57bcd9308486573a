/*
 * Calls of a compiler's coroutines, known by their frames: made, started, suspended, resumed, ended, destroyed.
 *
 * A suspension is counted by the thread that leaves, in its own tree, whoever resumes it and when; the reader takes off
 * those that nobody has resumed yet. Who destroys a suspended call takes that one off in its own tree, so that a
 * thread's count alone may be below 0, modulo 2^64.
 */
#include "instrument/calls.h"

#include <string.h>

#include "instrument/arch.h"
#include "instrument/turn.h"

#include "instrument/safe.h"

static bool is_over(struct rf_call *call) {
    return call->state == RF_CALL_FREE || call->state == RF_CALL_ENDED ||
           (call->state != RF_CALL_MADE && call->flags & RF_CALL_FRAME &&
            !__atomic_load_n(&call->suspended, __ATOMIC_RELAXED));
}

bool rt_frame_is_alive(const struct rf_call *call, uint64_t resume_fn) {
    return call && call->state == RF_CALL_RUNNING && call->flags & RF_CALL_FRAME && call->resume_fn == resume_fn &&
           __atomic_load_n(&call->suspended, __ATOMIC_RELAXED);
}

void rt_frame_resume(struct rt_thread *self, struct rf_call *call, uint64_t entered) {
    struct rf_node *logical = rt_node_mirror(self, call->node);
    uint64_t since = rt_turn_take(call, entered);
    call->await = since ? rt_call_await_here(self, call, logical) : NULL;
    rt_call_add_wait(self, call, logical, since, entered);
    rt_slice_begin(self, call, logical, rt_ticks());
}

struct rf_call *rt_call_made(struct rt_thread *self, const struct rt_made *made) {
    struct rf_call *call = rt_call_room(made->address);
    if (!call)
        return NULL;
    rt_call_gone(self, call);
    const struct rf_call *outer = rt_call_running(self);
    call->awaiter = outer ? outer->id : 0;
    call->node = made->maker;
    call->physical = NULL;
    call->await = NULL;
    call->id = call->slices = call->resume_fn = call->resumed = 0;
    call->flags = RF_CALL_FRAME;
    call->begin = made->begin;
    call->made_at = made->code;
    call->ready = 0;
    __atomic_store_n(&call->suspended, rt_turn_waiting(made->left), __ATOMIC_RELAXED);
    __atomic_store_n(&call->state, RF_CALL_MADE, __ATOMIC_RELEASE);
    return call;
}

void rt_call_left_by_ramp(struct rf_call *call, uint64_t begin, uint64_t now) {
    uint64_t since = rt_turn_waiting(begin);
    __atomic_compare_exchange_n(&call->suspended, &since, rt_turn_waiting(now), false, __ATOMIC_SEQ_CST,
                                __ATOMIC_RELAXED);
}

static struct rf_node *logical_of_made(struct rt_thread *self, const struct rf_call *call, uint64_t fn) {
    struct rf_node *maker = rt_node_mirror(self, call->node);
    struct rf_node *logical = rt_node_get(self, maker, fn, call->made_at, RF_NODE_COROUTINE | RF_NODE_MADE);
    return logical == self->lost ? NULL : logical;
}

/* The wait before the first resume. */
static void add_first_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t until) {
    struct rf_await *await = call->await = rt_await_get(self, logical, call->made_at);
    if (await && !await->open++)
        memcpy(await->awaited, RF_FIRST_SUSPENSION, sizeof RF_FIRST_SUSPENSION);
    if (await)
        await->count++;
    rt_call_add_wait(self, call, logical, call->suspended, until);
}

struct rf_node *rt_call_start(struct rt_thread *self, struct rf_call *call, uint64_t fn, uint64_t waited_until) {
    struct rf_node *logical = logical_of_made(self, call, fn);
    if (!logical)
        return NULL;
    call->id = rt_call_next_id(call);
    if (waited_until)
        add_first_wait(self, call, logical, waited_until);
    call->ready = 0;
    call->resume_fn = fn;
    rt_made_ran(call->made_at);
    /* What the ramp itself enters is inside the ramp's time, as it is. */
    rt_slice_begin(self, call, waited_until ? logical : self->shared.top->node, rt_ticks());
    call->node = logical;
    return logical;
}

/* A wait that nobody ends: it is no suspension that was resumed. */
static void break_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical) {
    call->await = rt_call_await_here(self, call, logical);
    if (call->await)
        call->await->count--;
}

static void count_end(struct rt_thread *self, struct rf_node *logical) {
    struct rf_extra *extra = rt_extra_get(self, logical);
    if (extra)
        extra->ends++;
}

void rt_call_gone(struct rt_thread *self, struct rf_call *call) {
    if (!call || is_over(call))
        return;
    if (call->state == RF_CALL_MADE) {
        rt_made_ran(call->made_at);
    } else {
        struct rf_node *logical = rt_node_mirror(self, call->node);
        bool alive = true;
        if (call->flags & RF_CALL_FRAME && rt_turn_end(call, &alive))
            break_wait(self, call, logical);
        if (alive)
            count_end(self, logical);
    }
    call->state = RF_CALL_ENDED;
}

static void destroy_made(struct rt_thread *self, struct rf_call *call, uint64_t fn) {
    struct rf_node *logical = logical_of_made(self, call, fn);
    struct rf_extra *extra = logical ? rt_extra_get(self, logical) : NULL;
    rt_made_ran(call->made_at);
    if (logical)
        rt_call_add_wait(self, call, logical, call->suspended, rt_ticks());
    if (!extra)
        return;
    extra->begins++;
    extra->ends++;
}

static void destroy_started(struct rt_thread *self, struct rf_call *call) {
    struct rf_node *logical = rt_node_mirror(self, call->node);
    bool alive;
    uint64_t since = rt_turn_end(call, &alive);
    if (since) {
        break_wait(self, call, logical);
        rt_call_add_wait(self, call, logical, since, rt_ticks());
    }
    if (alive)
        count_end(self, logical);
}

void rt_call_destroyed(struct rt_thread *self, struct rf_call *call, uint64_t fn) {
    if (is_over(call))
        return;
    if (call->state == RF_CALL_MADE)
        destroy_made(self, call, fn);
    else
        destroy_started(self, call);
    call->state = RF_CALL_ENDED;
}

/* ---- the end of a slice ---- */

/* Where it left: the last call its body made (await_ready, await_suspend, or what it awaited). */
static struct rf_await *last_call_site(struct rt_thread *self, const struct rf_frame *frame) {
    struct rf_node *last = frame[1].node;
    if (last == &rt_nil || rt_home(last)->parent != rt_home(frame->node) || last->flags & RF_NODE_INLINED)
        return NULL; /* none; or inlined, and its call site is the body's own */
    return rt_await_get(self, frame->node, last->cs);
}

static void count_suspension(struct rf_await *await) {
    if (!await)
        return;
    await->open++;
    await->count++;
}

void rt_frame_slice_passed(struct rt_thread *self, const struct rf_frame *frame) {
    if (rt_turn_was_overtaken(frame))
        count_suspension(last_call_site(self, frame));
}

/* A compiler's frame has its first word cleared, or is gone, when the coroutine reached its end. What was read there
 * holds if it is still this slice's turn afterwards. */
void rt_frame_slice_end(struct rt_thread *self, struct rf_call *call, const struct rf_frame *frame, uint64_t now) {
    uint64_t first;
    bool suspended = rt_read_safely(call->key, &first, 1) && first == call->resume_fn;
    struct rf_await *await = suspended ? last_call_site(self, frame) : NULL;
    if (!rt_turn_leave(call, frame, suspended ? now : 0, await))
        rt_frame_slice_passed(self, frame);
    else if (suspended)
        count_suspension(await);
    else
        count_end(self, frame->node);
}
