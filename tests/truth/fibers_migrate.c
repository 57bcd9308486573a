/*
 * A pool of two threads that steal from each other. Fibers go on where they are next taken up, which is deliberately
 * seldom where they left off.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define WORKERS 2
#define FIBERS 8
#define AWAITS 8
#define ROOM 65536

/* Its counts are its own, for it runs on one thread at a time. */
struct fiber {
    ucontext_t context;
    struct worker *worker, *before;
    int done, starts, handlers, awaits, burns, resumes, migrations;
    double awaited_ms, burned_ms, handled_ms;
};

struct worker {
    pthread_t thread;
    ucontext_t loop;
    pthread_mutex_t lock;
    struct fiber *queue[FIBERS];
    int length, runs;
};

static struct fiber fibers[FIBERS];
static struct worker workers[WORKERS];
static int done; /* atomic */

NI static void burn(struct fiber *self) {
    double start = truth_ms();
    self->burns++;
    truth_burn(0.5);
    self->burned_ms += truth_ms() - start;
}

NI static void await_io(struct fiber *self) {
    double left = truth_ms();
    self->awaits++;
    swapcontext(&self->context, &self->worker->loop);
    self->awaited_ms += truth_ms() - left;
}

NI static void handler(struct fiber *self) {
    double start = truth_ms();
    self->handlers++;
    for (int i = 0; i < AWAITS; i++) {
        burn(self);
        await_io(self);
    }
    burn(self);
    self->handled_ms += truth_ms() - start;
}

NI static void fiber_main(struct fiber *self) {
    self->starts++;
    handler(self);
    self->done = 1;
}

NI static void start(unsigned high, unsigned low) {
    struct fiber *self = (struct fiber *)((uint64_t)high << 32 | low);
    fiber_main(self);
    setcontext(&self->worker->loop);
}

NI static void spawn(struct fiber *fiber) {
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = malloc(ROOM);
    fiber->context.uc_stack.ss_size = ROOM;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, (void (*)(void))start, 2, (unsigned)((uint64_t)fiber >> 32),
                (unsigned)(uint64_t)fiber);
}

static void put(struct worker *worker, struct fiber *fiber) {
    pthread_mutex_lock(&worker->lock);
    worker->queue[worker->length++] = fiber;
    pthread_mutex_unlock(&worker->lock);
}

static struct fiber *take(struct worker *worker) {
    pthread_mutex_lock(&worker->lock);
    struct fiber *first = worker->length ? worker->queue[0] : NULL;
    for (int i = 1; i < worker->length; i++)
        worker->queue[i - 1] = worker->queue[i];
    worker->length -= first != NULL;
    pthread_mutex_unlock(&worker->lock);
    return first;
}

static struct worker *neighbour(const struct worker *self) {
    return &workers[(self - workers + 1) % WORKERS];
}

NI static void run(struct worker *self, struct fiber *fiber) {
    self->runs++;
    fiber->migrations += fiber->before && fiber->before != self;
    fiber->before = fiber->worker = self;
    fiber->resumes++;
    swapcontext(&self->loop, &fiber->context);
    __asm__ volatile("");
}

static void put_back(struct worker *self, struct fiber *fiber) {
    if (fiber->done)
        __atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
    else
        put(fiber->resumes % 3 == 2 ? self : neighbour(self), fiber);
}

NI static void *work(void *argument) {
    struct worker *self = argument;
    while (__atomic_load_n(&done, __ATOMIC_RELAXED) < FIBERS) {
        struct fiber *fiber = take(self);
        if (!fiber)
            fiber = take(neighbour(self));
        if (fiber) {
            run(self, fiber);
            put_back(self, fiber);
        }
        truth_sleep(1);
    }
    return NULL;
}

UNSEEN static void tell_truth(void) {
    int starts = 0, handlers = 0, awaits = 0, burns = 0, resumes = 0, migrations = 0, runs = 0;
    double awaited_ms = 0, burned_ms = 0, handled_ms = 0;
    for (int i = 0; i < FIBERS; i++) {
        starts += fibers[i].starts;
        handlers += fibers[i].handlers;
        awaits += fibers[i].awaits;
        burns += fibers[i].burns;
        resumes += fibers[i].resumes;
        migrations += fibers[i].migrations;
        awaited_ms += fibers[i].awaited_ms;
        burned_ms += fibers[i].burned_ms;
        handled_ms += fibers[i].handled_ms;
    }
    for (int i = 0; i < WORKERS; i++)
        runs += workers[i].runs;
    if (!migrations || runs != resumes || awaits != FIBERS * AWAITS || burns != FIBERS * (AWAITS + 1) ||
        resumes != awaits + FIBERS) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf("{\"migrations\":%d,\"functions\":{"
           "\"handler\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"fiber_main\":%d},"
           "\"physical_callers\":{\"fiber_main\":%d}},",
           migrations, handlers, handlers, handlers, handlers);
    printf("\"await_io\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"handler\":%d},"
           "\"awaits\":{\"points\":1,\"count\":%d}},",
           awaits, awaits, awaits, awaits);
    printf("\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d}},", burns, burns, burns);
    printf("\"fiber_main\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"start\":%d}},", starts, starts, starts);
    printf("\"start\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spawn\":%d}},", starts, starts,
           starts);
    printf("\"run\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"work\":%d}},", runs, runs, runs);
    printf("\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"[thread]\":%d}}},", WORKERS, WORKERS, WORKERS);
    printf("\"awaiting_ms\":{\"handler\":%.3f,\"await_io\":%.3f,\"fiber_main\":%.3f},"
           "\"running_blocked_ms\":{\"burn\":%.3f,\"handler\":%.3f}}\n",
           awaited_ms, awaited_ms, awaited_ms, burned_ms, handled_ms - awaited_ms);
}

int main(void) {
    for (int i = 0; i < WORKERS; i++)
        pthread_mutex_init(&workers[i].lock, NULL);
    for (int i = 0; i < FIBERS; i++) {
        spawn(&fibers[i]);
        put(&workers[i % WORKERS], &fibers[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    tell_truth();
    return 0;
}
