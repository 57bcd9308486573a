#include "dispatch.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "character.h"

#define CHARACTER_PREFIX "/character/"
#define LAST_ANSWERS_S 1 /* how long a client may take the last answers when the server ends */

struct server {
    struct loop *loop;
    struct db *db;
    struct evhttp *http;
    struct evhttp_bound_socket *socket;
    unsigned handling, sending; /* requests whose handler runs; answers on their way */
    unsigned long long served;
    bool draining;
};

/* A request under way: the handler's frame, and whom to answer. */
struct request {
    struct get_character call;
    struct server *server;
    struct evhttp_request *http;
};

static void end_when_drained(struct server *server) {
    static const struct timeval grace = {.tv_sec = LAST_ANSWERS_S};
    if (!server->draining || server->handling > 0)
        return;
    if (server->sending == 0)
        event_base_loopbreak(loop_base(server->loop));
    else /* a client that has gone away never completes its answer */
        event_base_loopexit(loop_base(server->loop), &grace);
}

static void on_sent(struct evhttp_request *http, void *arg) {
    struct server *server = arg;
    (void)http;
    server->sending--;
    end_when_drained(server);
}

static void free_body(const void *data, size_t size, void *body) {
    (void)data;
    (void)size;
    cJSON_free(body);
}

/* Sends JSON text and frees it. */
static void send_json(struct server *server, struct evhttp_request *http, int status, char *body) {
    if (!body)
        status = HTTP_INTERNAL;
    else
        evbuffer_add_reference(evhttp_request_get_output_buffer(http), body, strlen(body), free_body, body);
    evhttp_add_header(evhttp_request_get_output_headers(http), "Content-Type", "application/json");
    if (server->draining) /* or else a busy client would keep its connection, and the server, for ever */
        evhttp_add_header(evhttp_request_get_output_headers(http), "Connection", "close");
    if (evhttp_request_get_connection(http)) { /* else the client has gone, and this only frees the request */
        server->sending++;
        evhttp_request_set_on_complete_cb(http, on_sent, server);
    }
    server->served++;
    evhttp_send_reply(http, status, NULL, NULL);
}

static void send_error(struct server *server, struct evhttp_request *http, int status, const char *message) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "error", message);
    send_json(server, http, status, cJSON_PrintUnformatted(object));
    cJSON_Delete(object);
}

static void send_health(struct server *server, struct evhttp_request *http) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "status", server->draining ? "draining" : "ok");
    cJSON_AddNumberToObject(object, "served", (double)server->served);
    cJSON_AddNumberToObject(object, "handling", server->handling);
    send_json(server, http, HTTP_OK, cJSON_PrintUnformatted(object));
    cJSON_Delete(object);
}

static bool parse_id(const char *text, int64_t *id) {
    char *end;
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    *id = strtoll(text, &end, 10);
    return errno == 0 && *id > 0;
}

static void on_answered(struct task *task) {
    struct request *request = (struct request *)task;
    struct server *server = request->server;

    if (request->call.error)
        send_error(server, request->http, request->call.status, request->call.error);
    else
        send_json(server, request->http, request->call.status, request->call.body);
    free(request);
    server->handling--;
    end_when_drained(server);
}

static struct request *request_new(struct server *server, struct evhttp_request *http, int64_t id) {
    struct request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    task_init(&request->call.task, server->loop, on_answered);
    request->call.db = server->db;
    request->call.id = id;
    request->server = server;
    request->http = http;
    server->handling++;
    return request;
}

static void dispatch_request(struct evhttp_request *http, void *arg) {
    struct server *server = arg;
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(http));
    struct request *request;
    int64_t id;

    if (strcmp(path, "/health") == 0)
        send_health(server, http);
    else if (strncmp(path, CHARACTER_PREFIX, strlen(CHARACTER_PREFIX)) != 0)
        send_error(server, http, HTTP_NOTFOUND, "no such resource");
    else if (!parse_id(path + strlen(CHARACTER_PREFIX), &id))
        send_error(server, http, HTTP_BADREQUEST, "a character's id is a positive number");
    else if (!(request = request_new(server, http, id)))
        send_error(server, http, HTTP_SERVUNAVAIL, "out of memory");
    else if (co_start(&request->call.task.co, get_character, NULL) == CO_DONE)
        on_answered(&request->call.task);
}

static uint16_t bound_port(struct evhttp_bound_socket *socket) {
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    getsockname(evhttp_bound_socket_get_fd(socket), (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

struct server *server_new(struct loop *loop, struct db *db, uint16_t *port) {
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->loop = loop;
    server->db = db;
    server->http = evhttp_new(loop_base(loop));
    if (server->http)
        server->socket = evhttp_bind_socket_with_handle(server->http, "127.0.0.1", *port);
    if (!server->socket) {
        int cause = errno;
        server_free(server);
        errno = cause;
        return NULL;
    }
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_gencb(server->http, dispatch_request, server);
    *port = bound_port(server->socket);
    return server;
}

void server_drain(struct server *server) {
    server->draining = true;
    evhttp_del_accept_socket(server->http, server->socket);
    end_when_drained(server);
}

void server_free(struct server *server) {
    if (!server)
        return;
    if (server->http)
        evhttp_free(server->http);
    free(server);
}
