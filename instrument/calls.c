/*
 * Async calls: logical invocations that leave and are entered again. Each is known by an address that only it has
 * while it lives: the coroutine's frame. The calls stand in a hash whose chains only grow; a record is used again
 * for the next call at its address, so there are never more records than there were frames at one time.
 *
 * A call is run by one thread at a time, which alone writes its record. `ready` may come from any thread, and so may
 * the next resume while this thread still returns from the suspension: `suspended` and `ready` are therefore atomic,
 * and whoever takes them takes them once.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/links.h"

#include "instrument/safe.h"

#define BUCKET_BITS 16
#define INDEX_BITS RF_CALL_SERIAL_SHIFT /* of an id: which record; records lie 128 bytes apart from offset 64 on */
#define INDEX_MASK ((UINT64_C(1) << INDEX_BITS) - 1)
static_assert(sizeof(struct rf_call) == 128 && sizeof(struct rf_chunk) == 64, "ids are made of record offsets");

static struct rf_call *_Atomic *buckets;

void rt_calls_reset(void) {
    buckets = rt_pages(sizeof *buckets << BUCKET_BITS);
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

/* Takes the context that the slice of `frame` was entered in from where slice_begin put it; NULL: not there. */
static struct rf_node *take_physical(struct rt_thread *self, const struct rf_frame *frame) {
    for (uint32_t i = self->n_slices; i-- > 0;)
        if (self->slices[i].frame == frame) {
            struct rf_node *physical = self->slices[i].physical;
            self->n_slices--;
            memmove(self->slices + i, self->slices + i + 1, (self->n_slices - i) * sizeof *self->slices);
            return physical;
        }
    return NULL;
}

static void put_physical(struct rt_thread *self, const struct rf_frame *frame, struct rf_node *physical) {
    take_physical(self, frame); /* of a slice that was left without an end */
    if (self->n_slices == RT_SLICES)
        memmove(self->slices, self->slices + 1, --self->n_slices * sizeof *self->slices);
    self->slices[self->n_slices++] = (struct rt_slice){frame, physical};
}

/* The innermost frame becomes a slice of `call`, timed from now on. What lies above it in memory is cleared: the
 * last call that the slice makes will stand there when it ends, and says where it suspended. */
static void slice_begin(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t now) {
    struct rf_frame *frame = self->shared.top;
    call->physical = rt_entered_at(frame);
    put_physical(self, frame, call->physical);
    call->node = logical;
    call->state = RF_CALL_RUNNING;
    call->resumed = now;
    call->off_before_ns = self->shared.off_ns;
    call->slices++;
    frame[1].node = &rt_nil;
    frame->t0 = now | 2;
    frame->node = logical;
    frame->call = RF_CALL_ASYNC | call->id;
}

static uint64_t next_id(const struct rf_call *call) {
    return (__atomic_add_fetch(&rt.process->async_calls, 1, __ATOMIC_RELAXED) << INDEX_BITS | index_of(call)) &
           ~(RF_CALL_ASYNC | RF_CALL_INHERITED | RF_CALL_HELD);
}

/* The record of a new call at `key`. */
static struct rf_call *new_call(uint64_t key, uint64_t now) {
    struct rf_call *call = find_or_make(key);
    if (!call) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    call->id = next_id(call);
    call->begin = now;
    call->suspended = call->ready = 0;
    call->awaiter = 0;
    call->await = NULL;
    call->slices = 0;
    call->flags = 0;
    call->resume_fn = call->made_at = 0;
    return call;
}

struct rf_call *rt_call_begin(struct rt_thread *self, uint64_t key, struct rf_node *logical) {
    struct rf_call *outer = rt_call_running(self);
    uint64_t now = rt_ticks();
    struct rf_call *call = new_call(key, now);
    if (!call)
        return NULL;
    call->awaiter = outer ? outer->id : 0;
    slice_begin(self, call, logical, now);
    return call;
}

struct rf_call *rt_call_adopt(uint64_t key, struct rf_node *logical) {
    struct rf_call *call = new_call(key, rt_ticks());
    if (!call)
        return NULL;
    call->node = call->physical = logical;
    call->state = RF_CALL_SUSPENDED;
    return call;
}

/* What the wait was: until ready it awaited, from there on it was queued. */
static void close_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t now) {
    uint64_t since = __atomic_exchange_n(&call->suspended, 0, __ATOMIC_SEQ_CST);
    uint64_t ready = __atomic_exchange_n(&call->ready, 0, __ATOMIC_ACQ_REL);
    if (!since || now < since)
        return;
    uint64_t until = !ready || ready > now ? now : ready < since ? since : ready;
    rt_stall_late(self, call, logical, until, now - until);
    struct rf_extra *extra = rt_extra_get(self, logical);
    struct rf_await *await = call->await;
    if (await && await->node != logical) /* the wait began in another thread's tree */
        call->await = await = NULL;
    if (extra) {
        extra->awaiting_ticks += until - since;
        extra->queued_ticks += now - until;
    }
    if (await) {
        await->count++;
        await->awaiting_ticks += until - since;
        await->queued_ticks += now - until;
    }
}

void rt_call_resume(struct rt_thread *self, struct rf_call *call, uint64_t entered) {
    struct rf_node *logical = rt_node_mirror(self, call->node);
    __atomic_store_n(&call->resumed, entered, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST))
        call->await = NULL;                     /* the thread that it left has not told yet where */
    if (logical != call->node && call->await) { /* continue the ledger in this thread's own tree */
        struct rf_await *before = call->await, *here = rt_await_get(self, logical, before->site);
        if (here && !here->open) {
            here->line = before->line;
            memcpy(here->file, before->file, sizeof here->file);
            memcpy(here->awaited, before->awaited, sizeof here->awaited);
        }
        if (here)
            here->open++;
        call->await = here;
    }
    close_wait(self, call, logical, entered);
    slice_begin(self, call, logical, rt_ticks());
}

/* ---- a coroutine's frame: made, started, destroyed ---- */

struct rf_call *rt_call_made(struct rt_thread *self, const struct rt_made *made) {
    struct rf_call *call = find_or_make(made->address);
    if (!call) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
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
    __atomic_store_n(&call->suspended, made->left, __ATOMIC_RELAXED);
    __atomic_store_n(&call->state, RF_CALL_MADE, __ATOMIC_RELEASE);
    return call;
}

static struct rf_node *logical_of_made(struct rt_thread *self, const struct rf_call *call, uint64_t fn) {
    struct rf_node *maker = rt_node_mirror(self, call->node);
    struct rf_node *logical = rt_node_get(self, maker, fn, call->made_at, RF_NODE_COROUTINE | RF_NODE_MADE);
    return logical == self->lost ? NULL : logical;
}

struct rf_node *rt_call_start(struct rt_thread *self, struct rf_call *call, uint64_t fn, uint64_t waited_until) {
    struct rf_node *logical = logical_of_made(self, call, fn);
    if (!logical)
        return NULL;
    call->id = next_id(call);
    if (waited_until) {
        call->await = rt_await_get(self, logical, call->made_at);
        if (call->await && !call->await->open++)
            memcpy(call->await->awaited, "(first suspension)", sizeof "(first suspension)");
        close_wait(self, call, logical, waited_until);
    }
    call->suspended = call->ready = 0;
    call->resume_fn = fn;
    rt_made_ran(call->made_at);
    /* What the ramp itself enters is inside the ramp's time, as it is. */
    slice_begin(self, call, waited_until ? logical : self->shared.top->node, rt_ticks());
    call->node = logical;
    return logical;
}

/* A wait that nobody ends: it counts up to now, but is no suspension that was resumed. */
static void break_wait(struct rt_thread *self, struct rf_call *call, struct rf_node *logical, uint64_t now) {
    struct rf_await *await = call->await && call->await->node == logical ? call->await : NULL;
    uint64_t since = __atomic_load_n(&call->suspended, __ATOMIC_ACQUIRE);
    if (await)
        await->open--;
    call->await = await;
    close_wait(self, call, logical, now);
    if (await && since)
        await->count--;
}

void rt_call_gone(struct rt_thread *self, struct rf_call *call) {
    if (!call || call->state == RF_CALL_FREE || call->state == RF_CALL_ENDED)
        return;
    if (call->state == RF_CALL_MADE) {
        rt_made_ran(call->made_at);
    } else {
        struct rf_node *logical = rt_node_mirror(self, call->node);
        struct rf_extra *extra = rt_extra_get(self, logical);
        if (call->await && call->await->node == logical && call->state == RF_CALL_SUSPENDED)
            call->await->open--;
        if (extra)
            extra->ends++;
    }
    call->state = RF_CALL_ENDED;
}

void rt_call_destroyed(struct rt_thread *self, struct rf_call *call, uint64_t fn) {
    if (call->state == RF_CALL_FREE || call->state == RF_CALL_ENDED)
        return;
    bool made = call->state == RF_CALL_MADE;
    struct rf_node *logical = made ? logical_of_made(self, call, fn) : rt_node_mirror(self, call->node);
    struct rf_extra *extra = logical ? rt_extra_get(self, logical) : NULL;
    if (made)
        rt_made_ran(call->made_at);
    if (extra && made)
        extra->begins++;
    if (extra)
        extra->ends++;
    if (logical && call->state != RF_CALL_RUNNING)
        break_wait(self, call, logical, rt_ticks());
    call->state = RF_CALL_ENDED;
}

/* Where a C++ coroutine left: the last call its body made (await_ready, await_suspend, or what it awaited). */
static struct rf_await *last_call_site(struct rt_thread *self, struct rf_node *logical, const struct rf_frame *frame) {
    struct rf_node *last = frame[1].node;
    if (last == &rt_nil || rt_home(last)->parent != rt_home(frame->node) || last->flags & RF_NODE_INLINED)
        return NULL; /* none; or inlined, and its call site is the body's own */
    struct rf_await *await = rt_await_get(self, logical, last->cs);
    if (await)
        await->open++;
    return await;
}

/* Another thread has resumed the call before this one came to the end of the slice: it waited no time at all. */
static void note_overtaken(struct rt_thread *self, const struct rf_frame *frame) {
    struct rf_await *await = last_call_site(self, frame->node, frame);
    if (await)
        await->count++;
}

static bool is_latest(const struct rf_call *call, const struct rf_frame *frame) {
    return !((__atomic_load_n(&call->resumed, __ATOMIC_SEQ_CST) ^ frame->t0) & ~(uint64_t)3);
}

void rt_call_slice_moved(const struct rf_frame *frame, uint64_t before) {
    struct rf_call *call = rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    before &= ~(uint64_t)3; /* unless a later slice has begun meanwhile */
    __atomic_compare_exchange_n(&call->resumed, &before, frame->t0 & ~(uint64_t)3, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_RELAXED);
}

/*
 * A compiler's frame has its first word cleared, or is gone, when the coroutine reached its end. Another thread may
 * resume it meanwhile: it stores `resumed` and then takes `suspended`, and here it is the other way round, both in one
 * total order; so either it takes the wait, or is seen to have come before it.
 */
static void end_frame_slice(struct rt_thread *self, struct rf_call *call, const struct rf_frame *frame, uint64_t now) {
    uint64_t first, mine = now;
    if (call->state == RF_CALL_ENDED)
        return;
    bool alive = rt_read_safely(call->key, &first, 1) && first == call->resume_fn;
    if (!is_latest(call, frame)) {
        note_overtaken(self, frame);
        return;
    }
    if (!alive) {
        call->state = RF_CALL_ENDED;
        struct rf_extra *extra = rt_extra_get(self, frame->node);
        if (extra)
            extra->ends++;
        return;
    }
    struct rf_await *await = call->await = last_call_site(self, call->node, frame);
    call->state = RF_CALL_SUSPENDED;
    __atomic_store_n(&call->suspended, now, __ATOMIC_SEQ_CST);
    if (!is_latest(call, frame) && await &&
        __atomic_compare_exchange_n(&call->suspended, &mine, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        await->count++;
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

void rt_call_slice_end(struct rt_thread *self, struct rf_frame *frame, uint64_t now) {
    struct rf_call *call = rt_call_by_id(frame->call & ~RF_CALL_ASYNC);
    uint64_t start = frame->t0 & ~(uint64_t)3, ticks = now > start ? now - start : 0;
    struct rf_node *physical = take_physical(self, frame);
    bool same = call->id == (frame->call & ~RF_CALL_ASYNC), current = same && is_latest(call, frame);
    if (!physical && current)
        physical = call->physical;
    if (physical)
        add_slice(self, physical, frame->node, ticks);
    else
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    if (!(same && call->flags & RF_CALL_POOL))
        rt_stall_slice(self, call, frame->node, start, ticks);
    if (!current) { /* it ended inside and its address has another call already, or it went on elsewhere */
        if (same && call->flags & RF_CALL_FRAME)
            note_overtaken(self, frame);
    } else if (call->flags & RF_CALL_LINKED) {
        call->state = RF_CALL_ENDED;
        rt_link_ended(call, now);
    } else if (call->flags & RF_CALL_FRAME) {
        end_frame_slice(self, call, frame, now);
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
