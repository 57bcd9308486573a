/* libevent's HTTP server and client in one process: a request's handler belongs to who set it up, its answer to who
 * asked. The handler answers late, from a timer of its own. */
// pkg-config: libevent
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define REQUESTS 30

struct job {
    struct evhttp_request *request;
    struct event *later;
    double since;
};

static struct event_base *base;
static struct evhttp *http;
static struct evhttp_connection *connection;
static struct evhttp_bound_socket *bound;
static int asked, general, special, replies, answers, works, wrong;
static double asked_at, waited_answer, waited_later;

NI static void work(void) {
    works++;
    truth_burn(0.1);
}

NI static void reply(struct evhttp_request *request) {
    struct evbuffer *body = evbuffer_new();
    replies++;
    evbuffer_add(body, "yes", 3);
    evhttp_send_reply(request, HTTP_OK, "OK", body);
    evbuffer_free(body);
}

NI static void on_later(int fd, short what, void *argument) {
    struct job *job = argument;
    (void)fd;
    (void)what;
    waited_later += truth_ms() - job->since;
    work();
    reply(job->request);
    event_free(job->later);
    free(job);
}

NI static void on_any(struct evhttp_request *request, void *argument) {
    struct timeval pause = {0, 2000};
    struct job *job = calloc(1, sizeof *job);
    wrong += argument != &general;
    general++;
    job->request = request;
    job->later = event_new(base, -1, 0, on_later, job);
    job->since = truth_ms();
    event_add(job->later, &pause);
}

NI static void on_special(struct evhttp_request *request, void *argument) {
    wrong += argument != &special;
    special++;
    work();
    reply(request);
}

NI static void ask(void);

NI static void on_answer(struct evhttp_request *request, void *argument) {
    waited_answer += truth_ms() - asked_at;
    wrong += argument != &answers || !request || evhttp_request_get_response_code(request) != HTTP_OK;
    answers++;
    if (asked < REQUESTS)
        ask();
    else
        event_base_loopbreak(base);
}

NI static void ask(void) {
    asked_at = truth_ms();
    struct evhttp_request *request = evhttp_request_new(on_answer, &answers);
    evhttp_make_request(connection, request, EVHTTP_REQ_GET, asked % 3 ? "/any" : "/special");
    asked++;
}

NI static void serve(void) {
    http = evhttp_new(base);
    evhttp_set_gencb(http, on_any, &general);
    wrong += evhttp_set_cb(http, "/special", on_special, &special) != 0;
    wrong += evhttp_set_cb(http, "/special", on_any, NULL) != -1;
    bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
}

UNSEEN static void dial(void) {
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &length);
    connection = evhttp_connection_base_new(base, NULL, "127.0.0.1", ntohs(address.sin_port));
}

int main(void) {
    base = event_base_new();
    serve();
    dial();
    ask();
    event_base_dispatch(base);
    evhttp_connection_free(connection);
    evhttp_free(http);
    event_base_free(base);
    printf("{\"functions\":{"
           "\"on_any\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"serve\":%d}},"
           "\"on_special\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"serve\":%d}},"
           "\"on_later\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_any\":%d}},"
           "\"on_answer\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"ask\":%d}},"
           "\"ask\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":1,\"on_answer\":%d}},"
           "\"reply\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_later\":%d,\"on_special\":%d}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_later\":%d,\"on_special\":%d}}},"
           "\"awaiting_queued_ms\":{\"ask\":%.3f,\"on_any\":%.3f}}\n",
           general, general, general, special, special, special, general, general, general, answers, answers, answers,
           asked, asked, asked - 1, replies, replies, general, special, works, works, general, special, waited_answer,
           waited_later);
    return wrong != 0;
}
