// Exceptions out of a resume: the promise rethrows, and who resumed it catches. And out of operator new, through the
// runtime.
#include <new>
#include <stdexcept>
#include <vector>

#include "coroutine.h"

#define TASKS 40

static queue ready;
static char *volatile kept;
static int started, resumes, burns, caught, looks, refused;
static double left_at[TASKS], awaited_ms;

struct task {
    struct promise_type {
        task get_return_object() {
            return task{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
            return {};
        }
        std::suspend_always final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
            throw;
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
    std::coroutine_handle<promise_type> handle;
};

struct io {
    int number;
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
        ready.add(handle);
        left_at[number] = truth_ms();
    }
    void await_resume() {
        awaited_ms += truth_ms() - left_at[number];
    }
};

NI static void burn() {
    burns++;
    truth_burn(0.02);
}

NI static void check(bool fail) {
    burn();
    if (fail)
        throw std::runtime_error("as asked");
    __asm__ volatile("");
}

NI static task job(int number) {
    started++;
    awaited_ms += truth_ms() - left_at[number];
    for (int i = 0; i < 4; i++) {
        co_await io{number};
        check(number % 2 && i == 2);
    }
}

NI static void look() {
    looks++;
}

NI static void step(std::coroutine_handle<> handle) {
    try {
        resumes++;
        handle.resume();
    } catch (const std::runtime_error &) {
        caught++;
        look();
    }
    look();
}

NI static void loop() {
    while (!ready.empty())
        step(ready.take());
}

NI static void submit(std::vector<task> &all, int number) {
    all.push_back(job(number));
    left_at[number] = truth_ms();
    ready.add(all.back().handle);
}

NI static void ask_too_much() {
    volatile size_t much = (size_t)1 << 46;
    try {
        kept = new char[much];
    } catch (const std::bad_alloc &) {
        refused++;
    }
}

int main() {
    std::vector<task> all;
    all.reserve(TASKS);
    for (int i = 0; i < TASKS; i++)
        submit(all, i);
    loop();
    truth_sleep(20); // nothing waits any more
    all.clear();
    for (int i = 0; i < 20; i++)
        ask_too_much();
    printf("{\"functions\":{"
           "\"job\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"submit\":%d}",
           TASKS, TASKS);
    BODY(",\"resumes\":%d", resumes);
    printf("},\"check\":{\"calls\":%d,\"callers\":{\"job\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"check\":%d}},"
           "\"look\":{\"calls\":%d,\"callers\":{\"step\":%d}},"
           "\"step\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"loop\":%d}}}",
           burns, burns, burns, burns, burns, looks, looks, resumes, resumes);
    BODY(",\"awaiting_ms\":{\"job\":%.3f}", awaited_ms);
    puts("}");
    return caught == TASKS / 2 && started == TASKS && refused == 20 ? 0 : 1;
}
