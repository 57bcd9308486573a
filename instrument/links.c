/*
 * Callbacks that belong to where they were registered. A callback's own stack says which loop turned; its logical
 * caller is the context that asked for it, and the time in between is what that context waited.
 *
 * While a registered callback runs, a marker lies on the shadow stack, of the same shape as a signal handler's: its
 * node is the signal root, its `call` the number of the frame to go back to, so that whoever walks the frames steps
 * over it. The slot below it keeps what the entry needs. No context is a child of the signal root in the hook's own
 * cache: an entry right above the marker is therefore always the slow path's, which asks here (rt_link_push).
 */
#include "instrument/links.h"

#include <string.h>

#include "instrument/arch.h"
#include "recount/recount.h"

#include "instrument/safe.h"

#define BUCKET_BITS 14
#define LINKS_MOST (1u << 17)

/* Reserved as a whole at the first registration, backed as far as it is used. */
static struct links {
    struct rt_link *_Atomic bucket[1 << BUCKET_BITS];
    _Atomic uint32_t used;
    struct rt_link link[LINKS_MOST];
} * _Atomic all;

static struct links *links_get(void) {
    struct links *links = atomic_load_explicit(&all, memory_order_acquire);
    if (links)
        return links;
    struct links *fresh = rt_pages(sizeof *fresh);
    if (!fresh ||
        atomic_compare_exchange_strong_explicit(&all, &links, fresh, memory_order_acq_rel, memory_order_acquire))
        return fresh;
    rt_pages_free(fresh, sizeof *fresh);
    return links;
}

static struct rt_link *_Atomic *bucket_of(struct links *links, uint64_t key) {
    return &links->bucket[key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - BUCKET_BITS)];
}

static struct rt_link *from(struct rt_link *link, uint64_t key) {
    while (link && atomic_load_explicit(&link->key, memory_order_acquire) != key)
        link = link->next;
    return link;
}

struct rt_link *recount_link_find(uint64_t key) {
    struct links *links = atomic_load_explicit(&all, memory_order_acquire);
    return links ? from(atomic_load_explicit(bucket_of(links, key), memory_order_acquire), key) : NULL;
}

struct rt_link *recount_link_find_next(const struct rt_link *link) {
    return from(link->next, atomic_load_explicit(&link->key, memory_order_relaxed));
}

bool recount_link_is(uint64_t address) {
    struct links *links = atomic_load_explicit(&all, memory_order_acquire);
    uint64_t inside = address - (uint64_t)(links ? links->link : NULL);
    return links && inside < sizeof links->link && inside % sizeof *links->link == 0 &&
           atomic_load_explicit(&((struct rt_link *)address)->key, memory_order_relaxed) != 0;
}

static struct rt_link *add(struct links *links, struct rt_link *_Atomic *bucket, uint64_t key) {
    uint32_t number = atomic_fetch_add_explicit(&links->used, 1, memory_order_relaxed);
    if (number >= LINKS_MOST) {
        atomic_fetch_sub_explicit(&links->used, 1, memory_order_relaxed);
        return NULL;
    }
    struct rt_link *link = &links->link[number];
    atomic_store_explicit(&link->key, key, memory_order_relaxed);
    link->next = atomic_load_explicit(bucket, memory_order_relaxed);
    /* Release: a finder sees the key and the link. */
    while (
        !atomic_compare_exchange_weak_explicit(bucket, &link->next, link, memory_order_release, memory_order_relaxed))
        ;
    return link;
}

/* A record stays in its bucket for good; a free one is anybody's who gets its key in first. */
static struct rt_link *claim(struct links *links, uint64_t key) {
    struct rt_link *_Atomic *bucket = bucket_of(links, key);
    for (struct rt_link *link = atomic_load_explicit(bucket, memory_order_acquire); link; link = link->next) {
        uint64_t nobody = 0;
        if (atomic_load_explicit(&link->key, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong_explicit(&link->key, &nobody, key, memory_order_acq_rel,
                                                    memory_order_relaxed))
            return link;
    }
    return add(links, bucket, key);
}

/* ---- registrations ---- */

/* The context that registers: under a callback that no hook has seen, the one that registered that. */
static struct rf_node *registering(const struct rt_thread *self) {
    const struct rf_frame *top = self->shared.top;
    return rt_is_link(self, top) ? top[-1].node : top->node;
}

static struct rt_thread *recording(void) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody && rt_start())
        self = rt_thread_attach();
    return self == &rt_nobody ? NULL : self;
}

struct rt_link *recount_link_open(uint64_t key, uint64_t site, const char *awaited) {
    struct rt_thread *self = recording();
    struct links *links = self ? links_get() : NULL;
    if (!links)
        return NULL;
    struct rt_link *link = key & RT_LINK_MANY ? NULL : recount_link_find(key);
    if (!link)
        link = claim(links, key);
    if (!link) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    link->node = registering(self);
    link->site = site;
    link->awaited = awaited;
    link->since = rt_ticks();
    link->ready = link->period = 0;
    link->process = rt.process->ordinal;
    link->flags = 0;
    return link;
}

void recount_link_close(struct rt_link *link) {
    if (link) /* release: what was written of it is over before another claims it */
        atomic_store_explicit(&link->key, 0, memory_order_release);
}

void recount_link_ready(struct rt_link *link) {
    uint64_t not_yet = 0;
    __atomic_compare_exchange_n(&link->ready, &not_yet, rt_ticks(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Half an hour and more are no time that anybody waits in a queue for. */
#define DUE_MOST_NS UINT64_C(2000000000000)

static uint64_t ticks_of(uint64_t ns) {
    return ns / 1000 * (rt.process->ticks_per_s / 1000) / 1000;
}

void recount_link_due(struct rt_link *link, uint64_t ns, uint64_t again_ns) {
    if (!rt.process->ticks_per_s || ns > DUE_MOST_NS || again_ns > DUE_MOST_NS)
        return;
    link->ready = link->since + ticks_of(ns);
    link->period = again_ns ? ticks_of(again_ns) + 1 : 0;
}

/* ---- callbacks ---- */

static void name_await(struct rf_await *await, const struct rt_link *link) {
    const struct recount_await *at = (const struct recount_await *)link->site;
    if (link->awaited)
        strncpy(await->awaited, link->awaited, sizeof await->awaited - 1);
    else
        rt_await_describe(await, at);
}

/* What the registering context waited: for readiness, and from there on for its turn. Returns when it was ready. */
static uint64_t book_wait(struct rt_thread *self, struct rf_node *node, const struct rt_link *link, uint64_t now) {
    uint64_t since = link->since, ready = __atomic_load_n(&link->ready, __ATOMIC_RELAXED);
    if (node->flags & (RF_NODE_ROOT | RF_NODE_LOST) || now < since)
        return now;
    uint64_t until = !ready || ready > now ? now : ready < since ? since : ready;
    struct rf_extra *extra = rt_extra_get(self, node);
    struct rf_await *await = rt_await_get(self, node, link->site);
    if (extra) {
        extra->awaiting_ticks += until - since;
        extra->queued_ticks += now - until;
    }
    if (!await)
        return until;
    if (!await->open)
        name_await(await, link);
    await->open++;
    await->count++;
    await->awaiting_ticks += until - since;
    await->queued_ticks += now - until;
    return until;
}

/* Two slots: what the entry needs, and above it the marker. Each is shown as a marker before it is relied on, because a
 * handler that comes in between leaves only the slot right above `top` alone. */
static void push_marker(struct rt_thread *self, uint64_t sp, uint64_t ready, const struct rf_frame *needed) {
    struct rf_frame *top = self->shared.top;
    struct rf_frame marker = {
        .node = self->shared.signal_root, .sp = sp, .t0 = ready, .call = (uint64_t)(top - self->shared.stack->frames)};
    for (int slot = 1; slot <= 2; slot++) {
        top[slot] = marker;
        atomic_signal_fence(memory_order_release);
        __atomic_store_n(&self->shared.top, top + slot, __ATOMIC_RELAXED);
        atomic_signal_fence(memory_order_release);
    }
    top[1] = *needed;
}

/* A handler on an alternate stack, whose bounds nobody told, has a low end of 0. */
static bool runs_on(const struct rt_thread *self, const struct rf_stack *stack, uint64_t sp) {
    return self->shared.lo == 0 || (sp >= stack->lo && sp < stack->hi && rt_stack_is_mine(self));
}

/* Calls below `sp` have left without an exit; and room for a marker. */
static bool make_way(struct rt_thread *self, uint64_t sp, uint64_t from) {
    struct rf_stack *stack = self->shared.stack;
    if (!runs_on(self, stack, sp)) {
        stack = rt_stack_of(self, sp, from);
        if (!stack)
            return false;
        rt_stack_switch(self, stack, 0);
    }
    while (self->shared.top > self->shared.stack->frames && self->shared.top->sp < sp)
        rt_close_lost(self, rt_ticks());
    return self->shared.top + 1 < self->shared.stack->limit || rt_frames_grow(self);
}

/* The adapter's return address lies right below its canonical frame address (System V ABI, AMD64, 3.2.2): the callee's
 * frames are below that, its caller's above. */
void recount_link_enter(struct rt_linked *linked, struct rt_link *link, uint64_t fn, const void *cfa) {
    const uint64_t *above = cfa;
    uint64_t from = above[-1], sp = (uint64_t)&above[-1];
    *linked = (struct rt_linked){.link = link, .start = rt_ticks()};
    linked->key = atomic_load_explicit(&link->key, memory_order_relaxed);
    struct rt_thread *self = recording();
    if (!self || link->process != rt.process->ordinal || link->node->flags & RF_NODE_LOST || !make_way(self, sp, from))
        return;
    struct rf_node *node = rt_node_mirror(self, link->node);
    uint64_t ready = book_wait(self, node, link, linked->start);
    link->ready = link->period ? linked->start + link->period : 0;
    push_marker(self, sp, link->flags & RT_LINK_POOL ? 0 : ready,
                &(struct rf_frame){.node = node, .sp = link->site, .t0 = from, .call = fn});
    linked->sp = sp;
}

void recount_link_leave(struct rt_linked *linked) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return;
    uint64_t now = rt_ticks();
    const struct rf_stack *stack = self->shared.stack;
    bool here = linked->sp && runs_on(self, stack, linked->sp);
    while (here && self->shared.top > stack->frames && self->shared.top->sp <= linked->sp)
        rt_close_lost(self, now);
    struct rt_link *link = linked->link;
    if (atomic_load_explicit(&link->key, memory_order_relaxed) == linked->key && link->since < linked->start)
        link->since = now; /* not renewed by the callback itself: it waits for its next turn */
}

/* ---- entries ---- */

/*
 * A callback that registers its own successor would grow a chain without end: a registration of the same function at
 * the same site, made below a call that came of it, goes back to where that one hangs. `chained`: it was made in a
 * callback that is linked itself.
 */
static struct rf_node *folded(struct rf_node *registered, uint64_t fn, uint64_t site, bool *chained) {
    *chained = false;
    for (struct rf_node *at = registered; at; at = at->parent) {
        if (!(at->flags & RF_NODE_LINKED))
            continue;
        *chained = true;
        if (at->fn == fn && at->cs == site)
            return at->flags & RF_NODE_SITE ? at->parent->parent : at->parent;
    }
    return registered;
}

/* The innermost call, just entered as `physical`, is a call of `registered`. NULL: it stays as it is, for want of room.
 */
static struct rf_call *move(struct rt_thread *self, struct rf_node *physical, struct rf_node *registered, uint64_t site,
                            struct rt_link *link) {
    bool chained;
    struct rf_node *parent = folded(registered, physical->fn, site, &chained);
    struct rf_node *logical = rt_node_get(self, parent, physical->fn, site, RF_NODE_LINKED);
    if (logical == self->lost || logical == physical)
        return NULL;
    struct rf_extra *out = rt_extra_get(self, physical), *in = rt_extra_get(self, logical);
    struct rf_call *call = out && in ? rt_call_begin(self, (uint64_t)self->shared.top, logical, RF_CALL_LINKED) : NULL;
    if (!call)
        return NULL;
    if (chained)
        __atomic_fetch_add(&rt.process->chained_calls, 1, __ATOMIC_RELAXED);
    call->link = (uint64_t)link;
    out->moved_out++;
    atomic_signal_fence(memory_order_release);
    in->moved_in++;
    return call;
}

uint64_t rt_link_call_site(const struct rf_frame *marker, uint64_t fn, uint64_t cs) {
    return fn == marker[-1].call ? marker[-1].t0 : cs;
}

/* The first call under the marker is the one that came late. */
void rt_link_push(struct rt_thread *self, struct rf_node *physical, uint64_t sp) {
    struct rf_frame *marker = self->shared.top;
    uint64_t ready = marker->t0;
    rt_push(self, physical, sp);
    struct rf_call *call = move(self, physical, marker[-1].node, marker[-1].sp, NULL);
    if (!call)
        return;
    if (!ready) {
        call->flags |= RF_CALL_POOL;
        call->node->flags |= RF_NODE_POOL;
    } else if (ready < call->resumed)
        rt_stall_late(self, call, call->node, ready, call->resumed - ready);
    marker->t0 = ready ? UINT64_MAX : 0;
}

void rt_link_ended(const struct rf_call *call, uint64_t now) {
    struct rt_link *link = (struct rt_link *)call->link;
    if (link && link->since < call->begin)
        link->since = now;
}

/* ---- recount/recount.h ---- */

#define KIND_BY_HAND 15u

static uint64_t key_of(const void *key) {
    return (uint64_t)key << 4 | KIND_BY_HAND;
}

RT_EXPORT void recount_link(const void *key, const struct recount_await *at) {
    recount_link_open(key_of(key), (uint64_t)at, NULL);
}

RT_EXPORT void recount_linked(const void *key, const void *fn) {
    struct rt_thread *self = rt_self;
    struct rt_link *link = self == &rt_nobody ? NULL : recount_link_find(key_of(key));
    if (!link || link->process != rt.process->ordinal)
        return;
    struct rf_frame *top = self->shared.top;
    struct rf_node *physical = top->node;
    if (physical->fn != (uint64_t)fn || physical->flags & RF_NODE_LOST || top->call & RF_CALL_ASYNC) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    struct rf_node *registered = rt_node_mirror(self, link->node);
    book_wait(self, registered, link, rt_ticks());
    __atomic_store_n(&link->ready, 0, __ATOMIC_RELAXED);
    move(self, physical, registered, link->site, link);
}

RT_EXPORT void recount_unlink(const void *key) {
    recount_link_close(recount_link_find(key_of(key)));
}
