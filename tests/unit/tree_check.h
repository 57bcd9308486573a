/* Trees of profiles made by hand: grown with all their sums checked, and looked into by path. */
#ifndef RECOUNT_TESTS_TREE_CHECK_H
#define RECOUNT_TESTS_TREE_CHECK_H

#include "compare/model/tree.h"
#include "tests/unit/model_fixture.h"

/** Gives a context's calls that much time, known exactly. */
void tree_lasting(struct fixture *f, uint32_t node, uint64_t ticks);

/** The row at "[process]/main/f", or NULL; and the same for a row that must be there. */
const struct rc_tree_row *tree_row_at(const struct rc_report *report, const char *path);
const struct rc_tree_row *tree_row(const struct rc_report *report, const char *path);

/** The report with its tree, after checking that rows, functions and report agree. The caller frees it. */
struct rc_report *tree_grow(struct fixture *f, enum rc_tree_kind kind);

#endif
