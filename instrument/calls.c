/*
 * Async calls: logical invocations that leave and are entered again. Each is known by an address that only it has
 * while it lives: the coroutine's frame. The calls stand in a hash whose chains only grow; a record is used again
 * for the next call at its address, so there are never more records than there were frames at one time.
 *
 * A call is run by one thread at a time, which alone writes its record. `ready` may come from any thread, and so may
 * the next resume while this thread still returns from the suspension: `suspended` and `ready` are therefore atomic,
 * and whoever takes them takes them once.
 */
#include "instrument/calls.h"

#include "instrument/arch.h"
#include "instrument/links.h"
#include "instrument/turn.h"

#include "instrument/safe.h"

#define BUCKET_BITS 16
#define INDEX_BITS RF_CALL_SERIAL_SHIFT /* of an id: which record; records lie 128 bytes apart from offset 64 on */
#define INDEX_MASK ((UINT64_C(1) << INDEX_BITS) - 1)
static_assert(sizeof(struct rf_call) == 128 && sizeof(struct rf_chunk) == 64, "ids are made of record offsets");

static struct rf_call *_Atomic *buckets;

void rt_calls_reset(void) {
    buckets = rt_pages(sizeof *buckets << BUCKET_BITS);
    rt_turns_forked();
}

static struct rf_call *_Atomic *bucket_of(uint64_t key) {
    return &buckets[(key >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BUCKET_BITS)];
}

struct rf_call *rt_call_find(uint64_t key) {
    if (!buckets)
        return NULL;
    struct rf_call *call = atomic_load_explicit(bucket_of(key), memory_order_acquire);
    while (call && call->key != key)
        call = call->next;
    return call;
}

static uint64_t index_of(const struct rf_call *call) {
    return ((uint64_t)((const char *)call - rt.base) - sizeof(struct rf_chunk)) / sizeof *call;
}

struct rf_call *rt_call_by_id(uint64_t id) {
    return (struct rf_call *)(rt.base + sizeof(struct rf_chunk) + (id & INDEX_MASK) * sizeof(struct rf_call));
}

static struct rf_call *find_or_make(uint64_t key) {
    struct rf_call *call = rt_call_find(key);
    if (call || !buckets)
        return call;
    call = rt_pool_take(&rt.calls);
    if (!call)
        return NULL;
    call->key = key;
    struct rf_call *_Atomic *bucket = bucket_of(key);
    call->next = atomic_load_explicit(bucket, memory_order_relaxed);
    /* Release: a finder sees the key and the link. Nobody else makes this key now: one call lives there. */
    while (
        !atomic_compare_exchange_weak_explicit(bucket, &call->next, call, memory_order_release, memory_order_relaxed))
        ;
    return call;
}

struct rf_call *rt_call_running(struct rt_thread *self) {
    const struct rf_stack *stack = self->shared.stack;
    struct rf_frame *frame = rt_innermost(self, stack, self->shared.top);
    for (; frame > stack->frames; frame = rt_outer(self, stack, frame))
        if (frame->call & RF_CALL_ASYNC)
            return rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    return NULL;
}

/* Takes what is known of the slice of `frame` from where put_slice left it; all 0: not there. */
static struct rt_slice take_slice(struct rt_thread *self, const struct rf_frame *frame) {
    for (uint32_t i = self->n_slices; i-- > 0;)
        if (self->slices[i].frame == frame) {
            struct rt_slice slice = self->slices[i];
            self->n_slices--;
            memmove(self->slices + i, self->slices + i + 1, (self->n_slices - i) * sizeof *self->slices);
            return slice;
        }
    return (struct rt_slice){0};
}

static void put_slice(struct rt_thread *self, const struct rf_frame *frame, struct rf_node *physical) {
    take_slice(self, frame); /* of a slice that was left without an end */
    if (self->n_slices == RT_SLICES)
        memmove(self->slices, self->slices + 1, --self->n_slices * sizeof *self->slices);
    self->slices[self->n_slices++] = (struct rt_slice){frame, physical, self->shared.off_ns};
}

void rt_slice_begin(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t now) {
    struct rf_frame *frame = self->shared.top;
    call->physical = rt_entered_at(frame);
    put_slice(self, frame, call->physical);
    call->node = logical;
    call->state = RF_CALL_RUNNING;
    call->resumed = now;
    call->off_before_ns = self->shared.off_ns;
    call->slices++;
    frame[1].node = &rt_nil;
    frame->t0 = now | 2;
    frame->node = logical;
    frame->call = RF_CALL_ASYNC | call->id;
    if (call->flags & RF_CALL_FRAME)
        rt_turn_begin(call, frame);
}

uint64_t rt_call_next_id(const struct rf_call *call) {
    return (__atomic_add_fetch(&rt.process->async_calls, 1, __ATOMIC_RELAXED) << INDEX_BITS | index_of(call)) &
           ~(RF_CALL_ASYNC | RF_CALL_INHERITED | RF_CALL_HELD);
}

struct rf_call *rt_call_room(uint64_t key) {
    struct rf_call *call = find_or_make(key);
    if (!call)
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    return call;
}

static struct rf_call *new_call(struct rt_thread *self, uint64_t key, uint64_t now, uint32_t flags) {
    struct rf_call *call = rt_call_room(key);
    if (!call)
        return NULL;
    if (call->flags & RF_CALL_FRAME) /* whose memory another object has now */
        rt_call_gone(self, call);
    call->id = rt_call_next_id(call);
    call->begin = now;
    call->suspended = call->ready = 0;
    call->awaiter = 0;
    call->await = NULL;
    call->slices = 0;
    call->flags = flags;
    call->resume_fn = call->made_at = 0;
    return call;
}

struct rf_call *rt_call_begin(struct rt_thread *self, uint64_t key, struct rf_node *logical, uint32_t flags) {
    struct rf_call *outer = rt_call_running(self);
    uint64_t now = rt_ticks();
    struct rf_call *call = new_call(self, key, now, flags);
    if (!call)
        return NULL;
    call->awaiter = outer ? outer->id : 0;
    rt_slice_begin(self, call, logical, now);
    return call;
}

struct rf_call *rt_call_adopt(struct rt_thread *self, uint64_t key, struct rf_node *logical) {
    struct rf_call *call = new_call(self, key, rt_ticks(), 0);
    if (!call)
        return NULL;
    call->node = call->physical = logical;
    call->state = RF_CALL_SUSPENDED;
    return call;
}

struct rf_await *rt_call_await_here(struct rt_thread *self, const struct rf_call *call, struct rf_node *logical) {
    struct rf_await *before = call->await;
    struct rf_await *here = before && before->node != logical ? rt_await_get(self, logical, before->site) : before;
    if (here && here != before && !here->open) {
        here->line = before->line;
        memcpy(here->file, before->file, sizeof here->file);
        memcpy(here->awaited, before->awaited, sizeof here->awaited);
    }
    return here;
}

bool rt_call_add_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t since,
                      uint64_t now) {
    uint64_t ready = __atomic_exchange_n(&call->ready, 0, __ATOMIC_ACQ_REL);
    if (!since || now < since)
        return false;
    uint64_t until = !ready || ready > now ? now : ready < since ? since : ready;
    rt_stall_late(self, call, logical, until, now - until);
    struct rf_extra *extra = rt_extra_get(self, logical);
    if (extra) {
        extra->awaiting_ticks += until - since;
        extra->queued_ticks += now - until;
    }
    if (call->await) {
        call->await->awaiting_ticks += until - since;
        call->await->queued_ticks += now - until;
    }
    return true;
}

void rt_call_resume(struct rt_thread *self, struct rf_call *call, uint64_t entered) {
    struct rf_node *logical = rt_node_mirror(self, call->node);
    __atomic_store_n(&call->resumed, entered, __ATOMIC_SEQ_CST);
    uint64_t since = __atomic_exchange_n(&call->suspended, 0, __ATOMIC_SEQ_CST);
    call->await = since ? rt_call_await_here(self, call, logical) : NULL;
    if (rt_call_add_wait(self, call, logical, since, entered) && call->await)
        call->await->count++;
    rt_slice_begin(self, call, logical, rt_ticks());
}

static bool is_latest(const struct rf_call *call, const struct rf_frame *frame) {
    if (call->flags & RF_CALL_FRAME)
        return rt_turn_is(call, frame);
    return !((__atomic_load_n(&call->resumed, __ATOMIC_SEQ_CST) ^ frame->t0) & ~(uint64_t)3);
}

void rt_call_slice_moved(const struct rf_frame *frame, uint64_t before) {
    struct rf_call *call = rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    uint64_t resumed = before & ~(uint64_t)3; /* unless a later slice has begun meanwhile */
    __atomic_compare_exchange_n(&call->resumed, &resumed, frame->t0 & ~(uint64_t)3, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_RELAXED);
    rt_turn_moved(call, frame, before);
}

static void add_slice(struct rt_thread *self, struct rf_node *physical, struct rf_node *logical, uint64_t ticks) {
    if (physical == logical) {
        logical->long_count++;
        logical->long_ticks += ticks;
        return;
    }
    struct rf_extra *here = rt_extra_get(self, physical), *there = rt_extra_get(self, logical);
    if (here && there) {
        here->passed++;
        here->passed_ticks += ticks;
        there->resumed++;
        there->resumed_ticks += ticks;
    }
}

/* The record tells of the slice as long as that is `current`, and of another one, if not of another call, from then on.
 */
static void note_stall(struct rt_thread *self, const struct rf_call *call, const struct rf_frame *frame,
                       const struct rt_slice *slice, bool current, uint64_t ticks) {
    uint64_t off = self->shared.off_ns, before = off;
    if (slice->frame)
        before = slice->off_before_ns;
    else if (current && call->off_before_ns < off)
        before = call->off_before_ns;
    rt_stall_slice(self, frame, ticks, off - before, current ? call->await : NULL);
}

void rt_call_slice_end(struct rt_thread *self, struct rf_frame *frame, uint64_t now) {
    struct rf_call *call = rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    uint64_t start = frame->t0 & ~(uint64_t)3, ticks = now > start ? now - start : 0;
    struct rt_slice slice = take_slice(self, frame);
    struct rf_node *physical = slice.physical;
    bool same = call->id == (frame->call & ~RF_CALL_ASYNC), current = same && is_latest(call, frame);
    if (!physical && current)
        physical = call->physical;
    if (physical)
        add_slice(self, physical, frame->node, ticks);
    else
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    if (!(same && call->flags & RF_CALL_POOL))
        note_stall(self, call, frame, &slice, current, ticks);
    if (!current) { /* it ended inside, or went on elsewhere; its address may have another call already */
        rt_frame_slice_passed(self, frame);
    } else if (call->flags & RF_CALL_LINKED) {
        call->state = RF_CALL_ENDED;
        rt_link_ended(call, now);
    } else if (call->flags & RF_CALL_FRAME) {
        rt_frame_slice_end(self, call, frame, now);
    } else if (call->flags & RF_CALL_STATE) {
        rt_protothread_left(self, call, frame->node);
        if (call->state == RF_CALL_SUSPENDED)
            __atomic_store_n(&call->suspended, now, __ATOMIC_RELEASE);
    } else if (call->state == RF_CALL_SUSPENDED) {
        /* Announced before it left: the wait begins where the slice ends, unless it is already over. */
        uint64_t announced = __atomic_load_n(&call->suspended, __ATOMIC_ACQUIRE);
        if (announced)
            __atomic_compare_exchange_n(&call->suspended, &announced, now, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    }
}
