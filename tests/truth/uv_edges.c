/* Where a callback's order breaks: left by longjmp, interrupted by a signal, a fiber that two callbacks run in turn, a
 * fork in the middle, handles and requests freed by their own callback and used again. */
// pkg-config: libuv
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <uv.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define LEAPS 6
#define SIGNALS 8
#define SWITCHES 4
#define AGAIN 20

static uv_loop_t *loop;
static uv_timer_t leaper, struck, plain, swapper, forker;
static uv_work_t fork_work;
static jmp_buf back;
static ucontext_t outside, fiber;
static char fiber_stack[64 << 10];
static int leaps, deeps, handled, strucks, plains, switches, fiber_steps, again, forks, child_works, works, worked,
    wrong;

NI static void work(void) {
    works++;
    truth_burn(0.05);
}

/* ---- longjmp ---- */

NI static void deep(int levels) {
    deeps++;
    if (levels == 0)
        longjmp(back, 1);
    deep(levels - 1);
    wrong++;
}

NI static void on_leap(uv_timer_t *timer) {
    leaps++;
    uv_timer_start(timer, on_leap, 1, 0);
    deep(2);
}

NI static void begin_leaps(void) {
    uv_timer_init(loop, &leaper);
    uv_timer_start(&leaper, on_leap, 1, 0);
}

NI static void run_leaps(void) {
    uv_loop_t own;
    loop = &own;
    uv_loop_init(loop);
    begin_leaps();
    while (setjmp(back) == 0 || leaps < LEAPS)
        uv_run(loop, UV_RUN_ONCE);
    uv_timer_stop(&leaper);
    work();
}

/* ---- signals ---- */

NI static void on_signal(int number) {
    (void)number;
    handled++;
}

NI static void on_struck(uv_timer_t *timer) {
    raise(SIGUSR1);
    work();
    if (++strucks == SIGNALS)
        uv_timer_stop(timer);
}

/* No hook has seen it when the signal comes. */
UNSEEN static void on_plain(uv_timer_t *timer) {
    raise(SIGUSR1);
    work();
    raise(SIGUSR1);
    if (++plains == SIGNALS)
        uv_timer_stop(timer);
}

NI static void begin_signals(void) {
    signal(SIGUSR1, on_signal);
    uv_timer_init(loop, &struck);
    uv_timer_start(&struck, on_struck, 1, 1);
    uv_timer_init(loop, &plain);
    uv_timer_start(&plain, on_plain, 1, 1);
}

/* ---- a fiber ---- */

NI static void step(void) {
    fiber_steps++;
    work();
}

NI static void run_fiber(void) {
    for (;;) {
        step();
        swapcontext(&fiber, &outside);
    }
}

NI static void on_swap(uv_timer_t *timer) {
    if (switches == 0) {
        getcontext(&fiber);
        fiber.uc_stack.ss_sp = fiber_stack;
        fiber.uc_stack.ss_size = sizeof fiber_stack;
        makecontext(&fiber, run_fiber, 0);
    }
    swapcontext(&outside, &fiber);
    if (++switches == SWITCHES)
        uv_timer_stop(timer);
}

NI static void begin_swaps(void) {
    uv_timer_init(loop, &swapper);
    uv_timer_start(&swapper, on_swap, 1, 1);
}

/* ---- memory that is used again ---- */

NI static void on_again(uv_handle_t *handle);

NI static void use_again(void) {
    uv_idle_t *idle = malloc(sizeof *idle);
    uv_idle_init(loop, idle);
    uv_close((uv_handle_t *)idle, on_again);
}

NI static void on_again(uv_handle_t *handle) {
    free(handle);
    if (++again < AGAIN)
        use_again();
}

/* ---- fork ---- */

NI static void on_fork(uv_timer_t *timer) {
    int told[2], status, its = 0;
    (void)timer;
    forks++;
    if (pipe(told))
        wrong++;
    pid_t pid = fork();
    if (pid == 0) {
        int before = works;
        work();
        before = works - before;
        if (write(told[1], &before, sizeof before) != sizeof before)
            _exit(1);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    if (read(told[0], &its, sizeof its) != sizeof its)
        wrong++;
    child_works += its;
    work();
}

NI static void begin_fork(void) {
    uv_timer_init(loop, &forker);
    uv_timer_start(&forker, on_fork, 2, 0);
}

NI static void on_work(uv_work_t *request) {
    (void)request;
    worked++;
}

NI static void begin_work(void) {
    uv_queue_work(loop, &fork_work, on_work, NULL);
}

int main(void) {
    run_leaps();
    loop = uv_default_loop();
    begin_signals();
    begin_swaps();
    use_again();
    begin_fork();
    begin_work();
    uv_run(loop, UV_RUN_DEFAULT);
    int all = works + child_works;
    printf("{\"functions\":{"
           "\"on_leap\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"begin_leaps\":1,\"on_leap\":%d}},"
           "\"deep\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"on_leap\":%d,\"deep\":%d}},"
           "\"on_signal\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"callers\":{\"[signal]\":%d}},"
           "\"on_struck\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"callers\":{\"begin_signals\":%d}},"
           "\"on_swap\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_swaps\":%d}},"
           "\"run_fiber\":{\"entries\":1,\"calls\":1,\"callers\":{\"on_swap\":1}},"
           "\"step\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"run_fiber\":%d}},"
           "\"on_again\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"use_again\":%d}},"
           "\"use_again\":{\"callers\":{\"main\":1,\"on_again\":%d}},"
           "\"on_fork\":{\"entries\":1,\"calls\":1,\"callers\":{\"begin_fork\":%d}},"
           "\"on_work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_work\":1}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"callers\":{\"run_leaps\":1,\"on_struck\":%d,"
           "\"begin_signals\":%d,\"step\":%d,\"on_fork\":%d}}}}\n",
           leaps, leaps, leaps - 1, deeps, deeps, deeps - leaps, leaps, deeps - leaps, handled, handled, handled,
           handled, strucks, strucks, strucks, switches, switches, switches, fiber_steps, fiber_steps, fiber_steps,
           again, again, again, again - 1, forks, worked, worked, all, all, strucks, plains, fiber_steps,
           forks + child_works);
    return wrong != 0;
}
