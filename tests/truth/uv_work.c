/* libuv's work queue: work on pool threads, what comes after it on the loop's; a request that queues itself again; and
 * another thread's wake-up of the loop. The pool has one thread: with more than there are processors the program would
 * be put off the CPU by itself, for longer than the times may be wrong, between our look at the clock and recount's. */
// pkg-config: libuv
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define JOBS 6
#define TURNS 5

static uv_loop_t *loop;
static uv_work_t jobs[JOBS];
static uv_async_t bell;
static uv_thread_t ringer;
static int turns[JOBS], afters, rung, finishes;
static _Atomic int works, helps;
static double since[JOBS], begun[JOBS], waited_first, waited_again, worked_ms[JOBS];

NI static void help(void) {
    atomic_fetch_add(&helps, 1);
    truth_burn(1);
}

NI static void on_work(uv_work_t *job) {
    long i = job - jobs;
    begun[i] = truth_ms();
    atomic_fetch_add(&works, 1);
    help();
    worked_ms[i] += truth_ms() - begun[i];
}

NI static void finish(void) {
    finishes++;
}

NI static void on_after(uv_work_t *job, int status) {
    long i = job - jobs;
    (void)status;
    afters++;
    *(turns[i] ? &waited_again : &waited_first) += truth_ms() - since[i] + (begun[i] - since[i]);
    finish();
    if (++turns[i] < TURNS) {
        since[i] = truth_ms();
        uv_queue_work(loop, job, on_work, on_after);
    }
}

NI static void begin_jobs(void) {
    for (int i = 0; i < JOBS; i++) {
        since[i] = truth_ms();
        uv_queue_work(loop, &jobs[i], on_work, on_after);
    }
}

NI static void on_bell(uv_async_t *handle) {
    rung++;
    finish();
    uv_close((uv_handle_t *)handle, NULL);
}

NI static void hang_bell(void) {
    uv_async_init(loop, &bell, on_bell);
}

UNSEEN static void ring(void *unused) {
    (void)unused;
    truth_sleep(5);
    uv_async_send(&bell);
}

int main(void) {
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    loop = uv_default_loop();
    hang_bell();
    uv_thread_create(&ringer, ring, NULL);
    begin_jobs();
    uv_run(loop, UV_RUN_DEFAULT);
    uv_thread_join(&ringer);
    int all = JOBS * TURNS;
    double worked = 0;
    for (int i = 0; i < JOBS; i++)
        worked += worked_ms[i];
    printf("{\"functions\":{"
           "\"on_work\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"begin_jobs\":%d,\"on_after\":%d}},"
           "\"help\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_work\":%d}},"
           "\"on_after\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,"
           "\"callers\":{\"begin_jobs\":%d,\"on_after\":%d}},"
           "\"on_bell\":{\"entries\":1,\"calls\":1,\"callers\":{\"hang_bell\":%d}},"
           "\"finish\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_after\":%d,\"on_bell\":1}}},"
           "\"running_blocked_ms\":{\"on_work\":%.3f},"
           "\"awaiting_queued_ms\":{\"begin_jobs\":%.3f,\"on_after\":%.3f}}\n",
           works, works, JOBS, all - JOBS, helps, helps, works, afters, afters, JOBS, all - JOBS, rung, finishes,
           finishes, afters, worked, waited_first, waited_again);
    return 0;
}
