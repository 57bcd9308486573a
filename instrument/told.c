/* What the program tells of its async calls: recount/recount.h, which recount/coro.h and recount/pt/pt.h use. */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "recount/recount.h"

#include "instrument/safe.h"

/* The innermost call, if it is `fn` itself: otherwise the coroutine is not instrumented, or was inlined. */
static struct rt_thread *inside(const void *fn) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return NULL;
    if (self->shared.top->node->fn != (uint64_t)fn) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    return self;
}

static void announce_begin(struct rt_thread *self, uint64_t key) {
    struct rf_node *node = self->shared.top->node;
    rt_protothread_dismiss(self, node);
    struct rf_extra *extra = rt_extra_get(self, node);
    if (extra)
        extra->begins++;
    rt_call_begin(self, key, node, 0);
}

static void announce_resume(struct rt_thread *self, uint64_t key) {
    struct rf_node *physical = self->shared.top->node;
    rt_protothread_dismiss(self, physical);
    struct rf_extra *extra = rt_extra_get(self, physical);
    if (extra)
        extra->resumes++;
    struct rf_call *call = rt_call_find(key);
    if (call && call->state == RF_CALL_SUSPENDED) {
        rt_call_resume(self, call, rt_ticks());
        return;
    }
    rt_call_begin(self, key, physical, RF_CALL_BEGIN_UNSEEN); /* before the recording, or where nobody saw it */
}

RT_EXPORT void recount_call_begin(const void *key, const void *fn) {
    struct rt_thread *self = inside(fn);
    if (self)
        announce_begin(self, (uint64_t)key);
}

RT_EXPORT void recount_call_resume(const void *key, const void *fn) {
    struct rt_thread *self = inside(fn);
    if (self)
        announce_resume(self, (uint64_t)key);
}

/* The hooks were given the same return address. */
RT_EXPORT void recount_call_enter(const void *key, const void *from, int fresh) {
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody)
        return;
    if (rt_entered_at(self->shared.top)->cs != (uint64_t)from)
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
    else if (fresh)
        announce_begin(self, (uint64_t)key);
    else
        announce_resume(self, (uint64_t)key);
}

/* Text from the target, cut to the record's room: file names keep their end, expressions their beginning. */
static void copy_text(char *to, size_t room, const char *text, bool keep_end) {
    size_t length = text ? strlen(text) : 0;
    if (length >= room && keep_end)
        text += length - (room - 1);
    if (length >= room)
        length = room - 1;
    memcpy(to, text ? text : "", length);
    to[length] = 0;
}

void rt_await_describe(struct rf_await *await, const struct recount_await *at) {
    copy_text(await->file, sizeof await->file, at->file, true);
    copy_text(await->awaited, sizeof await->awaited, at->awaited, false);
    await->line = at->line;
}

RT_EXPORT void recount_call_suspend(const void *key, const struct recount_await *at) {
    struct rt_thread *self = rt_self;
    struct rf_call *call = self == &rt_nobody ? NULL : rt_call_find((uint64_t)key);
    if (!call || call->state != RF_CALL_RUNNING)
        return;
    struct rf_await *before = call->await, *await = rt_await_get(self, call->node, (uint64_t)at);
    if (await) {
        if (!await->open)
            rt_await_describe(await, at);
        await->open++;
        struct rf_extra *extra = await == before && (at->flags & RECOUNT_AWAIT_POLL) && call->slices > 1
                                     ? rt_extra_get(self, call->node)
                                     : NULL;
        if (extra) {
            extra->idle++;
            await->idle++;
        }
    }
    call->await = await;
    call->state = RF_CALL_SUSPENDED;
    __atomic_store_n(&call->ready, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&call->suspended, rt_ticks(), __ATOMIC_RELEASE);
}

RT_EXPORT void recount_call_proceed(const void *key) {
    struct rf_call *call = rt_self == &rt_nobody ? NULL : rt_call_find((uint64_t)key);
    if (call && call->state == RF_CALL_RUNNING)
        call->await = NULL;
}

RT_EXPORT void recount_call_ready(const void *key) {
    if (atomic_load_explicit(&rt.state, memory_order_acquire) != RT_ACTIVE)
        return;
    struct rf_call *call = rt_call_find((uint64_t)key);
    uint64_t not_yet = 0;
    if (call) /* the first wake counts */
        __atomic_compare_exchange_n(&call->ready, &not_yet, rt_ticks(), false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

RT_EXPORT void recount_call_end(const void *key) {
    struct rt_thread *self = rt_self;
    struct rf_call *call = self == &rt_nobody ? NULL : rt_call_find((uint64_t)key);
    if (!call || call->state == RF_CALL_ENDED)
        return;
    call->state = RF_CALL_ENDED;
    struct rf_extra *extra = rt_extra_get(self, call->node);
    if (extra)
        extra->ends++;
}
