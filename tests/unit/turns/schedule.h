/*
 * All interleavings of a few model threads, replayed one after the other: each thread is a coroutine that can be left
 * before and after each of its atomic operations on a word that any of them writes.
 */
#ifndef RECOUNT_TESTS_SCHEDULE_H
#define RECOUNT_TESTS_SCHEDULE_H

#include <stdbool.h>

#define SCHEDULE_THREADS 3

struct schedule {
    void (*thread[SCHEDULE_THREADS])(void); /* NULL: no more */
    int preemptions;                        /* at most so many in a run; below 0: any number */
    void (*reset)(void);                    /* before each run */
    void (*look)(void);         /* wherever a thread is left: what a reader would find, were it killed there */
    const char *(*check)(void); /* after each run; what is wrong, or NULL */
};

struct schedule_result {
    unsigned long runs;
    const char *wrong; /* of the first run that was; NULL: none */
    bool stuck;        /* all threads that were left waited for something */
};

/** Runs every interleaving, or up to the first that is wrong. */
struct schedule_result schedule_explore(const struct schedule *schedule);
/** In a thread: an atomic operation on `word` comes, or has just been done. */
void schedule_point(const void *word);
/** In a thread: `word` was written. */
void schedule_written(const void *word);
/** In a thread: goes on when `*flag` is set. */
void schedule_await(const bool *flag);
/** The thread that runs, from 0. */
int schedule_self(void);

#endif
