#include <stdlib.h>
#include <string.h>

#include "db.h"

int db_result_init(struct db_result *result, size_t columns) {
    result->column = columns ? calloc(columns, sizeof *result->column) : NULL;
    result->columns = result->column ? columns : 0;
    return result->columns == columns ? 0 : -1;
}

int db_result_name(struct db_result *result, size_t column, const char *name, bool numeric) {
    result->column[column].numeric = numeric;
    result->column[column].name = strdup(name);
    return result->column[column].name ? 0 : -1;
}

int db_result_add_row(struct db_result *result) {
    size_t used = result->rows * result->columns;
    char **grown = reallocarray(result->cells, used + result->columns, sizeof *grown);
    if (!grown)
        return -1;
    result->cells = grown;
    memset(grown + used, 0, result->columns * sizeof *grown);
    result->rows++;
    return 0;
}

int db_result_set(struct db_result *result, size_t column, const char *text) {
    char **cell = &result->cells[(result->rows - 1) * result->columns + column];
    if (text)
        *cell = strdup(text);
    return !text || *cell ? 0 : -1;
}

const char *db_text(const struct db_result *result, size_t row, const char *column) {
    for (size_t i = 0; row < result->rows && i < result->columns; i++)
        if (strcmp(result->column[i].name, column) == 0)
            return result->cells[row * result->columns + i];
    return NULL;
}

int64_t db_number(const struct db_result *result, size_t row, const char *column) {
    const char *text = db_text(result, row, column);
    return text ? strtoll(text, NULL, 10) : 0;
}

void db_result_free(struct db_result *result) {
    for (size_t i = 0; i < result->rows * result->columns; i++)
        free(result->cells[i]);
    for (size_t i = 0; i < result->columns; i++)
        free(result->column[i].name);
    free(result->cells);
    free(result->column);
    *result = (struct db_result){0};
}
