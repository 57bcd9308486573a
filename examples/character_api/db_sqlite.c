/*
 * SQLite: its calls block, so worker threads make them. A job is a session whose statement is to run.
 *
 * The database is a temporary file in WAL mode: readers and the one writer do not hinder each other. A second
 * writer would block its worker in SQLite's busy handler, perhaps the very worker that the first one's COMMIT
 * needs, so it is parked here until the first one's transaction is over.
 */
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"

#define BUSY_MS 5000

struct sqlite_session {
    struct db_session session;
    sqlite3 *handle;
    sqlite3_stmt *prepared[STATEMENTS];
    STAILQ_ENTRY(sqlite_session) link;
};

STAILQ_HEAD(job_queue, sqlite_session);

struct sqlite_db {
    struct db db;
    char directory[4096];
    char file[4096 + 16];
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job_queue jobs, parked;       /* under the lock, as all below */
    const struct sqlite_session *writer; /* whose write transaction is open, or begins */
    bool stopping;
    int workers;
    pthread_t worker[];
};

/* ---- in a worker ---- */

static int open_handle(sqlite3 **handle, const char *file, char error[DB_ERROR_SIZE]) {
    int rc = sqlite3_open_v2(file, handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(*handle, BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*handle, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        snprintf(error, DB_ERROR_SIZE, "%.100s: %s", file, *handle ? sqlite3_errmsg(*handle) : sqlite3_errstr(rc));
    return rc;
}

static sqlite3_stmt *prepare(struct sqlite_session *self, enum statement statement) {
    sqlite3_stmt **slot = &self->prepared[statement];
    const char *text = statement == BEGIN_WRITE ? "BEGIN IMMEDIATE" : sql_text(statement);
    if (!*slot && sqlite3_prepare_v3(self->handle, text, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
        return NULL;
    return *slot;
}

static int bind_parameters(sqlite3_stmt *statement, const int64_t *parameters, int count) {
    static const char *const names[SQL_MOST_PARAMETERS] = {"$1", "$2"};
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && i < count && i < SQL_MOST_PARAMETERS; i++)
        rc = sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, names[i]), parameters[i]);
    return rc;
}

static int keep_names(sqlite3_stmt *statement, struct db_result *result) {
    if (db_result_init(result, (size_t)sqlite3_column_count(statement)) != 0)
        return SQLITE_NOMEM;
    for (int i = 0; i < (int)result->columns; i++)
        if (db_result_name(result, (size_t)i, sqlite3_column_name(statement, i),
                           sqlite3_column_type(statement, i) == SQLITE_INTEGER) != 0)
            return SQLITE_NOMEM;
    return SQLITE_OK;
}

static int keep_row(sqlite3_stmt *statement, struct db_result *result) {
    if (!result->column && keep_names(statement, result) != SQLITE_OK)
        return SQLITE_NOMEM;
    if (db_result_add_row(result) != 0)
        return SQLITE_NOMEM;
    for (int i = 0; i < (int)result->columns; i++)
        if (db_result_set(result, (size_t)i, (const char *)sqlite3_column_text(statement, i)) != 0)
            return SQLITE_NOMEM;
    return SQLITE_OK;
}

static void execute(struct sqlite_session *self) {
    struct db_session *session = &self->session;
    sqlite3_stmt *statement = prepare(self, session->statement);
    int rc =
        statement ? bind_parameters(statement, session->parameters, sql_parameters(session->statement)) : SQLITE_ERROR;
    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW)
        rc = keep_row(statement, session->result);
    if (rc != SQLITE_DONE)
        db_fail(session, rc == SQLITE_NOMEM ? sqlite3_errstr(rc) : sqlite3_errmsg(self->handle));
    sqlite3_reset(statement);
}

/* A finished transaction lets the next parked writer begin. Under the lock. */
static void pass_writer_on(struct sqlite_db *db, const struct sqlite_session *self) {
    if (db->writer != self || !sqlite3_get_autocommit(self->handle))
        return;
    struct sqlite_session *next = STAILQ_FIRST(&db->parked);
    db->writer = next;
    if (next) {
        STAILQ_REMOVE_HEAD(&db->parked, link);
        STAILQ_INSERT_TAIL(&db->jobs, next, link);
        pthread_cond_signal(&db->work);
    }
}

static struct sqlite_session *next_job(struct sqlite_db *db) {
    while (STAILQ_EMPTY(&db->jobs) && !db->stopping)
        pthread_cond_wait(&db->work, &db->lock);
    if (db->stopping)
        return NULL;
    struct sqlite_session *job = STAILQ_FIRST(&db->jobs);
    STAILQ_REMOVE_HEAD(&db->jobs, link);
    return job;
}

static void do_job(struct sqlite_db *db, struct sqlite_session *self) {
    if (self->handle)
        execute(self);
    else
        (void)open_handle(&self->handle, db->file, self->session.error);
}

static void *work(void *arg) {
    struct sqlite_db *db = arg;
    struct sqlite_session *job;

    pthread_mutex_lock(&db->lock);
    while ((job = next_job(db))) {
        pthread_mutex_unlock(&db->lock);
        do_job(db, job);
        struct co *waiter = job->session.waiter;
        pthread_mutex_lock(&db->lock);
        pass_writer_on(db, job);
        pthread_mutex_unlock(&db->lock);
        co_wake(waiter); /* from here on the session is the loop's again */
        pthread_mutex_lock(&db->lock);
    }
    pthread_mutex_unlock(&db->lock);
    return NULL;
}

/* ---- in the loop's thread ---- */

static void submit(struct db_session *session) {
    struct sqlite_db *db = (struct sqlite_db *)session->db;
    struct sqlite_session *self = (struct sqlite_session *)session;
    bool writes = self->handle && session->statement == BEGIN_WRITE;

    pthread_mutex_lock(&db->lock);
    if (writes && db->writer) {
        STAILQ_INSERT_TAIL(&db->parked, self, link);
    } else {
        if (writes)
            db->writer = self;
        STAILQ_INSERT_TAIL(&db->jobs, self, link);
        pthread_cond_signal(&db->work);
    }
    pthread_mutex_unlock(&db->lock);
}

static struct db_session *sqlite_session_new(struct db *db) {
    struct sqlite_session *self = calloc(1, sizeof *self);
    (void)db;
    return self ? &self->session : NULL;
}

static void sqlite_session_free(struct db_session *session) {
    struct sqlite_session *self = (struct sqlite_session *)session;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(self->prepared[i]);
    sqlite3_close(self->handle);
    free(self);
}

static int make_tables(const char *file, char error[DB_ERROR_SIZE]) {
    sqlite3 *handle = NULL;
    int rc = open_handle(&handle, file, error);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL);
        for (const char *const *statement = sql_schema; rc == SQLITE_OK && *statement; statement++)
            rc = sqlite3_exec(handle, *statement, NULL, NULL, NULL);
        rc = rc == SQLITE_OK ? sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) : rc;
        if (rc != SQLITE_OK)
            snprintf(error, DB_ERROR_SIZE, "%.100s: %s", file, sqlite3_errmsg(handle));
    }
    sqlite3_close(handle);
    return rc == SQLITE_OK ? 0 : -1;
}

static int make_file(struct sqlite_db *self, char error[DB_ERROR_SIZE]) {
    const char *place = getenv("TMPDIR");
    snprintf(self->directory, sizeof self->directory, "%s/character_api.XXXXXX", place && *place ? place : "/tmp");
    if (!mkdtemp(self->directory)) {
        snprintf(error, DB_ERROR_SIZE, "%.100s: %s", self->directory, strerror(errno));
        self->directory[0] = '\0';
        return -1;
    }
    snprintf(self->file, sizeof self->file, "%s/db", self->directory);
    return make_tables(self->file, error);
}

static int start_workers(struct sqlite_db *self, int workers, char error[DB_ERROR_SIZE]) {
    for (; self->workers < workers; self->workers++) {
        int rc = pthread_create(&self->worker[self->workers], NULL, work, self);
        if (rc != 0) {
            snprintf(error, DB_ERROR_SIZE, "cannot start a worker thread: %s", strerror(rc));
            return -1;
        }
    }
    return 0;
}

static void sqlite_stop(struct db *db) {
    struct sqlite_db *self = (struct sqlite_db *)db;
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_cond_broadcast(&self->work);
    pthread_mutex_unlock(&self->lock);
    while (self->workers > 0)
        pthread_join(self->worker[--self->workers], NULL);
}

static void remove_file(const struct sqlite_db *self) {
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char path[sizeof self->file + 8];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(path, sizeof path, "%s%s", self->file, suffixes[i]);
        (void)unlink(path);
    }
    (void)rmdir(self->directory);
}

static void sqlite_free(struct db *db) {
    struct sqlite_db *self = (struct sqlite_db *)db;
    if (self->directory[0])
        remove_file(self);
    pthread_cond_destroy(&self->work);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static struct db *sqlite_open(const char *url, int workers, char error[DB_ERROR_SIZE]) {
    struct sqlite_db *self = calloc(1, sizeof *self + (size_t)workers * sizeof *self->worker);
    (void)url;
    if (!self) {
        snprintf(error, DB_ERROR_SIZE, "%s", strerror(errno));
        return NULL;
    }
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->work, NULL);
    STAILQ_INIT(&self->jobs);
    STAILQ_INIT(&self->parked);
    if (make_file(self, error) != 0 || start_workers(self, workers, error) != 0) {
        sqlite_stop(&self->db);
        sqlite_free(&self->db);
        return NULL;
    }
    return &self->db;
}

const struct db_driver db_sqlite = {
    .open = sqlite_open,
    .stop = sqlite_stop,
    .free = sqlite_free,
    .session_new = sqlite_session_new,
    .session_free = sqlite_session_free,
    .connect = submit,
    .run = submit,
};
