/*
 * What the protothread programs do, written to pt.h's names: workers that poll for their turn, run a child to its end
 * and yield. Each keeps books of its own, by its struct's state before and after each entry.
 */
#include <string.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define WORKERS 40
#ifndef TURNS
#define TURNS                                                                                                          \
    1 /* how often a worker comes round to the same place: by its state alone that cannot be told from a poll */
#endif

struct child {
#ifdef INNER
    const char *name;
    unsigned steps;
#endif
    struct pt pt;
    int polls;
};

struct worker {
#ifdef INNER
    struct worker *next;
    double since;
    int number;
#endif
    struct pt pt;
    struct child child;
    int wait, turn, done;
};

struct books {
    int entries, calls, idle;
};

static struct worker workers[WORKERS];
static struct books of_worker, of_child;
static int burns_worker, burns_child, idle_worker;
static double begun_at[WORKERS], left_at[WORKERS], awaited_ms, lived_ms;

NI static void burn(int *count) {
    ++*count;
    truth_burn(0.1);
}

UNSEEN static int arrived(int *wait) {
    idle_worker += *wait > 0;
    return --*wait < 0;
}

NI static PT_THREAD(child(struct child *self)) {
    of_child.entries++;
    PT_BEGIN(&self->pt);
    burn(&burns_child);
    PT_WAIT_UNTIL(&self->pt, ++self->polls == 4);
    burn(&burns_child);
    PT_YIELD(&self->pt);
    PT_END(&self->pt);
}

NI static PT_THREAD(worker(struct worker *self)) {
    of_worker.entries++;
    PT_BEGIN(&self->pt);
    burn(&burns_worker);
    for (self->turn = 0; self->turn < TURNS; self->turn++) {
        self->wait = 3;
        PT_WAIT_UNTIL(&self->pt, arrived(&self->wait));
        burn(&burns_worker);
    }
    self->wait = 2;
    PT_WAIT_WHILE(&self->pt, !arrived(&self->wait));
    self->child.polls = 0;
    PT_SPAWN(&self->pt, &self->child.pt, child(&self->child));
    burn(&burns_worker);
    PT_YIELD(&self->pt);
    self->done = 1;
    PT_END(&self->pt);
}

NI static void turn(struct worker *self) {
    awaited_ms += truth_ms() - left_at[self - workers];
    worker(self);
    left_at[self - workers] = truth_ms();
    lived_ms += self->done ? left_at[self - workers] - begun_at[self - workers] : 0;
}

NI static void begin_all(void) {
    for (int i = 0; i < WORKERS; i++) {
        memset(&workers[i], 0, sizeof workers[i]);
        PT_INIT(&workers[i].pt);
        begun_at[i] = truth_ms();
        worker(&workers[i]);
        of_worker.calls++;
        of_child.calls++;
        left_at[i] = truth_ms();
    }
}

NI static void run_loop(void) {
    for (int busy = 1; busy;) {
        busy = 0;
        truth_sleep(1);
        for (int i = 0; i < WORKERS; i++) {
            if (!workers[i].done)
                turn(&workers[i]);
            busy |= !workers[i].done;
        }
    }
}

/* A wait is polled `wait` times in vain, of which the first is no resume. A child is entered five times: three find its
 * condition false, of which the first begins it; and the worker that runs it leaves four times for it, the last three
 * without having moved. */
UNSEEN static void print_truth(void) {
    int polls = idle_worker - WORKERS * (TURNS + 1), child_idle = 2 * WORKERS, along = 3 * WORKERS;
    printf("{\"functions\":{"
           "\"worker\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"callers\":{\"begin_all\":%d}},"
           "\"child\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"callers\":{\"worker\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"worker\":%d,\"child\":%d}}},"
           "\"awaiting_ms\":{\"worker\":%.3f},\"running_blocked_awaiting_queued_ms\":{\"worker\":%.3f}}\n",
           of_worker.entries, of_worker.calls, of_worker.entries - of_worker.calls, polls + along, of_worker.calls,
           of_child.entries, of_child.calls, of_child.entries - of_child.calls, child_idle, of_child.calls,
           burns_worker + burns_child, burns_worker + burns_child, burns_worker, burns_child, awaited_ms, lived_ms);
}

int main(void) {
    begin_all();
    run_loop();
    print_truth();
    return 0;
}
