/* Many coroutines of recount/coro.h, alive at once. */
#include <recount/coro.h>

#include "scale.h"

struct task {
    struct co co;
    struct share *share;
    long waits;
};

NI static co_status handler(struct co *co) {
    struct task *self = (struct task *)co;
    co_begin(co);
    self->share->started++;
    for (self->waits = 0; self->waits <= self->share->rounds; self->waits++) {
        co_await (co, (void)0);
        self->share->resumed++;
    }
    co_end(co);
}

NI static void spawn(struct task *task) {
    co_start(&task->co, handler, NULL);
}

UNSEEN void scale_start(struct share *share) {
    struct task *tasks = calloc((size_t)share->tasks, sizeof *tasks);
    share->own = tasks;
    for (long i = 0; i < share->tasks; i++) {
        tasks[i].share = share;
        spawn(&tasks[i]);
    }
}

UNSEEN void scale_round(struct share *share) {
    struct task *tasks = share->own;
    for (long i = 0; i < share->tasks; i++)
        co_resume(&tasks[i].co);
}

UNSEEN void scale_end(struct share *share) {
    scale_round(share); /* the last wait is behind the last round */
    free(share->own);
}

UNSEEN void scale_truth(long tasks, long started, long resumed) {
    printf("\"handler\":{\"entries\":%ld,\"calls\":%ld,\"resumes\":%ld,\"callers\":{\"spawn\":%ld}},"
           "\"spawn\":{\"calls\":%ld}",
           started + resumed, started, resumed, started, tasks);
}

int main(int argc, char **argv) {
    return scale_main(argc, argv);
}
