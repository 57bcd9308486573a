/* What the hooks cost here, measured on a tree and a stack that belong to no profile. */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/match.h"

#include "instrument/safe.h"

#define ROUNDS 2000u
#define TRIES 5

extern void __cyg_profile_func_enter(void *, void *);
extern void __cyg_profile_func_exit(void *, void *);

__attribute__((noinline)) static uint64_t ticks_of_rounds(void *fn, void *call_site) {
    uint64_t start = rt_ticks();
    for (unsigned i = 0; i < ROUNDS; i++) {
        __cyg_profile_func_enter(fn, call_site);
        __cyg_profile_func_exit(fn, call_site);
    }
    return rt_ticks() - start;
}

static uint64_t least(struct rf_node *node, bool timed) {
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        node->next_timed = timed ? node->count + 1 : UINT64_MAX;
        node->step = 0;
        uint64_t ticks = ticks_of_rounds((void *)node->fn, (void *)node->cs);
        best = ticks < best ? ticks : best;
    }
    return best;
}

void rt_calibrate(struct rf_process *process) {
    struct rf_frame frames[8] = {{.sp = UINT64_MAX}};
    struct rf_node parent = {.fn = 16}, child = {.fn = 32, .cs = 1, .parent = &parent};
    struct rf_stack stack = {.hi = UINT64_MAX, .frames = frames};
    struct rt_thread self = {
        .shared = {.top = frames, .limit = frames + 4, .stack = &stack, .lo = 1, .random = 88172645463325252}};
    stack.owner = &self.shared;
    struct rt_thread *before = rt_self;
    enum rf_timestamps timestamps = rt.timestamps;
    for (int i = 0; i < RF_KIDS; i++)
        parent.kid[i] = &child;
    frames[0].node = &parent;
    rt.timestamps = RF_TIME_ALL; /* keeps every entry of the timed rounds timed */
    rt_self = &self;
    uint64_t untimed = least(&child, false), timed = least(&child, true);
    uint64_t inside = child.long_count ? child.long_ticks / child.long_count : 0;
    rt_self = before;
    rt.timestamps = timestamps;

    uint64_t ns = rt_mono_ns(), ticks = rt_ticks(), ns_end, ticks_end;
    do { /* a fifth of a millisecond tells the clock's rate well enough for this */
        ns_end = rt_mono_ns();
        ticks_end = rt_ticks();
    } while (ns_end - ns < 200000);
    uint64_t ps_per_1024_ticks = (ns_end - ns) * 1000 * 1024 / (ticks_end - ticks);
    process->ticks_per_s = (ticks_end - ticks) * UINT64_C(1000000000) / (ns_end - ns);
    process->probe_count_ps = untimed * ps_per_1024_ticks / 1024 / ROUNDS;
    process->probe_timed_ps = timed * ps_per_1024_ticks / 1024 / ROUNDS;
    process->probe_inside_ps = inside * ps_per_1024_ticks / 1024;
    rt.long_ticks = UINT64_C(2000000) * 1024 / ps_per_1024_ticks; /* 2 us */
    rt.stall_ticks = RF_STALL_LEAST_NS * 1000 * 1024 / ps_per_1024_ticks;
}
