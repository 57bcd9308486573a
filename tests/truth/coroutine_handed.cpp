// C++20 coroutines that one thread begins and suspends and another one, which never ran their body up to there, resumes
// or destroys: what the one counted and the other takes back is of one await point.
#include <thread>
#include <vector>

#include "coroutine.h"

#define JOBS 40
#define KEPT 4 // one in so many is destroyed where it waits

static std::vector<std::coroutine_handle<>> fresh, parked;
static int begun, resumes, works;

struct first { // gcc's suspension has a place where the awaiter is called
    bool await_ready() noexcept {
        return false;
    }
    NI void await_suspend(std::coroutine_handle<>) noexcept {
        begun++;
    }
    void await_resume() noexcept {
    }
};

struct task {
    struct promise_type {
        task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        first initial_suspend() noexcept {
            return {};
        }
        std::suspend_never final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
            std::terminate();
        }
    };
    std::coroutine_handle<> handle;
};

struct park {
    bool await_ready() {
        return false;
    }
    NI void await_suspend(std::coroutine_handle<> handle) {
        parked.push_back(handle);
    }
    void await_resume() {
    }
};

NI static void work() {
    works++;
    truth_burn(0.1);
}

static task job() {
    work();
    co_await park{};
    work();
}

NI static void submit() {
    fresh.push_back(job().handle);
}

static void finish() {
    for (int i = 0; i < JOBS; i++)
        if (i % KEPT) {
            resumes++;
            parked[i].resume();
        } else {
            parked[i].destroy();
        }
}

int main() {
    for (int i = 0; i < JOBS; i++)
        submit();
    for (auto handle : fresh) {
        resumes++;
        handle.resume();
    }
    std::thread(finish).join();
    printf("{\"functions\":{\"job\":{\"calls\":%d,\"callers\":{\"submit\":%d}", JOBS, JOBS);
    BODY(",\"resumes\":%d,\"awaits\":{\"points\":2,\"open\":0,\"count\":%d}", resumes, resumes);
    printf("},\"submit\":{\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"job\":%d}}}}\n",
           JOBS, JOBS, works, works, works);
    return begun == JOBS && resumes == JOBS + JOBS - JOBS / KEPT ? 0 : 1;
}
