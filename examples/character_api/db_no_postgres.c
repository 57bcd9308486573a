/* Stands in for db_postgres.c where libpq is missing. */
#include <stdio.h>
#include <string.h>

#include "db.h"

static bool accepts(const char *url) {
    return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
}

static struct db *refuse(const char *url, int workers, char error[DB_ERROR_SIZE]) {
    (void)url;
    (void)workers;
    snprintf(error, DB_ERROR_SIZE, "built without libpq, which PostgreSQL needs");
    return NULL;
}

const struct db_driver db_postgres = {.accepts = accepts, .open = refuse};
