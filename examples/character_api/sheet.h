/* A character's sheet: the rows of its statements, and scores worked out from them, as JSON. */
#ifndef CHARACTER_API_SHEET_H
#define CHARACTER_API_SHEET_H

#include "db.h"

/**
 * @param results  one for each statement; those of statements that return no rows are not looked at
 * @return JSON text, to be freed with cJSON_free, or NULL without memory
 */
char *sheet_json(const struct db_result results[STATEMENTS]);

#endif
