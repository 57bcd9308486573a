// Many C++20 coroutines, alive at once: each waits in a suspend_always.
#include <coroutine>
#include <exception>

#include "scale.h"

struct task {
    struct promise_type {
        UNSEEN task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        UNSEEN std::suspend_never initial_suspend() noexcept {
            return {};
        }
        UNSEEN std::suspend_always final_suspend() noexcept {
            return {};
        }
        UNSEEN void return_void() {
        }
        UNSEEN void unhandled_exception() {
            std::terminate();
        }
    };
    std::coroutine_handle<promise_type> handle;
};

NI static task handler(struct share *share) {
    share->started++;
    for (long waits = 0; waits <= share->rounds; waits++) {
        co_await std::suspend_always{};
        share->resumed++;
    }
}

NI static void spawn(struct share *share, task *tasks, long i) {
    tasks[i] = handler(share);
}

UNSEEN void scale_start(struct share *share) {
    task *tasks = static_cast<task *>(calloc(static_cast<size_t>(share->tasks), sizeof(task)));
    share->own = tasks;
    for (long i = 0; i < share->tasks; i++)
        spawn(share, tasks, i);
}

UNSEEN void scale_round(struct share *share) {
    task *tasks = static_cast<task *>(share->own);
    for (long i = 0; i < share->tasks; i++)
        tasks[i].handle.resume();
}

UNSEEN void scale_end(struct share *share) {
    scale_round(share);
    task *tasks = static_cast<task *>(share->own);
    for (long i = 0; i < share->tasks; i++)
        tasks[i].handle.destroy();
    free(tasks);
}

UNSEEN void scale_truth(long tasks, long started, long resumed) {
    printf("\"handler\":{\"calls\":%ld,\"resumes\":%ld,\"callers\":{\"spawn\":%ld}},\"spawn\":{\"calls\":%ld}", started,
           resumed, started, tasks);
}

int main(int argc, char **argv) {
    return scale_main(argc, argv);
}
