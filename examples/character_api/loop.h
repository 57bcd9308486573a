/*
 * The event loop's side of coroutines: a task is a coroutine that the loop resumes.
 *
 * co_wake may come from any thread. It puts the task into a ready queue and pokes the loop, which resumes it
 * on its own thread: a coroutine runs on one thread only and needs no locks.
 */
#ifndef CHARACTER_API_LOOP_H
#define CHARACTER_API_LOOP_H

#include <event2/event.h>
#include <sys/queue.h>

#include "recount/coro.h"

struct loop;

struct task {
    struct co co; /* first: a task is its coroutine */
    struct loop *loop;
    void (*done)(struct task *task);
    STAILQ_ENTRY(task) link;
};

/** Makes a loop. Returns NULL when the system refuses, with errno set. */
struct loop *loop_new(void);

/** Frees the loop; tasks that still wait are their owners' affair. Accepts NULL. */
void loop_free(struct loop *loop);

/** The libevent base to register other events with; borrowed. */
struct event_base *loop_base(const struct loop *loop);

/**
 * Readies a zeroed task for co_start.
 * @param done  called on the loop's thread once the loop has resumed the task to its end; may free it. It is not
 *              called when co_start itself returns CO_DONE.
 */
void task_init(struct task *task, struct loop *loop, void (*done)(struct task *task));

#endif
