/* A loop of the program's own, with callbacks tied to who asked for them by the lines of recount/recount.h alone: one
 * that is handed over once, a chain, one that comes many times, and one that runs on another thread. */
#include <pthread.h>
#include <recount/recount.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define JOBS 10
#define STEPS 25
#define TICKS 15

struct job {
    void (*run)(struct job *);
    double since;
    int turns;
};

static struct job *queue[256];
static unsigned head, tail;
static struct job jobs[JOBS], chain, ticker, away;
static int runs, steps, ticks, works, aways;
static double waited_submit, waited_chain, worked_ms;

UNSEEN static void put(struct job *job) {
    queue[tail++ % 256] = job;
}

NI static void work(void) {
    double start = truth_ms();
    works++;
    truth_burn(0.2);
    worked_ms += truth_ms() - start;
}

NI static void on_job(struct job *job) {
    RECOUNT_LINKED(job, on_job);
    waited_submit += truth_ms() - job->since;
    runs++;
    work();
}

NI static void submit(struct job *job) {
    job->run = on_job;
    job->since = truth_ms();
    RECOUNT_LINK(job, "on_job");
    put(job);
}

NI static void on_step(struct job *job);

NI static void next_step(struct job *job) {
    job->run = on_step;
    job->since = truth_ms();
    RECOUNT_LINK(job, "on_step");
    put(job);
}

NI static void on_step(struct job *job) {
    RECOUNT_LINKED(job, on_step);
    waited_chain += truth_ms() - job->since;
    work();
    if (++steps < STEPS)
        next_step(job);
}

NI static void on_tick(struct job *job) {
    RECOUNT_LINKED(job, on_tick);
    if (++ticks < TICKS)
        put(job);
    else
        RECOUNT_UNLINK(job);
}

NI static void begin_ticks(void) {
    ticker.run = on_tick;
    RECOUNT_LINK(&ticker, "on_tick");
    put(&ticker);
}

NI static void on_away(struct job *job) {
    RECOUNT_LINKED(job, on_away);
    aways++;
    work();
}

UNSEEN static void *run_away(void *job) {
    on_away(job);
    return NULL;
}

NI static void send_away(void) {
    pthread_t thread;
    RECOUNT_LINK(&away, "on_away");
    pthread_create(&thread, NULL, run_away, &away);
    pthread_join(thread, NULL);
}

NI static void run_loop(void) {
    while (head != tail) {
        struct job *job = queue[head++ % 256];
        job->run(job);
    }
}

int main(void) {
    for (int i = 0; i < JOBS; i++)
        submit(&jobs[i]);
    next_step(&chain);
    begin_ticks();
    run_loop();
    send_away();
    printf(
        "{\"functions\":{"
        "\"on_job\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"submit\":%d},\"physical_callers\":{\"run_loop\":%d}},"
        "\"on_step\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"next_step\":%d},"
        "\"physical_callers\":{\"run_loop\":%d}},"
        "\"next_step\":{\"callers\":{\"main\":1,\"on_step\":%d}},"
        "\"on_tick\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_ticks\":%d},"
        "\"physical_callers\":{\"run_loop\":%d}},"
        "\"on_away\":{\"entries\":1,\"calls\":1,\"callers\":{\"send_away\":%d}},"
        "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_job\":%d,\"on_step\":%d,\"on_away\":1}}},"
        "\"running_blocked_ms\":{\"work\":%.3f},"
        "\"awaiting_queued_ms\":{\"submit\":%.3f,\"next_step\":%.3f}}\n",
        runs, runs, runs, runs, steps, steps, steps, steps, steps - 1, ticks, ticks, ticks, ticks, aways, works, works,
        runs, steps, worked_ms, waited_submit, waited_chain);
    return 0;
}
