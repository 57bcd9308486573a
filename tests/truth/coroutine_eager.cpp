// C++20 eager tasks, without edits: the body runs up to its first await inside the call, and the frame goes by itself.
#include "coroutine.h"

#define SESSIONS 10
#define AWAITS 4

static queue ready;
static int sessions, resumes, burns;
static double awaited_ms, ran_ms, burned_ms;

struct fire {
    struct promise_type {
        fire get_return_object() {
            return {};
        }
        std::suspend_never initial_suspend() noexcept {
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
};

struct io {
    double left = 0;
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> handle) {
        ready.add(handle);
        left = truth_ms();
    }
    void await_resume() {
        awaited_ms += truth_ms() - left;
    }
};

NI static void burn() {
    double start = truth_ms();
    burns++;
    truth_burn(2);
    burned_ms += truth_ms() - start;
}

NI static fire session() {
    sessions++;
    burn();
    for (int i = 0; i < AWAITS; i++) {
        co_await io{};
        burn();
    }
}

NI static void dispatch() {
    double start = truth_ms();
    session();
    ran_ms += truth_ms() - start;
}

NI static void loop() {
    while (!ready.empty()) {
        auto handle = ready.take();
        double start = truth_ms();
        resumes++;
        handle.resume();
        ran_ms += truth_ms() - start;
    }
}

int main() {
    for (int i = 0; i < SESSIONS; i++)
        dispatch();
    loop();
    printf("{\"functions\":{"
           "\"session\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"dispatch\":%d}",
           sessions, sessions);
    BODY(",\"resumes\":%d", resumes);
    printf("},\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"session\":%d}},"
           "\"dispatch\":{\"calls\":%d,\"callers\":{\"main\":%d}}}",
           burns, burns, burns, SESSIONS, SESSIONS);
    BODY(",\"awaiting_ms\":{\"session\":%.3f},\"running_blocked_ms\":{\"session\":%.3f,\"burn\":%.3f}", awaited_ms,
         ran_ms, burned_ms);
    puts("}");
}
