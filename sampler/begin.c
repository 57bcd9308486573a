/* Where a recording begins and ends, and how a forked child goes on with a part of its own. */
#include "sampler/sampler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instrument/arch.h"
#include "instrument/runtime.h"
#include "instrument/sleep.h"

static bool active(void) {
    return atomic_load_explicit(&rt.state, memory_order_acquire) == RT_ACTIVE;
}

static pthread_key_t main_leaves;

/*
 * The main thread leaves through pthread_exit. libc ends the process, and writes out what stdio holds, on the thread
 * that is the last to leave; that must be one of the host's, which has the host's descriptors. So ours goes now.
 */
static void on_main_leaves(void *unused) {
    (void)unused;
    if (!active() || (uint32_t)getpid() != rt.process->pid)
        return;
    rs_end();
    rs_wait_gone();
    rt_fail("the main thread left through pthread_exit: no samples from then on");
}

static void before_fork(void) {
    if (!active())
        return;
    rs_pause();
    rt_thread_before_fork();
}

static void after_fork_in_parent(void) {
    if (!active())
        return;
    rt_thread_forked();
    rs_resume();
}

static void after_fork_in_child(void) {
    if (!active())
        return;
    bool traced = rt_self != &rt_nobody;
    uint32_t parent = rt.process->ordinal + 1;
    rs_forget();
    rt_sleep_forked();
    atomic_store(&rt.threads, NULL);
    atomic_store(&rt.free_threads, NULL);
    atomic_store(&rt.thread_ordinals, 0);
    rt_self = &rt_nobody;
    if (!rt_process_begin(parent)) {
        atomic_store(&rt.state, RT_OFF);
        return;
    }
    if (traced)
        rt_thread_after_fork();
    rt_thread_forked();
    pthread_setspecific(main_leaves, &rt);
    rs_begin();
}

/* The one line that the runtime ever writes, before the program's own first: it was asked to record and cannot. */
static void complain(void) {
    const char *path = secure_getenv("RECOUNT"), *reason = rt.error ? strerrordesc_np(rt.error) : NULL;
    char line[512] = "recount: ";
    if (!rt.why || !path || strlen(path) > 256)
        return;
    strcat(strcat(strcat(line, path), ": not recording: "), rt.why);
    if (reason)
        strcat(strcat(strcat(line, " ("), reason), ")");
    strcat(line, "\n");
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written;
}

__attribute__((constructor(101))) static void begin(void) {
    if (!rt_start()) {
        complain();
        return;
    }
    rt_threads_init();
    rt_calibrate(rt.process);
    rt_sleep_all();
    if (pthread_key_create(&main_leaves, on_main_leaves) == 0)
        pthread_setspecific(main_leaves, &rt);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    rs_begin();
}

__attribute__((destructor(101))) static void end(void) {
    if (!active() || (uint32_t)getpid() != rt.process->pid)
        return;
    rs_end();
    rt.process->last = rt_ticks();
    rt.process->last_mono_ns = rt_mono_ns();
    __atomic_store_n(&rt.process->ended, 1, __ATOMIC_RELEASE);
}
