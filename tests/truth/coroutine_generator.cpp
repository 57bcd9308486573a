// C++20 generators, without edits: read to the end, and left in the middle; the reader works in between.
#include "coroutine.h"

#define READERS 8

static int generators, resumes, burns, reads;
static double awaited_ms;

struct numbers {
    struct promise_type {
        int value = 0;
        double left = 0;
        numbers get_return_object() {
            return numbers{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
            return {};
        }
        std::suspend_always final_suspend() noexcept {
            return {};
        }
        std::suspend_always yield_value(int next) {
            value = next;
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
            std::terminate();
        }
    };
    explicit numbers(std::coroutine_handle<promise_type> h) : handle(h) {
    }
    numbers(numbers &&other) noexcept : handle(other.handle) {
        other.handle = nullptr;
    }
    UNSEEN ~numbers() {
        if (!handle)
            return;
        if (!handle.done())
            awaited_ms += truth_ms() - handle.promise().left;
        handle.destroy();
    }
    UNSEEN void made() {
        handle.promise().left = truth_ms();
    }
    UNSEEN bool next() {
        awaited_ms += truth_ms() - handle.promise().left;
        resumes++;
        handle.resume();
        handle.promise().left = truth_ms();
        return !handle.done();
    }
    std::coroutine_handle<promise_type> handle;
};

NI static void burn() {
    burns++;
    truth_burn(0.05);
}

NI static numbers count(int most) {
    generators++;
    for (int i = 0; i < most; i++) {
        burn();
        co_yield i;
    }
}

NI static void work() {
    truth_burn(1.5);
}

NI static int read_all(int most) {
    numbers all = count(most);
    all.made();
    int sum = 0;
    while (all.next()) {
        reads++;
        sum += all.handle.promise().value;
        work();
    }
    return sum;
}

NI static int read_some(int most) {
    numbers some = count(most);
    some.made();
    int sum = 0;
    while (sum < most && some.next()) {
        reads++;
        sum += some.handle.promise().value;
        work();
    }
    return sum;
}

int main() {
    for (int i = 0; i < READERS; i++) {
        read_all(i % 5);
        read_some(6);
    }
    printf("{\"functions\":{"
           "\"count\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"read_all\":%d,\"read_some\":%d}",
           2 * READERS, READERS, READERS);
    BODY(",\"resumes\":%d", resumes);
    printf("},\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"count\":%d}},"
           "\"work\":{\"calls\":%d}}",
           burns, burns, burns, reads);
    BODY(",\"awaiting_ms\":{\"count\":%.3f}", awaited_ms);
    puts("}");
    return generators == 2 * READERS ? 0 : 1;
}
