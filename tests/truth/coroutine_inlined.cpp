// Coroutines whose first part the compiler may inline into its callers, and one that awaits itself.
#include "coroutine.h"

#define ROUNDS 30
#define DEPTH 5

static queue ready;
static int leaves, leaf_resumes, walks, walk_resumes, burns, from_left, from_right;

struct task {
    struct promise_type {
        std::coroutine_handle<> awaiter{};
        int *resumes = nullptr;
        task get_return_object() {
            return task{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
            return {};
        }
        struct done {
            bool await_ready() noexcept {
                return false;
            }
            void await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                if (self.promise().awaiter)
                    ready.add(self.promise().awaiter);
            }
            void await_resume() noexcept {
            }
        };
        done final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
            std::terminate();
        }
    };
    explicit task(std::coroutine_handle<promise_type> h) : handle(h) {
    }
    task(task &&other) noexcept : handle(other.handle) {
        other.handle = nullptr;
    }
    ~task() {
        if (handle)
            handle.destroy();
    }
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> awaiter) {
        handle.promise().awaiter = awaiter;
        ready.add(handle);
    }
    void await_resume() {
    }
    std::coroutine_handle<promise_type> handle;
};

struct io {
    int *resumes;
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
        ready.add(handle);
    }
    void await_resume() {
        ++*resumes;
    }
};

NI static void burn() {
    burns++;
    truth_burn(0.02);
}

static task leaf() {
    leaves++;
    leaf_resumes++;
    burn();
    co_await io{&leaf_resumes};
    burn();
}

static task walk(int depth) {
    walks++;
    walk_resumes++;
    burn();
    if (depth > 0) {
        co_await walk(depth - 1);
        walk_resumes++;
    }
}

static std::deque<task> all;

NI static void keep(task &&one) {
    all.push_back(std::move(one));
    ready.add(all.back().handle);
}

NI static void left() {
    from_left++;
    keep(leaf());
}

NI static void right() {
    from_right++;
    keep(leaf());
}

NI static void start() {
    keep(walk(DEPTH));
}

NI static void loop() {
    while (!ready.empty())
        ready.take().resume();
}

int main() {
    for (int i = 0; i < ROUNDS; i++) {
        left();
        if (i % 3 == 0)
            right();
        start();
        loop();
        all.clear();
    }
    printf("{\"functions\":{"
           "\"leaf\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"left\":%d,\"right\":%d}",
           leaves, from_left, from_right);
    BODY(",\"resumes\":%d", leaf_resumes);
    printf("},\"walk\":{\"calls\":%d,\"callers\":{\"start\":%d,\"walk\":%d}", walks, ROUNDS, walks - ROUNDS);
    BODY(",\"resumes\":%d,\"recursive\":%d", walk_resumes, walks - ROUNDS);
    printf("},\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"leaf\":%d,\"walk\":%d}}}}\n", burns, burns,
           2 * leaves, walks);
    return leaves == from_left + from_right && walks == ROUNDS * (DEPTH + 1) ? 0 : 1;
}
