// C++20 coroutines that are resumed on fibers: a fiber stands still inside of await_suspend, another thread goes on
// with the coroutine, and a third one with the fiber, in either order.
#include <thread>
#include <ucontext.h>

#include "coroutine.h"

#define ROUNDS 30
#define STACK (128 << 10)

static std::coroutine_handle<> handle_of;
static ucontext_t fiber, outside;
static int firsts, resumes, works;

struct task {
    struct promise_type {
        task get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        struct first { // gcc's suspension has a place where the awaiter is called
            bool await_ready() noexcept {
                return false;
            }
            NI void await_suspend(std::coroutine_handle<>) noexcept {
                firsts++;
            }
            void await_resume() noexcept {
            }
        };
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

struct waiting {
    bool await_ready() {
        return false;
    }
    void await_resume() {
    }
};

struct park : waiting {
    NI void await_suspend(std::coroutine_handle<> handle) {
        handle_of = handle;
        swapcontext(&fiber, &outside); // the frame may be gone when this comes back
    }
};

struct rest : waiting {
    NI void await_suspend(std::coroutine_handle<> handle) {
        handle_of = handle;
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
    co_await rest{};
    work();
}

NI static void go_on() {
    resumes++;
    handle_of.resume();
}

NI static void body() {
    handle_of = job().handle;
    go_on();
}

NI static void enter_fiber() {
    swapcontext(&outside, &fiber);
}

static void round_of(int number, char *stack) {
    getcontext(&fiber);
    fiber.uc_stack.ss_sp = stack;
    fiber.uc_stack.ss_size = STACK;
    fiber.uc_link = &outside;
    makecontext(&fiber, body, 0);
    std::thread(enter_fiber).join();
    if (number % 3 == 0)
        std::thread(enter_fiber).join(); // first the fiber
    std::thread(go_on).join();
    if (number % 3 == 1)
        std::thread(enter_fiber).join(); // while it is suspended again
    std::thread(go_on).join();
    if (number % 3 == 2)
        std::thread(enter_fiber).join(); // after its end
}

int main() {
    static char stack[STACK];
    for (int i = 0; i < ROUNDS; i++)
        round_of(i, stack);
    printf("{\"functions\":{\"job\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"body\":%d}", ROUNDS, ROUNDS);
    BODY(",\"resumes\":%d,\"awaits\":{\"points\":3,\"count\":%d,\"open\":0}", resumes, resumes);
    printf("},\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"job\":%d}}}}\n", works, works, works);
    return firsts == ROUNDS && resumes == 3 * ROUNDS ? 0 : 1;
}
