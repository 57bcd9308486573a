// C++20 coroutines in a storm: many more threads than CPUs, resumed inside of await_suspend or by whoever comes first,
// destroyed where they wait while their thread is on its way out, their memory used again at once.
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "coroutine.h"

#define THREADS 12
#define JOBS 1200 // of all threads
#define AT_ONCE 20
#define HOPS 6

enum way { ELSEWHERE, INSIDE, DESTROYED };

struct errand {
    std::coroutine_handle<> handle;
    bool destroy;
};

static std::mutex lock;
static std::deque<errand> ready;
static std::atomic<int> submitted, over, resumes, suspensions, destroyed, burns;

UNSEEN static void post(errand what) {
    std::lock_guard<std::mutex> guard(lock);
    ready.push_front(what); // the next free thread takes it
}

UNSEEN static bool take(errand &what) {
    std::lock_guard<std::mutex> guard(lock);
    if (ready.empty())
        return false;
    what = ready.front();
    ready.pop_front();
    return true;
}

struct first { // gcc's suspension has a place where the awaiter is called
    bool await_ready() noexcept {
        return false;
    }
    NI void await_suspend(std::coroutine_handle<>) noexcept {
        suspensions++;
    }
    void await_resume() noexcept {
    }
};

struct fire {
    struct promise_type {
        fire get_return_object() {
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

struct hop {
    way how;
    bool await_ready() {
        return false;
    }
    NI void await_suspend(std::coroutine_handle<> handle) {
        way here = how; // the frame may be gone after the next line
        suspensions++;
        if (here == INSIDE) {
            resumes++;
            handle.resume();
        } else {
            post({handle, here == DESTROYED});
        }
        std::this_thread::yield();
    }
    void await_resume() {
    }
};

NI static void burn() {
    burns++;
}

static fire job(int number) {
    for (int i = 0; i < HOPS; i++) {
        burn();
        co_await hop{i == HOPS - 1 && number % 3 == 0 ? DESTROYED : (number + i) % 4 == 1 ? INSIDE : ELSEWHERE};
    }
    burn();
    over++;
}

NI static void submit(int number) {
    post({job(number).handle, false});
}

NI static void serve() {
    errand what;
    while (over < JOBS) {
        if (submitted - over < AT_ONCE) {
            int number = submitted++;
            if (number < JOBS)
                submit(number);
        }
        if (!take(what)) {
            std::this_thread::yield();
        } else if (what.destroy) {
            what.handle.destroy();
            destroyed++;
            over++;
        } else {
            resumes++;
            what.handle.resume();
        }
    }
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < THREADS; i++)
        threads.emplace_back(serve);
    for (auto &thread : threads)
        thread.join();
    printf("{\"functions\":{\"job\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"submit\":%d}", JOBS, JOBS);
    BODY(",\"resumes\":%d,\"awaits\":{\"points\":2,\"count\":%d,\"open\":0}", resumes.load(), resumes.load());
    printf("},\"submit\":{\"calls\":%d},\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"job\":%d}}}}\n", JOBS,
           burns.load(), burns.load(), burns.load());
    return resumes + destroyed == suspensions && resumes == JOBS + JOBS * HOPS - destroyed ? 0 : 1;
}
