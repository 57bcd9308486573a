/* Rows of a tree for samples that came without the tracer's stack, as those taken inside the kernel do. */
#ifndef RECOUNT_COMPARE_MODEL_TREE_NATIVE_H
#define RECOUNT_COMPARE_MODEL_TREE_NATIVE_H

#include "compare/model/build.h"
#include "compare/model/tree.h"

struct rc_native_rows {
    const struct rc_build *build;
    const struct rc_tree *tree;
    uint32_t *first, *next; /* rows by function, and the next one of the same */
    uint32_t *known;        /* by native frame of the part asked for last */
    uint32_t part;
};

/** @return 0, or -1: no memory. Released with rc_native_rows_free in either case. */
int rc_native_rows_init(struct rc_native_rows *rows, const struct rc_build *build);
void rc_native_rows_free(struct rc_native_rows *rows);

/**
 * The row of `function` for samples at the frame `native` of the part: the only one that it has, or the one whose
 * callers are those of the native stack for longer than any other's. Cheapest when asked part by part.
 * @return RC_NONE: no row, several alike, or no memory
 */
uint32_t rc_row_by_native(struct rc_native_rows *rows, uint32_t part, uint32_t native, uint32_t function);

#endif
