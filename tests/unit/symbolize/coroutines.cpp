/* lines matter here */
// clang-format off
// Coroutines of each kind: where their clones begin is in the first two words of a frame.
#include <coroutine>

#include "truth.h"

struct task {
    struct promise_type {
        task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() {
            return {};
        }
        std::suspend_always final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
        }
    };
    std::coroutine_handle<promise_type> handle;
};

static int entered;

static void tell(const char *name, task t, int line) {
    void **frame = static_cast<void **>(t.handle.address());
    char text[64];
    t.handle.resume();
    snprintf(text, sizeof text, "%s.resume", name);
    FACT(text, frame[0], line);
    snprintf(text, sizeof text, "%s.destroy", name);
    FACT(text, frame[1], line);
    t.handle.destroy();
}

namespace shop {
struct counter {
    template <class T> __attribute__((noinline)) task serve(T x, const char *) {
        entered += static_cast<int>(x);
        co_await std::suspend_always{};
    }
};
enum { SERVE_LINE = __LINE__ - 5 };

// A name on a line of its own: neither its code nor its body begins there.
__attribute__((noinline)) static task
close(int a)
{
    entered += a;
    co_await std::suspend_always{};
}
enum { CLOSE_LINE = __LINE__ - 5 };
} // namespace shop

namespace {
__attribute__((noinline)) task hidden() {
    entered++;
    co_await std::suspend_always{};
}
} // namespace
enum { HIDDEN_LINE = __LINE__ - 5 };

int main() {
    print_place();
    task (*volatile close)(int) = shop::close;
    task (*volatile hide)() = hidden;
    FACT("close", reinterpret_cast<void *>(close), shop::CLOSE_LINE);
    FACT("hidden", reinterpret_cast<void *>(hide), HIDDEN_LINE);
    tell("close", close(1), shop::CLOSE_LINE);
    tell("hidden", hide(), HIDDEN_LINE);
    shop::counter c;
    tell("serve", c.serve<long>(3, ""), shop::SERVE_LINE);
    return entered > 0 ? 0 : 1;
}
