/* The samples of a tree's rows, and the verdicts on the rows' own running time. */
#ifndef RECOUNT_COMPARE_MODEL_TREE_SAMPLES_H
#define RECOUNT_COMPARE_MODEL_TREE_SAMPLES_H

#include "compare/model/build.h"
#include "compare/model/tree.h"

/* From a context to its row, in three steps, as the tree was built; each may end at RC_NONE. Arrays. */
struct rc_row_steps {
    uint32_t **made; /* by part, then by node: the first row */
    size_t n_parts;
    uint32_t *settled; /* by first row: where it was brought together with others */
    uint32_t *shown;   /* by settled row: its place in the tree */
};

/** Fills in the tree's `sights`. The samples of the functions are counted. 0, or -1: no memory. */
int rc_see_tree(struct rc_build *build, const struct rc_row_steps *steps);

/** Accepts one that is empty or filled in part. */
void rc_row_steps_free(struct rc_row_steps *steps);

#endif
