/* libuv's streams: a TCP echo inside one process. A client writes, awaits the answer and writes again; the server reads
 * and answers. Each callback belongs to the function that asked for it. */
// pkg-config: libuv
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define CLIENTS 4
#define ROUNDS 25

struct client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    int rounds;
    char room[64];
    double since;
};

struct peer {
    uv_tcp_t tcp;
    char room[64];
};

struct answer {
    uv_write_t write;
    double since;
};

static uv_loop_t *loop;
static uv_tcp_t server;
static struct sockaddr_in address;
static struct client clients[CLIENTS];
static int connections, accepted, questions, question_ends, sent, answered, answers, closed, finished, works;
static double waited_connect, waited_answer, connect_since[CLIENTS];

NI static void work(void) {
    works++;
    truth_burn(0.05);
}

UNSEEN static void room_of_peer(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)size;
    *buffer = uv_buf_init(((struct peer *)handle)->room, 64);
}

UNSEEN static void room_of_client(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    (void)size;
    *buffer = uv_buf_init(((struct client *)handle)->room, 64);
}

/* Frees its own request: the next one may have its address. */
NI static void on_answered(uv_write_t *request, int status) {
    waited_answer += truth_ms() - ((struct answer *)request)->since;
    answered += status == 0;
    free(request);
}

NI static void answer(struct peer *peer, size_t bytes) {
    struct answer *new = calloc(1, sizeof *new);
    uv_buf_t buffer = uv_buf_init(peer->room, (unsigned)bytes);
    new->since = truth_ms();
    uv_write(&new->write, (uv_stream_t *)&peer->tcp, &buffer, 1, on_answered);
}

NI static void on_gone(uv_handle_t *handle) {
    free(handle);
    closed++;
}

NI static void hang_up(uv_stream_t *stream) {
    uv_close((uv_handle_t *)stream, on_gone);
    if (++finished == CLIENTS)
        uv_close((uv_handle_t *)&server, NULL);
}

NI static void on_question(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer) {
    (void)buffer;
    if (bytes > 0) {
        questions++;
        work();
        answer((struct peer *)stream, (size_t)bytes);
    } else if (bytes < 0) {
        question_ends++;
        hang_up(stream);
    }
}

NI static void on_connection(uv_stream_t *stream, int status) {
    struct peer *peer = calloc(1, sizeof *peer);
    (void)status;
    accepted++;
    uv_tcp_init(loop, &peer->tcp);
    uv_accept(stream, (uv_stream_t *)&peer->tcp);
    uv_read_start((uv_stream_t *)&peer->tcp, room_of_peer, on_question);
}

NI static void on_sent(uv_write_t *request, int status) {
    (void)request;
    sent += status == 0;
}

NI static void ask(struct client *client) {
    uv_buf_t buffer = uv_buf_init("?", 1);
    uv_write(&client->write, (uv_stream_t *)&client->tcp, &buffer, 1, on_sent);
}

NI static void on_answer(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buffer) {
    struct client *client = (struct client *)stream;
    (void)buffer;
    if (bytes <= 0)
        return;
    answers++;
    work();
    if (++client->rounds < ROUNDS)
        ask(client);
    else
        uv_close((uv_handle_t *)stream, NULL);
}

NI static void on_connect(uv_connect_t *request, int status) {
    struct client *client = (struct client *)((char *)request - offsetof(struct client, connect));
    waited_connect += truth_ms() - connect_since[client - clients];
    connections += status == 0;
    uv_read_start((uv_stream_t *)&client->tcp, room_of_client, on_answer);
    ask(client);
}

NI static void serve(void) {
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &server);
    uv_tcp_bind(&server, (const struct sockaddr *)&address, 0);
    uv_listen((uv_stream_t *)&server, 16, on_connection);
    uv_tcp_getsockname(&server, (struct sockaddr *)&address, &length);
}

NI static void dial(void) {
    for (int i = 0; i < CLIENTS; i++) {
        uv_tcp_init(loop, &clients[i].tcp);
        connect_since[i] = truth_ms();
        uv_tcp_connect(&clients[i].connect, &clients[i].tcp, (const struct sockaddr *)&address, on_connect);
    }
}

int main(void) {
    loop = uv_default_loop();
    serve();
    dial();
    uv_run(loop, UV_RUN_DEFAULT);
    int asked = CLIENTS * ROUNDS;
    printf("{\"functions\":{"
           "\"on_connection\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"serve\":%d}},"
           "\"on_connect\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"dial\":%d}},"
           "\"on_question\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"on_connection\":%d}},"
           "\"on_answered\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"answer\":%d}},"
           "\"on_answer\":{\"callers\":{\"on_connect\":%d}},"
           "\"on_sent\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"ask\":%d}},"
           "\"ask\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_connect\":%d,\"on_answer\":%d}},"
           "\"on_gone\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"hang_up\":%d}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_question\":%d,\"on_answer\":%d}}},"
           "\"awaiting_queued_ms\":{\"dial\":%.3f,\"answer\":%.3f}}\n",
           accepted, accepted, accepted, connections, connections, connections, questions + question_ends,
           questions + question_ends, questions + question_ends, answered, answered, answered, answers, sent, sent,
           sent, asked, asked, connections, asked - connections, closed, closed, closed, works, works, questions,
           answers, waited_connect, waited_answer);
    return 0;
}
