/* Rows of a tree while it is built: found by their parent and what they stand for, parents before children. */
#ifndef RECOUNT_COMPARE_MODEL_TREE_ROWS_H
#define RECOUNT_COMPARE_MODEL_TREE_ROWS_H

#include "compare/model/tree.h"

struct rc_row_entry;
struct rc_row_block;

struct rc_rows {
    struct rc_tree_row *items;
    size_t n;
    struct rc_row_entry *by_key;
    struct rc_row_block *blocks; /* where the entries are */
};

/** The row of `like` (function, place, clone, fiber) under `parent`; made without numbers when new. RC_NONE: no memory.
 */
uint32_t rc_row_get(struct rc_rows *rows, uint32_t parent, const struct rc_tree_row *like);

/** The same under the row of what has no known place. */
uint32_t rc_row_unknown(struct rc_rows *rows, const struct rc_tree_row *like);

/** Adds the counts and own times; awaiting, queued and estimated too, unless `folded`: then they lie inside the
 * other's. */
void rc_row_add(struct rc_tree_row *to, const struct rc_tree_row *from, bool folded);

/** Brings recursion together and, in a logical tree, work whose place is not known. `to` is empty, and when it is done
 * so is `from`; rows are found by what they stand for no longer. `*now` becomes the row that each was brought to; the
 * caller frees it. 0, or -1: no memory. */
int rc_rows_settle(struct rc_rows *to, struct rc_rows *from, const struct rc_report *report, bool logical,
                   uint32_t **now);

/** Sums up, leaves out what is empty and puts the rest in the order of display. `*shown` becomes the place of each row,
 * RC_NONE of those left out; the caller frees it. 0, or -1: no memory. */
int rc_rows_order(struct rc_tree *tree, struct rc_rows *rows, const struct rc_report *report, uint32_t **shown);

void rc_rows_free(struct rc_rows *rows);

#endif
