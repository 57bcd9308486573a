/*
 * character_api: a small asynchronous web service. GET /character/ID answers with a game character's sheet.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dispatch.h"

#define WORKERS_MOST 64

struct options {
    uint16_t port;
    int workers;
    const char *db, *port_file, *pid_file;
};

static int number(const char *text, int least, int most, struct argp_state *state, const char *option) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end || value < least || value > most)
        argp_error(state, "--%s takes a number from %d to %d, not '%s'", option, least, most, text);
    return (int)value;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case 'p':
        options->port = (uint16_t)number(arg, 0, UINT16_MAX, state, "port");
        return 0;
    case 'w':
        options->workers = number(arg, 1, WORKERS_MOST, state, "workers");
        return 0;
    case 'd':
        if (!db_url_known(arg))
            argp_error(state, "--db takes postgresql://…, not '%s'", arg);
        options->db = arg;
        return 0;
    case 'f':
        options->port_file = arg;
        return 0;
    case 'i':
        options->pid_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument '%s'", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option option_table[] = {
    {"port", 'p', "N", 0, "Listen on 127.0.0.1:N (0, the default: any free port)", 0},
    {"db", 'd', "URL", 0, "Use PostgreSQL at postgresql://… (default: an embedded SQLite database)", 0},
    {"port-file", 'f', "FILE", 0, "Write the port to FILE once connections are taken", 0},
    {"pid-file", 'i', "FILE", 0, "Write the process's id to FILE, before the port", 0},
    {"workers", 'w', "N", 0, "Execute SQLite's statements on N threads (default 3)", 0},
    {0},
};

static const struct argp arguments = {
    .options = option_table,
    .parser = parse,
    .doc = "Serves GET /character/ID (1 to 100) and GET /health as JSON until SIGINT or SIGTERM.",
};

static int complain(const char *what, const char *why) {
    fprintf(stderr, "character_api: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

/* Whoever waits for the file sees all of it or none. */
static int write_file(const char *file, long number) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.new", file) >= (int)sizeof temporary)
        return complain(file, strerror(ENAMETOOLONG));
    FILE *out = fopen(temporary, "w");
    if (!out)
        return complain(temporary, strerror(errno));
    int written = fprintf(out, "%ld\n", number);
    if (fclose(out) != 0 || written < 0 || rename(temporary, file) != 0)
        return complain(file, strerror(errno));
    return EXIT_SUCCESS;
}

static int announce(const struct options *options, uint16_t port) {
    if (options->pid_file && write_file(options->pid_file, getpid()) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    if (options->port_file && write_file(options->port_file, port) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    printf("listening on 127.0.0.1:%u\n", port);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : complain("standard output", strerror(errno));
}

/* The events are not persistent: a second signal finds the default action and ends the program at once. */
static void on_signal(evutil_socket_t fd, short what, void *server) {
    (void)fd;
    (void)what;
    server_drain(server);
}

static int serve(struct loop *loop, struct server *server) {
    static const int signals[] = {SIGINT, SIGTERM};
    struct event *events[2];
    int rc = EXIT_SUCCESS;
    for (int i = 0; i < 2; i++) {
        events[i] = event_new(loop_base(loop), signals[i], EV_SIGNAL, on_signal, server);
        if (!events[i] || event_add(events[i], NULL) != 0)
            rc = complain("signals", "cannot be watched");
    }
    if (rc == EXIT_SUCCESS && event_base_dispatch(loop_base(loop)) < 0)
        rc = complain("event loop", "failed");
    for (int i = 0; i < 2; i++)
        if (events[i])
            event_free(events[i]);
    return rc;
}

static int run(struct options *options, struct loop *loop) {
    char error[DB_ERROR_SIZE];
    struct db *db = db_open(options->db, loop, options->workers, error);
    if (!db)
        return complain("database", error);
    uint16_t port = options->port;
    struct server *server = server_new(loop, db, &port);
    int rc = server ? announce(options, port) : complain("cannot listen on 127.0.0.1", strerror(errno));
    if (rc == EXIT_SUCCESS)
        rc = serve(loop, server);
    server_free(server);
    db_close(db);
    return rc;
}

int main(int argc, char **argv) {
    struct options options = {.workers = 3};
    argp_err_exit_status = 2;
    argp_parse(&arguments, argc, argv, 0, NULL, &options);
    signal(SIGPIPE, SIG_IGN);

    struct loop *loop = loop_new();
    if (!loop)
        return complain("event loop", strerror(errno));
    int rc = run(&options, loop);
    loop_free(loop);
    libevent_global_shutdown();
    return rc;
}
