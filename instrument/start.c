/* Opens the profile, at the first hook or from the constructor (sampler/begin.c), whichever comes first. */
#include "instrument/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/sleep.h"

#include "instrument/safe.h"

struct rt rt;

uint64_t rt_mono_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void rt_fail(const char *what) {
    if (rt.process && !rt.process->failure[0])
        strncpy(rt.process->failure, what, sizeof rt.process->failure - 1);
}

static void read_file(const char *path, char *to, size_t room) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t got = read(fd, to, room - 1);
    to[got > 0 ? got : 0] = 0;
    close(fd);
}

bool rt_process_begin(uint32_t forked_from) {
    uint32_t ordinal = __atomic_fetch_add(&rt.file->processes, 1, __ATOMIC_RELAXED);
    const struct rf_process *before = rt.process; /* of the parent, whose clock and prices are the same */
    rt.process = NULL;
    struct rf_chunk *chunk = rt_chunk_new(RF_PROCESS, 0, sizeof(struct rf_process));
    if (!chunk) {
        rt.why = "there is no room in the profile";
        return false;
    }
    struct rf_process *process = rt_payload(chunk);
    chunk->process = ordinal;
    process->base = (uint64_t)rt.base;
    process->ordinal = ordinal;
    process->pid = (uint32_t)getpid();
    process->ppid = (uint32_t)getppid();
    process->parent = forked_from;
    process->start = process->last = rt_ticks();
    process->start_mono_ns = process->last_mono_ns = rt_mono_ns();
    if (rt.timestamps != RF_TIME_NONE)
        rt_coarse = process->start | 1; /* in time for the first entry: an open call's start is never older */
    process->coarse = rt_coarse;
    process->tracer_off = 1;
    if (before) {
        process->ticks_per_s = before->ticks_per_s;
        process->probe_count_ps = before->probe_count_ps;
        process->probe_timed_ps = before->probe_timed_ps;
        process->probe_inside_ps = before->probe_inside_ps;
    }
    ssize_t length = readlink("/proc/self/exe", process->exe, sizeof process->exe - 1);
    process->exe[length > 0 ? length : 0] = 0;
    read_file("/proc/self/cmdline", process->cmdline, sizeof process->cmdline);
    rt.process = process;
    rt.calls =
        (struct rt_pool){.kind = RF_CALLS, .record = sizeof(struct rf_call), .records_next = 31, .records_most = 8191};
    rt.stalls = (struct rt_pool){
        .kind = RF_STALLS, .record = sizeof(struct rf_stall), .records_next = 63, .records_most = 1023};
    rt.fibers = (struct rt_pool){
        .kind = RF_FIBERS, .record = sizeof(struct rf_fiber), .records_next = 15, .records_most = 1023};
    rt_calls_reset();
    rt_places_reset();
    rt_protothreads_reset();
    __atomic_store_n(&chunk->used, sizeof *process, __ATOMIC_RELEASE);
    return true;
}

bool rt_start(void) {
    int state = atomic_load_explicit(&rt.state, memory_order_acquire);
    if (state != RT_UNKNOWN)
        return state == RT_ACTIVE;
    /* One thread opens; a hook that comes meanwhile (a handler's, or another thread's before main) does without. */
    if (!atomic_compare_exchange_strong(&rt.state, &state, RT_OFF))
        return state == RT_ACTIVE;
    const char *path = secure_getenv("RECOUNT");
    if (!path || !*path || rt_other_runtime())
        return false;
    int saved = errno, cancel = rt_cancel_off();
    bool open = rt_arena_open(path) && rt_process_begin(0);
    rt.error = open ? 0 : errno;
    rt_cancel_restore(cancel);
    rt.long_ticks = 4000; /* both some 2 us and 10 ms until the clock is measured (calibrate.c) */
    rt.stall_ticks = 20000000;
    if (open)
        rt_sleep_list();
    if (open)
        atomic_store_explicit(&rt.state, RT_ACTIVE, memory_order_release);
    errno = saved;
    return open;
}
