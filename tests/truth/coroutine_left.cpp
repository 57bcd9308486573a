// Coroutines that never start, that are destroyed where they wait, and that end; each frame where another one stood.
#include "coroutine.h"

#define ROUNDS 60

static int made, started, resumes, ended, burns;
static double awaited_ms;

struct lazy {
    struct promise_type {
        double left = 0;
        lazy get_return_object() {
            left = truth_ms();
            return lazy{std::coroutine_handle<promise_type>::from_promise(*this)};
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
            std::terminate();
        }
    };
    explicit lazy(std::coroutine_handle<promise_type> h) : handle(h) {
    }
    lazy(lazy &&other) noexcept : handle(other.handle) {
        other.handle = nullptr;
    }
    UNSEEN ~lazy() {
        if (!handle)
            return;
        if (!handle.done())
            awaited_ms += truth_ms() - handle.promise().left;
        handle.destroy();
    }
    UNSEEN void resume() {
        awaited_ms += truth_ms() - handle.promise().left;
        resumes++;
        handle.resume();
        handle.promise().left = truth_ms();
    }
    std::coroutine_handle<promise_type> handle;
};

NI static void burn() {
    burns++;
    truth_burn(0.05);
}

NI static lazy job() {
    started++;
    burn();
    co_await std::suspend_always{};
    burn();
    co_await std::suspend_always{};
    burn();
    ended++;
}

NI static lazy create() {
    made++;
    return job();
}

NI static void abandon(int times) {
    lazy one = create();
    for (int i = 0; i < times; i++) {
        truth_sleep(0.3);
        one.resume();
    }
    truth_sleep(0.3);
}

int main() {
    for (int i = 0; i < ROUNDS; i++)
        abandon(i % 4);
    printf("{\"functions\":{"
           "\"job\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"create\":%d}",
           made, made);
    BODY(",\"resumes\":%d", resumes);
    printf("},\"create\":{\"calls\":%d,\"callers\":{\"abandon\":%d}},"
           "\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"job\":%d}}}",
           made, made, burns, burns, burns);
    BODY(",\"awaiting_ms\":{\"job\":%.3f}", awaited_ms);
    puts("}");
    return made == ROUNDS && started == ROUNDS * 3 / 4 && ended == ROUNDS / 4 ? 0 : 1;
}
