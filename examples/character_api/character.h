/* GET /character/ID: the handler, which knows the database and not HTTP. */
#ifndef CHARACTER_API_CHARACTER_H
#define CHARACTER_API_CHARACTER_H

#include "db.h"

/* The handler's frame. The caller zeroes it and sets task (task_init), db and id. */
struct get_character {
    struct task task;
    struct db *db;
    int64_t id;
    int64_t now; /* seconds since the epoch */
    struct db_wait wait;
    struct db_result results[STATEMENTS];
    int status;        /* HTTP's, when done */
    char *body;        /* the sheet when status is 200, to be freed with cJSON_free; else NULL */
    const char *error; /* why there is no sheet; NULL when there is */
};

/**
 * A coroutine. It reads a character's sheet in one transaction, records the visit in a second and reads back what
 * was written in a third. Every await but the first suspends once: 31 of them when all goes well.
 */
co_status get_character(struct co *co);

#endif
