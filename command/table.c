#include "command/command.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROW(name, function, summary) {name, summary, function},
const struct command commands[] = {COMMANDS(ROW){NULL, NULL, NULL}};

enum { LONGEST_NAME = 32, MOST_ERRORS = 2 };

const struct command *command_find(const char *name) {
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static size_t least(size_t a, size_t b, size_t c) {
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein's distance; both words are shorter than LONGEST_NAME. */
static size_t distance(const char *a, const char *b) {
    size_t row[LONGEST_NAME + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[width];
}

/* The row whose name is a typing error away, or NULL. */
static const struct command *similar_to(const char *name) {
    const struct command *best = NULL;
    size_t best_distance = MOST_ERRORS + 1;
    if (strlen(name) >= LONGEST_NAME)
        return NULL;
    for (const struct command *c = commands; c->name; c++) {
        size_t d = distance(name, c->name);
        if (d < best_distance && d < strlen(c->name)) {
            best = c;
            best_distance = d;
        }
    }
    return best;
}

int command_unknown(const char *name) {
    const struct command *similar = similar_to(name);
    if (similar)
        say("'%s' is not a command; did you mean 'recount %s'?", name, similar->name);
    else
        say("'%s' is not a command; 'recount --help' lists them", name);
    return STATUS_USAGE;
}
