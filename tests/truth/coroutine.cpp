// C++20 lazy tasks with symmetric transfer, without edits: 100 parents await 2 handlers each, which await 5 times.
#include <coroutine>
#include <deque>
#include <exception>

#include "truth.h"

#define NI __attribute__((noinline))

static std::deque<std::coroutine_handle<>> ready;
static int handlers, awaits, burns, parents;

struct task {
    struct promise_type {
        std::coroutine_handle<> awaiter{};
        task get_return_object() {
            return task{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
            return {};
        }
        struct final_awaiter {
            bool await_ready() noexcept {
                return false;
            }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
                auto awaiter = self.promise().awaiter;
                return awaiter ? awaiter : std::noop_coroutine();
            }
            void await_resume() noexcept {
            }
        };
        final_awaiter final_suspend() noexcept {
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
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) {
        handle.promise().awaiter = awaiter;
        return handle;
    }
    void await_resume() {
    }
    std::coroutine_handle<promise_type> handle;
};

struct io {
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> h) {
        awaits++;
        ready.push_back(h);
    }
    void await_resume() {
    }
};

NI static void burn() {
    burns++;
    truth_burn(0.05);
}

NI static task handler() {
    handlers++;
    burn();
    for (int i = 0; i < 5; i++) {
        co_await io{};
        burn();
    }
}

NI static task parent() {
    parents++;
    co_await handler();
    co_await handler(); // its frame stands where the first one's stood
}

NI static void loop() {
    while (!ready.empty()) {
        auto next = ready.front();
        ready.pop_front();
        next.resume();
    }
}

NI static void dispatch(std::deque<task> &all) {
    all.push_back(parent());
    ready.push_back(all.back().handle);
}

int main() {
    std::deque<task> all;
    for (int i = 0; i < 100; i++)
        dispatch(all);
    loop();
    all.clear();
    // A start is a resume too: a lazy task suspends before its body.
    printf("{\"functions\":{"
           "\"handler\":{\"calls\":%d,\"resumes\":%d,\"unexplained\":0,\"callers\":{\"parent\":%d}},"
           "\"parent\":{\"calls\":%d,\"resumes\":%d,\"unexplained\":0,\"callers\":{\"dispatch\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"handler\":%d}}}}\n",
           handlers, handlers + awaits, handlers, parents, 3 * parents, parents, burns, burns, burns);
}
