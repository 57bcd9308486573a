/*
 * PostgreSQL: libpq's non-blocking calls and the loop, no thread. A session watches its socket while a statement,
 * or the connecting, is under way.
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"

/* The tables live in a schema of their own; chatter about what is there already is not for our stderr. */
#define OPTIONS "-c search_path=character_api -c client_min_messages=error"

struct postgres_db {
    struct db db;
    char *url;
};

struct postgres_session {
    struct db_session session;
    PGconn *connection;
    struct event *event;
    bool connecting;
};

struct keywords {
    const char *names[4], *values[4];
};

static struct keywords keywords_of(const char *url) {
    return (struct keywords){{"dbname", "options", "application_name", NULL}, {url, OPTIONS, "character_api", NULL}};
}

/* ---- a session ---- */

static void finish(struct postgres_session *self) {
    self->session.broken = PQstatus(self->connection) != CONNECTION_OK;
    co_wake(self->session.waiter);
}

static void fail(struct postgres_session *self, const char *why) {
    db_fail(&self->session, why);
    finish(self);
}

static void on_socket(evutil_socket_t fd, short what, void *arg);

static void watch(struct postgres_session *self, short what) {
    struct event_base *base = loop_base(self->session.db->loop);
    if (!self->event)
        self->event = event_new(base, -1, 0, on_socket, self);
    /* The socket may be another one after each step of connecting. */
    if (!self->event || event_assign(self->event, base, PQsocket(self->connection), what, on_socket, self) != 0 ||
        event_add(self->event, NULL) != 0)
        fail(self, "cannot watch the connection");
}

static void go_on_connecting(struct postgres_session *self) {
    switch (PQconnectPoll(self->connection)) {
    case PGRES_POLLING_READING:
        watch(self, EV_READ);
        break;
    case PGRES_POLLING_WRITING:
        watch(self, EV_WRITE);
        break;
    case PGRES_POLLING_OK:
        self->connecting = false;
        if (PQsetnonblocking(self->connection, 1) == 0)
            finish(self);
        else
            fail(self, PQerrorMessage(self->connection));
        break;
    default:
        fail(self, PQerrorMessage(self->connection));
    }
}

static int keep_rows(const PGresult *from, struct db_result *to) {
    static const Oid bigint = 20, integer = 23;
    int columns = PQnfields(from), rows = PQntuples(from);
    if (db_result_init(to, (size_t)columns) != 0)
        return -1;
    for (int c = 0; c < columns; c++)
        if (db_result_name(to, (size_t)c, PQfname(from, c), PQftype(from, c) == bigint || PQftype(from, c) == integer))
            return -1;
    for (int r = 0; r < rows; r++) {
        if (db_result_add_row(to) != 0)
            return -1;
        for (int c = 0; c < columns; c++)
            if (db_result_set(to, (size_t)c, PQgetisnull(from, r, c) ? NULL : PQgetvalue(from, r, c)) != 0)
                return -1;
    }
    return 0;
}

static void take_result(struct postgres_session *self, PGresult *result) {
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
        break;
    case PGRES_TUPLES_OK:
        if (keep_rows(result, self->session.result) != 0)
            db_fail(&self->session, "out of memory");
        break;
    default:
        db_fail(&self->session, PQresultErrorMessage(result));
    }
    PQclear(result);
}

static void go_on_with_statement(struct postgres_session *self) {
    int unsent = PQflush(self->connection);
    if (unsent < 0 || !PQconsumeInput(self->connection)) {
        fail(self, PQerrorMessage(self->connection));
        return;
    }
    while (!PQisBusy(self->connection)) {
        PGresult *result = PQgetResult(self->connection);
        if (!result) {
            finish(self);
            return;
        }
        take_result(self, result);
    }
    watch(self, unsent ? EV_READ | EV_WRITE : EV_READ);
}

static void on_socket(evutil_socket_t fd, short what, void *arg) {
    struct postgres_session *self = arg;
    (void)fd;
    (void)what;
    if (self->connecting)
        go_on_connecting(self);
    else
        go_on_with_statement(self);
}

static void postgres_connect(struct db_session *session) {
    struct postgres_session *self = (struct postgres_session *)session;
    struct keywords keywords = keywords_of(((struct postgres_db *)session->db)->url);

    self->connecting = true;
    self->connection = PQconnectStartParams(keywords.names, keywords.values, 1);
    if (!self->connection || PQstatus(self->connection) == CONNECTION_BAD)
        fail(self, self->connection ? PQerrorMessage(self->connection) : "out of memory");
    else
        watch(self, EV_WRITE);
}

static void postgres_run(struct db_session *session) {
    struct postgres_session *self = (struct postgres_session *)session;
    char text[SQL_MOST_PARAMETERS][sizeof "-9223372036854775808"];
    const char *values[SQL_MOST_PARAMETERS];
    int count = sql_parameters(session->statement);

    for (int i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], "%" PRId64, session->parameters[i]);
        values[i] = text[i];
    }
    if (!PQsendQueryParams(self->connection, sql_text(session->statement), count, NULL, values, NULL, NULL, 0) ||
        PQflush(self->connection) < 0)
        fail(self, PQerrorMessage(self->connection));
    else
        watch(self, EV_READ | EV_WRITE);
}

static struct db_session *postgres_session_new(struct db *db) {
    struct postgres_session *self = calloc(1, sizeof *self);
    (void)db;
    return self ? &self->session : NULL;
}

static void postgres_session_free(struct db_session *session) {
    struct postgres_session *self = (struct postgres_session *)session;
    if (self->event)
        event_free(self->event);
    PQfinish(self->connection);
    free(self);
}

/* ---- the database ---- */

static int command(PGconn *connection, const char *text) {
    PGresult *result = PQexec(connection, text);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : -1;
}

/* The lock keeps two servers that start at once from making the same tables. */
static int make_tables(PGconn *connection) {
    int rc = command(connection, "BEGIN; SELECT pg_advisory_xact_lock(1667785074)");
    if (rc == 0)
        rc = command(connection, "CREATE SCHEMA IF NOT EXISTS character_api");
    for (const char *const *statement = sql_schema; rc == 0 && *statement; statement++)
        rc = command(connection, *statement);
    return rc == 0 ? command(connection, "COMMIT") : rc;
}

static int prepare_database(const char *url, char error[DB_ERROR_SIZE]) {
    struct keywords keywords = keywords_of(url);
    PGconn *connection = PQconnectdbParams(keywords.names, keywords.values, 1);
    int rc = PQstatus(connection) == CONNECTION_OK ? make_tables(connection) : -1;
    if (rc != 0) {
        snprintf(error, DB_ERROR_SIZE, "%s", PQerrorMessage(connection));
        error[strcspn(error, "\n")] = '\0';
    }
    PQfinish(connection);
    return rc;
}

static bool postgres_accepts(const char *url) {
    return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
}

static void postgres_free(struct db *db) {
    struct postgres_db *self = (struct postgres_db *)db;
    free(self->url);
    free(self);
}

static struct db *postgres_open(const char *url, int workers, char error[DB_ERROR_SIZE]) {
    struct postgres_db *self = calloc(1, sizeof *self);
    (void)workers;
    if (self)
        self->url = strdup(url);
    if (!self || !self->url)
        snprintf(error, DB_ERROR_SIZE, "out of memory");
    else if (prepare_database(url, error) == 0)
        return &self->db;
    if (self)
        postgres_free(&self->db);
    return NULL;
}

const struct db_driver db_postgres = {
    .accepts = postgres_accepts,
    .open = postgres_open,
    .free = postgres_free,
    .session_new = postgres_session_new,
    .session_free = postgres_session_free,
    .connect = postgres_connect,
    .run = postgres_run,
};
