// C++20 coroutines on a pool: each await hands its coroutine to whichever thread is free, which goes on with it while
// the one before may still be on its way out.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "coroutine.h"

#define WAVES 4 // a wave's frames lie where the last one's were, which some thread may be on its way out of
#define JOBS (WAVES * 10)
#define HOPS 5

static std::mutex lock;
static std::condition_variable more;
static queue ready;
static std::atomic<int> left_to_do, jobs, resumes, burns, moved, over;
static std::atomic<double> awaited_ms;

UNSEEN static void post(std::coroutine_handle<> handle, bool at_once) {
    std::lock_guard<std::mutex> guard(lock);
    if (at_once)
        ready.add_first(handle);
    else
        ready.add(handle);
    more.notify_one();
}

struct fire {
    struct promise_type {
        fire get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
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

struct hop {
    bool linger;
    double left = 0;
    std::thread::id from;
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
        from = std::this_thread::get_id();
        left = truth_ms();
        bool stay = linger; // the frame may be gone after the next line
        post(handle, stay);
        if (stay)
            truth_sleep(1);
    }
    void await_resume() {
        awaited_ms += truth_ms() - left;
        moved += from != std::this_thread::get_id();
    }
};

NI static void burn() {
    burns++;
    truth_burn(0.1);
}

static fire job() {
    jobs++;
    for (int i = 0; i < HOPS; i++) {
        burn();
        co_await hop{i % 2 == 1};
    }
    burn();
    left_to_do--;
}

NI static void submit() {
    fire one = job();
    left_to_do++;
    post(one.handle, false);
}

UNSEEN static std::coroutine_handle<> next() {
    std::unique_lock<std::mutex> guard(lock);
    while (ready.empty() && !over)
        more.wait_for(guard, std::chrono::milliseconds(1));
    return ready.empty() ? std::coroutine_handle<>{} : ready.take();
}

NI static void serve() {
    while (auto handle = next()) {
        resumes++;
        handle.resume();
    }
}

int main() {
    std::thread one(serve), two(serve);
    for (int wave = 0; wave < WAVES; wave++) {
        for (int i = 0; i < JOBS / WAVES; i++)
            submit();
        while (left_to_do)
            std::this_thread::yield();
    }
    over = 1;
    one.join();
    two.join();
    printf("{\"functions\":{"
           "\"job\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"submit\":%d}",
           JOBS, JOBS);
    BODY(",\"resumes\":%d,\"awaits\":{\"open\":0}", resumes.load());
    printf("},\"submit\":{\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"job\":%d}}}}\n",
           JOBS, JOBS, burns.load(), burns.load(), burns.load());
    return jobs == JOBS && resumes == JOBS * (HOPS + 1) ? 0 : 1;
}
