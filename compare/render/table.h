/* A table of text: columns as wide as their widest cell, one of which gives way when the paper is narrow. */
#ifndef RECOUNT_COMPARE_RENDER_TABLE_H
#define RECOUNT_COMPARE_RENDER_TABLE_H

#include <stdbool.h>
#include <stdio.h>

enum rc_column_kind {
    RC_LEFT = 0,
    RC_RIGHT = 1,
    RC_FLEXIBLE = 2, /* its long cells are cut in the middle */
    RC_OPTIONAL = 4, /* left out when all its cells are "-" */
    RC_NAME = 8      /* function names: arguments and templates go before a long one is cut */
};

enum rc_colour { RC_PLAIN, RC_BOLD, RC_GREEN, RC_RED, RC_DIM };

struct rc_column {
    const char *group; /* a heading over neighbours with the same one; NULL: none */
    const char *title;
    unsigned kind;
};

struct rc_table;

/** The table borrows `columns`. NULL: no memory. */
struct rc_table *rc_table_new(const struct rc_column *columns, size_t n);
/** Accepts NULL. */
void rc_table_free(struct rc_table *table);
/** Adds the next cell, a cleaned copy of `text`. A row is as many cells as there are columns. */
void rc_table_cell(struct rc_table *table, const char *text, enum rc_colour colour);
/** Prints it, each line behind `indent` blanks. 0, or -1: some cell had no memory. */
int rc_table_print(const struct rc_table *table, FILE *out, size_t indent, size_t width, bool colour);

/** What switches a colour on, and all off; "" without colours. */
const char *rc_colour_on(enum rc_colour which, bool colour);
const char *rc_colour_off(bool colour);

#endif
