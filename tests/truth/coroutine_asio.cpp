// asio's awaitable, without edits: sessions await timers and steps, whose frames asio recycles out of its own memory.
// libs: -pthread
#include <asio.hpp>

#include "coroutine.h"

#define SESSIONS 20
#define STEPS 3

using timer = asio::steady_timer;

static int sessions, steps, burns;
static double step_awaited_ms;

NI static void burn() {
    burns++;
    truth_burn(0.1);
}

NI static asio::awaitable<int> step(int number) {
    steps++;
    burn();
    timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(3));
    double left = truth_ms();
    co_await pause.async_wait(asio::use_awaitable);
    step_awaited_ms += truth_ms() - left;
    burn();
    co_return number;
}

NI static asio::awaitable<void> session(int number) {
    sessions++;
    for (int i = 0; i < STEPS; i++)
        number += co_await step(number);
    burn();
}

NI static void submit(asio::io_context &io, int number) {
    asio::co_spawn(io, session(number), asio::detached);
}

int main() {
    asio::io_context io;
    for (int i = 0; i < SESSIONS; i++)
        submit(io, i);
    io.run();
    // A start is a resume, as is each timer, and each step that has come to its end.
    printf("{\"functions\":{"
           "\"session\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"submit\":%d}",
           sessions, sessions);
    BODY(",\"resumes\":%d", sessions * (1 + STEPS));
    printf("},\"step\":{\"calls\":%d,\"recursive\":0,\"callers\":{\"session\":%d}", steps, steps);
    BODY(",\"resumes\":%d", steps * 2);
    printf("},\"burn\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"step\":%d,\"session\":%d}}}", burns, burns,
           2 * steps, sessions);
    BODY(",\"awaiting_ms\":{\"step\":%.3f}", step_awaited_ms);
    puts("}");
    return burns == 2 * steps + sessions ? 0 : 1;
}
