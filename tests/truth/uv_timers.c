/* libuv's timers: chains that start their own successor, a repeating one, an idle handle, a callback that is not
 * instrumented, and a loop inside a callback. */
// pkg-config: libuv
#include <uv.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define CHAINS 5
#define STEPS 20
#define REPEATS 10
#define IDLES 50

static uv_loop_t *loop;
static uv_timer_t timers[CHAINS], repeating, plain, outer;
static uv_idle_t idle;
static int steps[CHAINS], repeats, idles, works, inner_runs;
static double armed[CHAINS], waited_step, waited_begin, began, worked_ms;

NI static void work(void) {
    double start = truth_ms();
    works++;
    truth_burn(0.2);
    worked_ms += truth_ms() - start;
}

NI static void on_step(uv_timer_t *timer) {
    long chain = timer - timers;
    *(steps[chain] ? &waited_step : &waited_begin) += truth_ms() - armed[chain];
    work();
    if (++steps[chain] < STEPS) {
        armed[chain] = truth_ms();
        uv_timer_start(timer, on_step, 3, 0);
    } else {
        uv_close((uv_handle_t *)timer, NULL);
    }
}

NI static void on_repeat(uv_timer_t *timer) {
    work();
    if (++repeats == REPEATS)
        uv_timer_stop(timer);
}

NI static void on_idle(uv_idle_t *handle) {
    if (++idles == IDLES)
        uv_idle_stop(handle);
}

/* No hook sees it: what it calls is linked in its place. */
UNSEEN static void on_plain(uv_timer_t *timer) {
    (void)timer;
    work();
    work();
}

NI static void on_inner(uv_timer_t *timer) {
    inner_runs++;
    uv_close((uv_handle_t *)timer, NULL);
}

/* A nested loop: its callback belongs to this one. */
NI static void on_outer(uv_timer_t *timer) {
    uv_loop_t nested;
    uv_timer_t inner;
    uv_loop_init(&nested);
    uv_timer_init(&nested, &inner);
    uv_timer_start(&inner, on_inner, 1, 0);
    uv_run(&nested, UV_RUN_DEFAULT);
    uv_loop_close(&nested);
    work();
    uv_close((uv_handle_t *)timer, NULL);
}

NI static void begin_chains(void) {
    for (int i = 0; i < CHAINS; i++) {
        uv_timer_init(loop, &timers[i]);
        armed[i] = truth_ms();
        uv_timer_start(&timers[i], on_step, 5, 0);
    }
}

NI static void begin_others(void) {
    uv_timer_init(loop, &repeating);
    uv_timer_start(&repeating, on_repeat, 1, 2);
    uv_timer_init(loop, &plain);
    uv_timer_start(&plain, on_plain, 2, 0);
    uv_timer_init(loop, &outer);
    uv_timer_start(&outer, on_outer, 2, 0);
    uv_idle_init(loop, &idle);
    uv_idle_start(&idle, on_idle);
}

int main(void) {
    loop = uv_default_loop();
    began = truth_ms();
    begin_chains();
    begin_others();
    uv_run(loop, UV_RUN_DEFAULT);
    int all = CHAINS * STEPS;
    printf("{\"functions\":{"
           "\"on_step\":{\"entries\":%d,\"calls\":%d,\"resumes\":0,\"recursive\":0,"
           "\"callers\":{\"begin_chains\":%d,\"on_step\":%d}},"
           "\"on_repeat\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_idle\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_outer\":{\"entries\":1,\"calls\":1,\"callers\":{\"begin_others\":1}},"
           "\"on_inner\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_outer\":1}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_step\":%d,\"on_repeat\":%d,\"on_outer\":1,"
           "\"begin_others\":2}}},"
           "\"running_blocked_ms\":{\"work\":%.3f},"
           "\"awaiting_queued_ms\":{\"begin_chains\":%.3f,\"on_step\":%.3f}}\n",
           all, all, CHAINS, all - CHAINS, repeats, repeats, repeats, idles, idles, idles, inner_runs, inner_runs,
           works, works, all, repeats, worked_ms, waited_begin, waited_step);
    return 0;
}
