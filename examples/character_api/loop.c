#include "loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

STAILQ_HEAD(task_queue, task);

struct loop {
    struct event_base *base;
    struct event *poke;
    int poke_fd;
    pthread_mutex_t lock;
    struct task_queue ready; /* under the lock */
};

/* Resumes what was ready when it began: what becomes ready meanwhile waits for the sockets to have their turn. */
static void on_ready(evutil_socket_t fd, short what, void *arg) {
    struct loop *loop = arg;
    struct task_queue batch = STAILQ_HEAD_INITIALIZER(batch);
    eventfd_t pokes;

    (void)what;
    (void)eventfd_read(fd, &pokes);
    pthread_mutex_lock(&loop->lock);
    STAILQ_CONCAT(&batch, &loop->ready);
    pthread_mutex_unlock(&loop->lock);

    while (!STAILQ_EMPTY(&batch)) {
        struct task *task = STAILQ_FIRST(&batch);
        STAILQ_REMOVE_HEAD(&batch, link);
        if (co_resume(&task->co) == CO_DONE)
            task->done(task);
    }
}

static void schedule(struct co *co) {
    struct task *task = (struct task *)co;
    struct loop *loop = task->loop;

    pthread_mutex_lock(&loop->lock);
    bool first = STAILQ_EMPTY(&loop->ready);
    STAILQ_INSERT_TAIL(&loop->ready, task, link);
    pthread_mutex_unlock(&loop->lock);
    if (first)
        (void)eventfd_write(loop->poke_fd, 1);
}

struct loop *loop_new(void) {
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    pthread_mutex_init(&loop->lock, NULL);
    STAILQ_INIT(&loop->ready);
    loop->poke_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->base = event_base_new();
    if (loop->poke_fd >= 0 && loop->base)
        loop->poke = event_new(loop->base, loop->poke_fd, EV_READ | EV_PERSIST, on_ready, loop);
    if (!loop->poke || event_add(loop->poke, NULL) != 0) {
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop) {
    if (!loop)
        return;
    if (loop->poke)
        event_free(loop->poke);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->poke_fd >= 0)
        close(loop->poke_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

struct event_base *loop_base(const struct loop *loop) {
    return loop->base;
}

void task_init(struct task *task, struct loop *loop, void (*done)(struct task *task)) {
    task->co.schedule = schedule;
    task->loop = loop;
    task->done = done;
}
