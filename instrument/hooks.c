/*
 * The two hooks. Fast path: the context is among the parent's cached children, the stack is the one that ran last
 * and no call was left open above; then a frame is pushed and a counter raised. Everything else is rt_enter_slow's.
 *
 * Order (against signals on this thread and kill -9; no other thread writes here): the frame is complete before
 * `top` shows it, and shown before the entry is counted, so a counted entry is always either open or closed. A
 * handler that interrupts a hook leaves one slot free above `top` (entry.c), so a half-written frame survives it.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/match.h"

#include "instrument/safe.h"

__thread struct rt_thread *rt_self __attribute__((tls_model("initial-exec"))) = &rt_nobody;
uint64_t rt_coarse = 1;

/* Leaves with the hook's own stack pointer, return address and callee-saved registers still in place (entry.c). */
void rt_enter_entry(uint64_t fn, uint64_t cs);
void rt_exit_entry(uint64_t fn, uint64_t cs, uint64_t sp);

RT_EXPORT RT_PROBE void __cyg_profile_func_enter(void *function, void *call_site);
RT_EXPORT RT_PROBE void __cyg_profile_func_exit(void *function, void *call_site);

RT_PROBE void __cyg_profile_func_enter(void *function, void *call_site) {
    uint64_t fn = (uint64_t)function, cs = (uint64_t)call_site;
    uint64_t sp = (uint64_t)__builtin_dwarf_cfa();
    struct rt_thread *self = rt_self;
    struct rf_frame *frame = self->shared.top;
    struct rf_node *node = frame->node->kid[rt_way(fn, cs)];
    uint64_t lo = self->shared.lo;
    /* One comparison for "below the innermost frame, and on this stack": unsigned, both sides from the low end. */
    if (rt_unlikely(node->fn != fn || node->cs != cs || sp - lo >= frame->sp - lo || frame >= self->shared.limit)) {
        rt_enter_entry(fn, cs);
        return;
    }
    uint64_t call = node->count + 1;
    frame[1].node = node;
    frame[1].sp = sp;
    frame[1].t0 = rt_coarse;
    frame[1].call = call;
    atomic_signal_fence(memory_order_release);
    __atomic_store_n(&self->shared.top, frame + 1, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_release);
    rt_bump(&node->count);
    if (rt_unlikely(call == node->next_timed))
        rt_time_top(self);
}

RT_PROBE void __cyg_profile_func_exit(void *function, void *call_site) {
    uint64_t fn = (uint64_t)function, cs = (uint64_t)call_site;
    uint64_t sp = (uint64_t)__builtin_dwarf_cfa();
    struct rt_thread *self = rt_self;
    struct rf_frame *frame = self->shared.top;
    struct rf_node *node = frame->node;
    /* t0 equal to the coarse clock says two things: no time stamp was taken, and the clock has not moved since. */
    if (rt_unlikely(node->fn != fn || node->cs != cs || frame->t0 != rt_coarse || sp - frame->sp >= RT_EXIT_WINDOW)) {
        rt_exit_entry(fn, cs, sp);
        return;
    }
    __atomic_store_n(&self->shared.top, frame - 1, __ATOMIC_RELAXED);
}

/* The hooks themselves, whatever the exported names stand for in the program (site.c). */
__attribute__((alias("__cyg_profile_func_enter"))) void rt_hook_enter(void *function, void *call_site);
__attribute__((alias("__cyg_profile_func_exit"))) void rt_hook_exit(void *function, void *call_site);
