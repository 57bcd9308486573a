/*
 * One small asynchronous interface to a database, and a pool of sessions on it.
 *
 * Everything is called on the loop's thread. What takes time is started here, and wakes a coroutine once when it
 * is done. A driver is one file and one row in db.c's table.
 */
#ifndef CHARACTER_API_DB_H
#define CHARACTER_API_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "sql.h"

#define DB_ERROR_SIZE 256

struct db;

/* Rows as text. Cell (row, column) is cells[row * columns + column]; NULL is SQL's NULL. */
struct db_result {
    struct db_column {
        char *name;
        bool numeric;
    } * column;
    char **cells;
    size_t rows, columns;
};

/* One connection, and the statement that runs on it. */
struct db_session {
    struct db *db;
    struct task opening;
    SLIST_ENTRY(db_session) idle;
    LIST_ENTRY(db_session) all;
    bool broken;               /* the connection cannot be used any more */
    char error[DB_ERROR_SIZE]; /* why the last statement, or the connecting, failed; "" when it did not */
    enum statement statement;  /* from here on: the driver's, until it wakes `waiter` */
    int64_t parameters[SQL_MOST_PARAMETERS];
    struct db_result *result;
    struct co *waiter;
};

/* A coroutine's wait for a session; zero it before the first db_acquire. */
struct db_wait {
    struct db_session *session; /* NULL: none could be had, `error` says why */
    const char *error;
    struct co *co;
    bool woken; /* it has waited and was told to try again */
    STAILQ_ENTRY(db_wait) link;
};

/**
 * Connects, makes tables and rows, and begins to warm up the pool. Blocks; meant for a program's start.
 * @param url      NULL for an embedded SQLite database, or postgresql://… for a server
 * @param workers  threads that execute SQLite's statements
 * @param error    receives one line on failure
 * @return the database, to be closed with db_close, or NULL
 */
struct db *db_open(const char *url, struct loop *loop, int workers, char error[DB_ERROR_SIZE]);

/** Whether some driver takes this URL. */
bool db_url_known(const char *url);

/** Closes every session. No coroutine may wait for one any more. Accepts NULL. */
void db_close(struct db *db);

/**
 * Takes an idle session out of the pool, for co_await_until. A false return means that `co` will be woken, and is
 * to ask again; somebody else may have been faster. After a true return wait->session is the session or NULL.
 */
bool db_acquire(struct db *db, struct db_wait *wait, struct co *co);

/** Gives a session back, without an open transaction. Accepts NULL. */
void db_release(struct db_session *session);

/**
 * Starts a statement, for co_await: `co` is woken once, when `result` and session->error are set.
 * @param result  the caller's, zeroed or filled by an earlier statement; it must live until the wake, and be freed
 *                with db_result_free
 */
void db_run(struct db_session *session, enum statement statement, const int64_t parameters[SQL_MOST_PARAMETERS],
            struct db_result *result, struct co *co);

/** A cell, or NULL when it is SQL's NULL or the row or the column is not there. */
const char *db_text(const struct db_result *result, size_t row, const char *column);

/** A cell as a number; 0 where db_text is NULL. */
int64_t db_number(const struct db_result *result, size_t row, const char *column);

/** Frees what the result holds and zeroes it. */
void db_result_free(struct db_result *result);

/* ---- what a driver gives, and may use ---- */

struct db_driver {
    bool (*accepts)(const char *url); /* NULL: it is the one that needs no URL */
    /** As db_open; sets up what all sessions share, in a zeroed struct that begins with struct db. */
    struct db *(*open)(const char *url, int workers, char error[DB_ERROR_SIZE]);
    /** After it nothing touches a session of its own accord. NULL: nothing ever does off the loop's thread. */
    void (*stop)(struct db *db);
    void (*free)(struct db *db);
    /** A zeroed session of the driver's size, which begins with struct db_session; NULL: no memory. */
    struct db_session *(*session_new)(struct db *db);
    void (*session_free)(struct db_session *session);
    /** Starts to connect; wakes session->waiter. */
    void (*connect)(struct db_session *session);
    /** Starts session->statement; wakes session->waiter. */
    void (*run)(struct db_session *session);
};

struct db {
    const struct db_driver *driver;
    struct loop *loop;
    SLIST_HEAD(, db_session) idle;
    LIST_HEAD(, db_session) all;
    STAILQ_HEAD(, db_wait) waiting;
    int sessions, opening, waiters;
    char error[DB_ERROR_SIZE]; /* why the last session could not be opened */
};

extern const struct db_driver db_sqlite, db_postgres;

/** Makes room in a zeroed result. 0, or -1 without memory. */
int db_result_init(struct db_result *result, size_t columns);

/** Names a column. 0, or -1 without memory. */
int db_result_name(struct db_result *result, size_t column, const char *name, bool numeric);

/** Adds a row of NULLs. 0, or -1 without memory. */
int db_result_add_row(struct db_result *result);

/** Sets a cell of the last row to a copy of `text`, which may be NULL. 0, or -1 without memory. */
int db_result_set(struct db_result *result, size_t column, const char *text);

/** Records why the statement failed; the first cause stays. A trailing newline is cut off. */
void db_fail(struct db_session *session, const char *why);

#endif
