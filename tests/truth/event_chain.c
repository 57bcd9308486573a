/* libevent: timers that arm their own successor, an event that stays, one-shot callbacks, and a pair of bufferevents
 * that answer each other. Whoever asks for an event's callback and argument gets its own. */
// pkg-config: libevent
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define STEPS 40
#define TICKS 12
#define ONCE 7
#define ROUNDS 60

static struct event_base *base;
static struct event *step, *ticker, readable;
static int steps, ticks, onces, works, asked, answered, bytes, wrong;
static double armed, waited_step, waited_first, client_since, server_since, client_waited, server_waited;
static int ends[2];

NI static void work(void) {
    works++;
    truth_burn(0.1);
}

NI static void arm(void) {
    struct timeval pause = {0, 2000};
    armed = truth_ms();
    event_add(step, &pause);
}

NI static void on_step(int fd, short what, void *argument) {
    (void)fd;
    *(steps ? &waited_step : &waited_first) += truth_ms() - armed;
    wrong += what != EV_TIMEOUT || argument != &steps;
    work();
    if (++steps < STEPS)
        arm();
}

NI static void on_tick(int fd, short what, void *argument) {
    (void)fd;
    (void)what;
    wrong += argument != ticker;
    if (++ticks == TICKS)
        event_del(ticker);
}

NI static void on_once(int fd, short what, void *argument) {
    (void)fd;
    (void)what;
    wrong += argument != &onces;
    onces++;
    work();
}

NI static void on_bytes(int fd, short what, void *argument) {
    char byte;
    (void)what;
    (void)argument;
    if (read(fd, &byte, 1) == 1 && ++bytes == 3)
        event_del(&readable);
}

NI static void on_question(struct bufferevent *server, void *argument) {
    server_waited += truth_ms() - server_since;
    struct evbuffer *input = bufferevent_get_input(server);
    wrong += argument != &answered;
    work();
    answered++;
    bufferevent_write_buffer(server, input);
    server_since = truth_ms();
}

NI static void ask(struct bufferevent *client) {
    asked++;
    bufferevent_write(client, "?", 1);
}

NI static void on_answer(struct bufferevent *client, void *argument) {
    client_waited += truth_ms() - client_since;
    struct evbuffer *input = bufferevent_get_input(client);
    wrong += argument != &asked;
    evbuffer_drain(input, evbuffer_get_length(input));
    if (asked < ROUNDS)
        ask(client);
    client_since = truth_ms();
}

NI static void serve(struct bufferevent *server) {
    server_since = truth_ms();
    bufferevent_setcb(server, on_question, NULL, NULL, &answered);
    bufferevent_enable(server, EV_READ | EV_WRITE);
}

NI static void consult(struct bufferevent *client) {
    client_since = truth_ms();
    bufferevent_setcb(client, on_answer, NULL, NULL, &asked);
    bufferevent_enable(client, EV_READ | EV_WRITE);
}

NI static void begin_step(void) {
    step = event_new(base, -1, 0, on_step, &steps);
    arm();
}

NI static void begin_others(void) {
    struct timeval often = {0, 1000}, soon = {0, 500};
    ticker = event_new(base, -1, EV_PERSIST, on_tick, event_self_cbarg());
    event_add(ticker, &often);
    for (int i = 0; i < ONCE; i++)
        event_base_once(base, -1, EV_TIMEOUT, on_once, &onces, &soon);
    if (pipe(ends) || write(ends[1], "abc", 3) != 3)
        wrong++;
    event_assign(&readable, base, ends[0], EV_READ | EV_PERSIST, on_bytes, &bytes);
    event_add(&readable, NULL);
}

UNSEEN static void ask_back(struct bufferevent *client) {
    event_callback_fn callback;
    struct event_base *its_base;
    bufferevent_data_cb read_callback;
    short what;
    int fd;
    void *argument;
    event_get_assignment(step, &its_base, &fd, &what, &callback, &argument);
    wrong += its_base != base || callback != on_step || argument != &steps;
    wrong += event_get_callback(step) != on_step || event_get_callback_arg(step) != &steps;
    wrong += event_get_callback_arg(ticker) != ticker;
    bufferevent_getcb(client, &read_callback, NULL, NULL, &argument);
    wrong += read_callback != on_answer || argument != &asked;
}

int main(void) {
    struct bufferevent *pair[2];
    base = event_base_new();
    begin_step();
    begin_others();
    bufferevent_pair_new(base, 0, pair);
    serve(pair[0]);
    consult(pair[1]);
    ask_back(pair[1]);
    ask(pair[1]);
    event_base_dispatch(base);
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    event_free(step);
    event_free(ticker);
    event_base_free(base);
    printf("{\"functions\":{"
           "\"on_step\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"arm\":%d}},"
           "\"arm\":{\"entries\":%d,\"callers\":{\"begin_step\":1,\"on_step\":%d}},"
           "\"on_tick\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_once\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_bytes\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_question\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"serve\":%d}},"
           "\"on_answer\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"consult\":%d}},"
           "\"ask\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":1,\"on_answer\":%d}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_step\":%d,\"on_once\":%d,\"on_question\":%d}}},"
           "\"awaiting_queued_ms\":{\"arm\":%.3f,\"serve\":%.3f,\"consult\":%.3f}}\n",
           steps, steps, steps, steps, steps - 1, ticks, ticks, ticks, onces, onces, onces, bytes, bytes, bytes,
           answered, answered, answered, answered, answered, answered, asked, asked, asked - 1, works, works, steps,
           onces, answered, waited_step + waited_first, server_waited, client_waited);
    return wrong != 0;
}
