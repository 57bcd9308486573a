/*
 * Slices that held their thread for long, and calls that were ready and had to wait for that long: the reader lays
 * them over each other. Only async calls are noted, and a fixed number in all; what comes after is counted as lost.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define STALLS_MOST 8192u

static void note(const struct rf_stall *stall) {
    static _Atomic uint32_t noted;
    struct rf_stall *record = NULL;
    if (atomic_fetch_add_explicit(&noted, 1, memory_order_relaxed) < STALLS_MOST)
        record = rt_pool_take(&rt.stalls);
    if (!record) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    struct rf_node *node = stall->node;
    *record = *stall;
    record->node = NULL;
    __atomic_store_n(&record->node, node, __ATOMIC_RELEASE); /* stored last: without it a reader passes it over */
}

void rt_stall_slice(struct rt_thread *self, const struct rf_frame *frame, uint64_t ticks, uint64_t off_ns,
                    struct rf_await *await) {
    if (ticks < rt.stall_ticks)
        return;
    note(&(struct rf_stall){.node = frame->node,
                            .call = frame->call,
                            .start = frame->t0 & ~(uint64_t)3,
                            .duration = ticks,
                            .off_ns = off_ns,
                            .thread = self->shared.ordinal,
                            .syscall = off_ns > 0 ? self->shared.last_syscall : -1,
                            .await = await});
}

void rt_stall_late(struct rt_thread *self, const struct rf_call *call, struct rf_node *node, uint64_t ready,
                   uint64_t ticks) {
    if (ticks < rt.stall_ticks)
        return;
    note(&(struct rf_stall){.node = node,
                            .call = RF_CALL_ASYNC | call->id,
                            .start = ready,
                            .duration = ticks,
                            .thread = self->shared.ordinal,
                            .syscall = -1,
                            .late = 1,
                            .await = call->await});
}
