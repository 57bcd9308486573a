/* A coroutine that leaves five times a call and is resumed at once: it waits for nothing, so only its entries mislead.
 */
#include <recount/coro.h>

#include "causes.h"

enum { CALLS = 60, AWAITS = 5 };

struct job {
    struct co co;
    int i;
};

static struct co *ready;

UNSEEN static void schedule(struct co *co) {
    ready = co;
}

NI static co_status job(struct co *co) {
    struct job *self = (struct job *)co;
    co_begin(co);
    for (self->i = 0; self->i < AWAITS; self->i++) {
        SPIN(MS);
        co_await (co, schedule(co));
    }
    SPIN(MS);
    co_end(co);
}

NI static void run(void) {
    struct job one = {.co = {.schedule = schedule}};
    co_start(&one.co, job, NULL);
    while (!one.co.done)
        co_resume(ready);
}

int main(void) {
    for (int i = 0; i < CALLS; i++)
        run();
    puts("{\"subject\":\"job\",\"cause\":\"async_reentry\",\"of\":\"entries\",\"part\":1}");
    return 0;
}
