#include "character.h"

#include <stdio.h>
#include <time.h>

#include "sheet.h"

/* Starts a statement with the character's id and the time as $1 and $2; its rows go to results[statement]. */
static void execute(struct get_character *self, enum statement statement) {
    db_run(self->wait.session, statement, (const int64_t[]){self->id, self->now}, &self->results[statement],
           &self->task.co);
}

static bool failed(struct get_character *self, enum statement statement) {
    const char *why = self->wait.session->error;
    if (!*why)
        return false;
    fprintf(stderr, "character_api: character %lld: %s: %s\n", (long long)self->id, sql_text(statement), why);
    self->status = 500;
    self->error = "the database failed";
    return true;
}

static void write_sheet(struct get_character *self) {
    self->body = sheet_json(self->results);
    self->status = self->body ? 200 : 500;
    self->error = self->body ? NULL : "out of memory";
}

static void free_results(struct get_character *self) {
    for (int i = 0; i < STATEMENTS; i++)
        db_result_free(&self->results[i]);
}

/* Awaits a statement. One that fails leaves for `close`, as an exception would. */
#define AWAIT(statement)                                                                                               \
    do {                                                                                                               \
        co_await(co, execute(self, statement));                                                                        \
        if (failed(self, statement))                                                                                   \
            goto close;                                                                                                \
    } while (0)

co_status get_character(struct co *co) {
    struct get_character *self = (struct get_character *)co;

    co_begin(co);
    co_await_until(co, db_acquire(self->db, &self->wait, co));
    if (!self->wait.session) {
        fprintf(stderr, "character_api: no connection: %s\n", self->wait.error);
        self->status = 503;
        self->error = "no database connection";
        goto answer;
    }
    self->now = time(NULL);

    AWAIT(BEGIN_READ);
    AWAIT(SELECT_CHARACTER);
    if (self->results[SELECT_CHARACTER].rows == 0) {
        self->status = 404;
        self->error = "no such character";
        goto close;
    }
    AWAIT(SELECT_ACCOUNT);
    AWAIT(SELECT_GUILD);
    AWAIT(SELECT_RACE);
    AWAIT(SELECT_CLASS);
    AWAIT(SELECT_ZONE);
    AWAIT(SELECT_STATS);
    AWAIT(SELECT_ITEMS);
    AWAIT(SELECT_EQUIPMENT);
    AWAIT(SELECT_SKILLS);
    AWAIT(SELECT_SPELLS);
    AWAIT(SELECT_QUESTS);
    AWAIT(SELECT_ACHIEVEMENTS);
    AWAIT(SELECT_REPUTATION);
    AWAIT(SELECT_FRIENDS);
    AWAIT(SELECT_MAIL);
    AWAIT(SELECT_TITLES);
    AWAIT(SELECT_MOUNTS);
    AWAIT(SELECT_CURRENCIES);
    AWAIT(SELECT_RANK);
    AWAIT(COMMIT);

    AWAIT(BEGIN_WRITE);
    AWAIT(UPDATE_LAST_SEEN);
    AWAIT(INSERT_AUDIT);
    AWAIT(UPSERT_VISITS);
    AWAIT(COMMIT);

    AWAIT(BEGIN_READ);
    AWAIT(REFRESH_CHARACTER);
    AWAIT(REFRESH_STATS);
    write_sheet(self);

close:
    co_await(co, execute(self, ROLLBACK));
    db_release(self->wait.session);
answer:
    free_results(self);
    co_end(co);
}
