/* ucontext fibers on one thread: every handler waits in await_io, three at a time, and the scheduler lets time pass. */
#include <stdlib.h>
#include <ucontext.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define FIBERS 30
#define AWAITS 5

static ucontext_t loop, fibers[FIBERS];
static volatile int current, done, burns, awaits, handlers;
static double awaited_ms, burned_ms;

NI static void burn(void) {
    double start = truth_ms();
    burns++;
    truth_burn(0.2);
    burned_ms += truth_ms() - start;
}

NI static void await_io(void) {
    awaits++;
    double left = truth_ms();
    swapcontext(&fibers[current], &loop);
    awaited_ms += truth_ms() - left;
}

NI static void handler(void) {
    handlers++;
    for (int i = 0; i < AWAITS; i++) {
        burn();
        await_io();
    }
    burn();
}

NI static void fiber_main(void) {
    handler();
    done++;
}

NI static void spawn(int i) {
    getcontext(&fibers[i]);
    fibers[i].uc_stack.ss_size = 32768;
    fibers[i].uc_stack.ss_sp = malloc(fibers[i].uc_stack.ss_size);
    fibers[i].uc_link = &loop;
    makecontext(&fibers[i], fiber_main, 0);
}

NI static void schedule(void) {
    for (int turn = 0; turn <= AWAITS; turn++) {
        for (int i = 0; i < FIBERS; i++) {
            current = i;
            swapcontext(&loop, &fibers[i]);
        }
        truth_sleep(2);
    }
}

int main(void) {
    for (int i = 0; i < FIBERS; i++)
        spawn(i);
    schedule();
    printf("{\"functions\":{"
           "\"handler\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"fiber_main\":%d}},"
           "\"await_io\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d}},"
           "\"fiber_main\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"spawn\":%d}}},"
           "\"awaiting_ms\":{\"handler\":%.3f,\"await_io\":%.3f},\"running_blocked_ms\":{\"burn\":%.3f}}\n",
           handlers, handlers, handlers, awaits, awaits, awaits, burns, burns, burns, done, done, done, awaited_ms,
           awaited_ms, burned_ms);
    return 0;
}
