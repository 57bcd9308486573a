#include "db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sessions that are opened at the start, and how many there may be under load. */
#define POOL_WARM 5
#define POOL_MOST 15

static const struct db_driver *const drivers[] = {&db_sqlite, &db_postgres};

static const struct db_driver *driver_for(const char *url) {
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (url ? drivers[i]->accepts && drivers[i]->accepts(url) : !drivers[i]->accepts)
            return drivers[i];
    return NULL;
}

bool db_url_known(const char *url) {
    return driver_for(url) != NULL;
}

/* ---- the pool ---- */

static void wake_first_waiter(struct db *db, const char *error) {
    struct db_wait *wait = STAILQ_FIRST(&db->waiting);
    if (!wait)
        return;
    STAILQ_REMOVE_HEAD(&db->waiting, link);
    db->waiters--;
    wait->woken = true;
    wait->error = error;
    co_wake(wait->co);
}

static void put_back(struct db *db, struct db_session *session) {
    SLIST_INSERT_HEAD(&db->idle, session, idle);
    wake_first_waiter(db, NULL);
}

static void discard(struct db *db, struct db_session *session) {
    LIST_REMOVE(session, all);
    db->sessions--;
    db->driver->session_free(session);
}

static void grow(struct db *db);

static void on_opened(struct task *task) {
    struct db_session *session = (struct db_session *)((char *)task - offsetof(struct db_session, opening));
    struct db *db = session->db;

    db->opening--;
    if (session->error[0]) {
        memcpy(db->error, session->error, sizeof db->error);
        discard(db, session);
        wake_first_waiter(db, db->error);
        grow(db);
    } else {
        put_back(db, session);
    }
}

static void connect_session(struct db_session *session, struct co *co) {
    session->waiter = co;
    session->db->driver->connect(session);
}

static co_status open_session(struct co *co) {
    struct db_session *session = (struct db_session *)((char *)co - offsetof(struct db_session, opening));

    co_begin(co);
    co_await(co, connect_session(session, co));
    co_end(co);
}

static bool open_one(struct db *db) {
    struct db_session *session = db->driver->session_new(db);
    if (!session)
        return false;
    session->db = db;
    LIST_INSERT_HEAD(&db->all, session, all);
    db->sessions++;
    db->opening++;
    task_init(&session->opening, db->loop, on_opened);
    co_start(&session->opening.co, open_session, NULL);
    return true;
}

/* Opens sessions until each waiter has one on its way, or there are enough. */
static void grow(struct db *db) {
    while (db->opening < db->waiters && db->sessions < POOL_MOST && open_one(db))
        continue;
}

bool db_acquire(struct db *db, struct db_wait *wait, struct co *co) {
    if (wait->error)
        return true;
    wait->session = SLIST_FIRST(&db->idle);
    if (wait->session) {
        SLIST_REMOVE_HEAD(&db->idle, idle);
        return true;
    }
    wait->co = co;
    if (wait->woken)
        STAILQ_INSERT_HEAD(&db->waiting, wait, link);
    else
        STAILQ_INSERT_TAIL(&db->waiting, wait, link);
    db->waiters++;
    grow(db);
    return false;
}

void db_release(struct db_session *session) {
    if (!session)
        return;
    struct db *db = session->db;
    if (session->broken) {
        discard(db, session);
        grow(db);
    } else {
        put_back(db, session);
    }
}

/* ---- the database ---- */

struct db *db_open(const char *url, struct loop *loop, int workers, char error[DB_ERROR_SIZE]) {
    const struct db_driver *driver = driver_for(url);
    if (!driver) {
        snprintf(error, DB_ERROR_SIZE, "no driver for %s", url);
        return NULL;
    }
    struct db *db = driver->open(url, workers, error);
    if (!db)
        return NULL;
    db->driver = driver;
    db->loop = loop;
    SLIST_INIT(&db->idle);
    LIST_INIT(&db->all);
    STAILQ_INIT(&db->waiting);
    while (db->sessions < POOL_WARM && open_one(db))
        continue;
    return db;
}

void db_close(struct db *db) {
    if (!db)
        return;
    if (db->driver->stop)
        db->driver->stop(db);
    while (!LIST_EMPTY(&db->all))
        discard(db, LIST_FIRST(&db->all));
    db->driver->free(db);
}

void db_run(struct db_session *session, enum statement statement, const int64_t parameters[SQL_MOST_PARAMETERS],
            struct db_result *result, struct co *co) {
    session->statement = statement;
    memcpy(session->parameters, parameters, sizeof session->parameters);
    session->result = result;
    session->waiter = co;
    session->error[0] = '\0';
    db_result_free(result);
    session->db->driver->run(session);
}

void db_fail(struct db_session *session, const char *why) {
    if (session->error[0])
        return;
    snprintf(session->error, sizeof session->error, "%s", why[0] ? why : "unknown error");
    session->error[strcspn(session->error, "\n")] = '\0';
}
