/*
 * kill9 FILE: plain calls, recursion and coroutines on two threads, for ever. Each function that is named in kill9.h
 * adds to its own counter, first thing after its hook, in the mapped FILE (made by kill9-kill).
 */
#include "kill9.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recount/coro.h"

#define NOINLINE __attribute__((noinline))
#define JOBS 8

struct part {
    struct co co;
};

struct job {
    struct co co;
    struct part part;
    int round;
};

static struct kill9_file *file;
static _Thread_local volatile struct kill9_counts *counts;
static _Thread_local struct co *ready[4 * JOBS];
static _Thread_local unsigned first, last;
static _Thread_local volatile unsigned sink;

#define ENTERED(name) counts[KILL9_##name].entries++
#define CALLED(name) counts[KILL9_##name].calls++
#define RESUMED(name) counts[KILL9_##name].resumes++

NOINLINE static unsigned leaf(unsigned value) {
    ENTERED(leaf);
    return value * 2654435761u + 1;
}

NOINLINE static unsigned branch(unsigned value) {
    ENTERED(branch);
    for (int i = 0; i < 3; i++)
        value = leaf(value);
    return value;
}

NOINLINE static unsigned recurse(unsigned depth) {
    ENTERED(recurse);
    if (!depth)
        return branch(depth);
    return recurse(depth - 1) + (recurse(depth / 2) | 1);
}

NOINLINE static void on_wake(struct co *co) {
    ENTERED(on_wake);
    ready[last++ % (4 * JOBS)] = co;
}

static co_status part(struct co *co) {
    ENTERED(part);
    co_begin(co);
    CALLED(part);
    co_await (co, co_wake(co));
    RESUMED(part);
    sink = branch(sink);
    co_end(co);
}

static co_status job(struct co *co) {
    struct job *self = (struct job *)co;
    ENTERED(job);
    co_begin(co);
    CALLED(job);
    for (self->round = 0; self->round < 3; self->round++) {
        co_await (co, co_wake(co));
        RESUMED(job);
        sink = leaf(sink);
    }
    co_await_call(co, &self->part.co, part);
    RESUMED(job);
    co_end(co);
}

static void run_jobs(void) {
    struct job jobs[JOBS] = {0};
    for (int i = 0; i < JOBS; i++) {
        jobs[i].co.schedule = on_wake;
        co_start(&jobs[i].co, job, NULL);
    }
    while (first != last)
        co_resume(ready[first++ % (4 * JOBS)]);
}

static void *work(void *argument) {
    counts = argument;
    for (;;) {
        sink = recurse(6);
        run_jobs();
    }
    return NULL;
}

int main(int argc, char **argv) {
    int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
    file = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        return 1;
    alarm(60);
    file->pid = getpid();
    pthread_t other;
    if (pthread_create(&other, NULL, work, file->counts[1]))
        return 1;
    work(file->counts[0]);
}
