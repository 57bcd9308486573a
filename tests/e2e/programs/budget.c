/* Known counts for budgets: 30 requests, each with three queries and five waits; with an argument, one request makes a
 * fourth query, sleeps in a system call and holds the loop for 60 ms. */
#include <stdbool.h>
#include <time.h>

#include <recount/coro.h>

#define NI __attribute__((noinline))
enum { REQUESTS = 30, WAITS = 5, QUERIES = 3 };

struct request {
    struct co co;
    int i;
};

static struct request requests[REQUESTS];
static struct co *ready[REQUESTS * (WAITS + 1)];
static unsigned head, tail;
static volatile unsigned rows;
static bool bad;

__attribute__((no_instrument_function)) static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

__attribute__((no_instrument_function)) static void schedule(struct co *co) {
    ready[tail++] = co;
}

NI static void db_query(void) {
    for (unsigned i = 0; i < 20000; i++)
        rows += i;
}

NI static void misbehave(void) {
    struct timespec nap = {.tv_nsec = 30000000};
    double begin = now_ms();
    db_query();
    nanosleep(&nap, NULL);
    while (now_ms() - begin < 100)
        rows++;
}

NI static co_status on_request(struct co *co) {
    struct request *self = (struct request *)co;
    co_begin(co);
    for (self->i = 0; self->i < WAITS; self->i++) {
        if (self->i < QUERIES)
            db_query();
        if (bad && self->i == 0 && self == requests)
            misbehave();
        co_await (co, schedule(co));
    }
    co_end(co);
}

NI static void accept_all(void) {
    for (int i = 0; i < REQUESTS; i++)
        co_start(&requests[i].co, on_request, NULL);
}

int main(int argc, char **argv) {
    (void)argv;
    bad = argc > 1;
    accept_all();
    while (head < tail)
        co_resume(ready[head++]);
    return 0;
}
