/* recount/coro.h: handlers await a timer, a child coroutine and a condition that is polled in vain now and then. */
#include <recount/coro.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define HANDLERS 40

struct child {
    struct co co;
    int step;
};

struct handler {
    struct co co;
    struct child child;
    int i, flag;
};

static struct co *ready[4096];
static unsigned head, tail;
static int burns, handler_entries, handler_idle, child_entries;
static double left_at[HANDLERS], awaited_ms;
static struct handler handlers[HANDLERS];

UNSEEN static void schedule(struct co *co) {
    ready[tail++ % 4096] = co;
}

NI static void burn(void) {
    burns++;
    truth_burn(0.1);
}

NI static co_status child(struct co *co) {
    child_entries++;
    co_begin(co);
    burn();
    co_await (co, schedule(co));
    burn();
    co_end(co);
}

NI static co_status handler(struct co *co) {
    struct handler *self = (struct handler *)co;
    handler_entries++;
    if (left_at[self - handlers] > 0)
        awaited_ms += truth_ms() - left_at[self - handlers];
    co_begin(co);
    for (self->i = 0; self->i < 5; self->i++) {
        burn();
        left_at[self - handlers] = truth_ms();
        co_await (co, schedule(co));
    }
    left_at[self - handlers] = truth_ms();
    co_await_call(co, &self->child.co, child);
    co_await_until(co, (left_at[self - handlers] = truth_ms(), schedule(co), handler_idle++, self->flag++ >= 3));
    co_end(co);
}

NI static void dispatch(int i) {
    handlers[i].co.schedule = schedule;
    co_start(&handlers[i].co, handler, NULL);
}

NI static void on_ready(struct co *co) {
    if (!co->done)
        co_resume(co);
}

NI static void run_loop(void) {
    unsigned turn = 0;
    while (head != tail) {
        if (turn++ % HANDLERS == 0)
            truth_sleep(1);
        on_ready(ready[head++ % 4096]);
    }
}

int main(void) {
    for (int i = 0; i < HANDLERS; i++)
        dispatch(i);
    run_loop();
    /* A handler: one begin, 5 timer resumes, 1 for the child, 3 polls of which 2 are in vain. The condition is tested
     * once more than it suspends. */
    printf("{\"functions\":{"
           "\"handler\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"unexplained\":0,"
           "\"callers\":{\"dispatch\":%d}},"
           "\"child\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":0,\"callers\":{\"handler\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d,\"child\":%d}}},"
           "\"awaiting_queued_ms\":{\"handler\":%.3f}}\n",
           handler_entries, HANDLERS, handler_entries - HANDLERS, 2 * HANDLERS, HANDLERS, child_entries, HANDLERS,
           child_entries - HANDLERS, HANDLERS, burns, burns, 5 * HANDLERS, 2 * HANDLERS, awaited_ms);
    return 0;
}
