/* The sampler's thread: moves the coarse clock, looks at the threads, empties the ring. */
#include "sampler/sampler.h"

#include <linux/close_range.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/runtime.h"

/* No "instrument/safe.h" here: this is a thread of our own, and its start and its lock are not in the target's path. */

#define SCAN_EVERY_NS UINT64_C(20000000)
#define MODULES_EVERY_NS UINT64_C(100000000)
#define END_WAIT_MS 500
#define PROBE_DEPTH 12 /* the tracer calls nothing of the host's but libc and the kernel */

static pthread_mutex_t working = PTHREAD_MUTEX_INITIALIZER; /* held in every round; fork takes it */
static _Atomic bool running, stop, ended;
static bool paused;
static _Atomic int sampler_tid;
static uint64_t next_scan, next_modules;
static bool listed; /* the last scan could list the threads */
static uint64_t threads_started, dropped;

extern const char __start_recount_probe[] __attribute__((visibility("hidden")));
extern const char __stop_recount_probe[] __attribute__((visibility("hidden")));

static bool in_probe(uint64_t ip) {
    return ip >= rt.process->hooks_lo && ip < rt.process->hooks_hi;
}

/* Where a handler of the program's returns to the kernel: movq $15, %rax; syscall (the ABI that unwinders go by). */
static bool is_signal_frame(uint64_t ip) {
    uint64_t code[2];
    return rt_read_safely(ip, code, 2) && code[0] == UINT64_C(0x0f0000000fc0c748) && (code[1] & 0xff) == 0x05;
}

/* In the tracer, or in what it has called (a page of memory, a tick's copy): the innermost few frames tell. What a
 * handler does that has interrupted it is the handler's. */
static bool near_probe(const uint64_t *ips, uint32_t depth) {
    uint32_t at = 0;
    while (at < depth && at < PROBE_DEPTH && !in_probe(ips[at]))
        at++;
    if (at == depth || at == PROBE_DEPTH)
        return false;
    for (uint32_t i = 0; i < at; i++)
        if (is_signal_frame(ips[i]))
            return false;
    return true;
}

static void take(struct rs_capture *capture) {
    uint64_t ips[RS_DEPTH_MOST];
    bool truncated;
    uint32_t depth = rs_unwind(capture, ips, RS_DEPTH_MOST, &truncated);
    struct rf_sample sample = {.time = capture->time,
                               .kind = RF_ON_CPU,
                               .syscall = -1,
                               .period_ns = (uint32_t)(UINT64_C(1000000000) / rt.file->sample_hz)};
    sample.thread = capture->thread != UINT32_MAX ? capture->thread : 0;
    sample.native = rs_store_native(ips, depth);
    sample.path = capture->open_count ? rs_store_path(capture->open, capture->open_count) : 0;
    sample.flags = (near_probe(ips, depth) ? RF_SAMPLE_IN_PROBE : 0) | (capture->in_kernel ? RF_SAMPLE_IN_KERNEL : 0) |
                   (truncated ? RF_SAMPLE_TRUNCATED : 0) | (capture->thread == UINT32_MAX ? RF_SAMPLE_NO_TRACE : 0);
    rs_watch_identify(capture->tid, &sample);
    if (!sample.native || (capture->open_count && !sample.path))
        rt.process->samples_unbacked++;
    rs_store_sample(&sample);
    rt.process->samples_taken++;
}

static void drain(void) {
    struct rs_capture *capture;
    rs_store_settle();
    while ((capture = rs_capture_next())) {
        take(capture);
        rs_capture_done(capture);
    }
    dropped += rs_watch_drain(take);
    rt.process->samples_lost = rs_capture_lost() + dropped;
}

static void stamp(uint64_t now) {
    struct timespec cpu;
    rt.process->last = rt_ticks();
    rt.process->last_mono_ns = now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu) == 0)
        rt.process->sampler_cpu_ns = (uint64_t)cpu.tv_sec * UINT64_C(1000000000) + (uint64_t)cpu.tv_nsec;
    if (rt.timestamps != RF_TIME_NONE) {
        __atomic_store_n(&rt_coarse_before, rt_coarse, __ATOMIC_RELAXED);
        __atomic_store_n(&rt_coarse, rt_ticks() | 1, __ATOMIC_RELEASE);
        rt.process->coarse = rt_coarse;
    }
}

static void round_of_work(void) {
    uint64_t now = rt_mono_ns();
    stamp(now);
    uint64_t started = __atomic_load_n(&rt.process->threads_started, __ATOMIC_RELAXED);
    if (now >= next_scan || started != threads_started) {
        threads_started = started;
        next_scan = now + SCAN_EVERY_NS;
        listed = rs_watch_scan();
        if (rs_capture_replaced()) {
            rs_watch_disarm();
            rt_fail("the program has taken SIGURG for itself: no more samples from then on");
        }
    }
    drain(); /* before a look draws new periods: a sample stands for the one that it was taken with */
    rs_watch_look();
    drain();
    if (now >= next_modules) {
        next_modules = now + MODULES_EVERY_NS;
        rs_modules_note();
    }
}

/* The process would not end while this thread lives if every other one has left through pthread_exit. */
static bool alone(void) {
    return listed && rs_watch_count() == 0;
}

/* A table of descriptors of its own, with the profile's alone: the host's numbers, limits and files stay the host's. */
static void take_own_descriptors(void) {
    unsigned fd = (unsigned)rt.fd;
    if (fd > 0)
        syscall(SYS_close_range, 0u, fd - 1, CLOSE_RANGE_UNSHARE);
    syscall(SYS_close_range, fd + 1, ~0u, CLOSE_RANGE_UNSHARE);
}

/* Ticks end here; what they have left in the rings is taken first and last. */
static void finish(void) {
    pthread_mutex_lock(&working);
    drain();
    rs_watch_close();
    drain();
    rs_modules_note();
    pthread_mutex_unlock(&working);
}

static void *run(void *unused) {
    atomic_store(&sampler_tid, (int)syscall(SYS_gettid));
    take_own_descriptors();
    pthread_setname_np(pthread_self(), "recount");
    uint64_t mean = UINT64_C(1000000000) / rt.file->sample_hz;
    while (!atomic_load_explicit(&stop, memory_order_acquire)) {
        uint64_t ns = mean / 2 + rs_random() % mean;
        struct timespec pause = {(time_t)(ns / UINT64_C(1000000000)), (long)(ns % UINT64_C(1000000000))};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        pthread_mutex_lock(&working);
        round_of_work();
        bool last = alone();
        pthread_mutex_unlock(&working);
        if (last)
            break;
    }
    finish();
    atomic_store_explicit(&ended, true, memory_order_release);
    return unused;
}

static void begin_thread(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* inherited: no signal of the target's is handled on this thread */
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    atomic_store(&stop, false);
    atomic_store(&ended, false);
    bool started = pthread_create(&thread, &attributes, run, NULL) == 0;
    atomic_store(&running, started);
    if (!started)
        rt_fail("the sampler's thread could not be made: counts only");
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void rs_begin(void) {
    rt.process->hooks_lo = (uint64_t)__start_recount_probe;
    rt.process->hooks_hi = (uint64_t)__stop_recount_probe;
    rs_modules_note();
    if (rt.file->sample_hz == 0)
        rt.file->sample_hz = 1000;
    if (!rs_capture_begin() || !rs_unwind_begin()) {
        rt_fail("no memory for the sampler: counts only");
        return;
    }
    rs_store_begin();
    rt.process->sampler = RF_SAMPLER_PERF;
    next_scan = next_modules = threads_started = dropped = 0;
    begin_thread();
}

void rs_end(void) {
    if (!atomic_load(&running) || (uint32_t)getpid() != rt.process->pid) /* a child that fork's handlers did not see */
        return;
    atomic_store_explicit(&stop, true, memory_order_release);
    for (int ms = 0; ms < END_WAIT_MS && !atomic_load_explicit(&ended, memory_order_acquire); ms++) {
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
    atomic_store(&running, false);
}

void rs_wait_gone(void) {
    for (int ms = 0; ms < END_WAIT_MS; ms++) {
        struct timespec pause = {0, 1000000};
        if (syscall(SYS_tgkill, (pid_t)rt.process->pid, atomic_load(&sampler_tid), 0) != 0)
            return;
        nanosleep(&pause, NULL);
    }
}

/* Not for ever: the sampler may itself wait for a lock of the dynamic linker's that the forking thread holds. */
void rs_pause(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    paused = pthread_mutex_timedlock(&working, &until) == 0;
}

void rs_resume(void) {
    if (paused)
        pthread_mutex_unlock(&working);
}

void rs_forget(void) {
    pthread_mutex_init(&working, NULL);
    rs_watch_forget();
    rs_modules_forget();
    atomic_store(&running, false);
}
