/* The rows of a table, in the order asked for. */
#ifndef RECOUNT_COMPARE_RENDER_ORDER_H
#define RECOUNT_COMPARE_RENDER_ORDER_H

#include "compare/model/report.h"

/* SORT(enumerator, key on the command line). The story: what was re-entered first, then by self time. */
#define RC_SORTS(SORT)                                                                                                 \
    SORT(RC_SORT_STORY, story)                                                                                         \
    SORT(RC_SORT_SELF, self)                                                                                           \
    SORT(RC_SORT_TOTAL, total)                                                                                         \
    SORT(RC_SORT_ENTRIES, entries)                                                                                     \
    SORT(RC_SORT_CALLS, calls)                                                                                         \
    SORT(RC_SORT_RESUMES, resumes)                                                                                     \
    SORT(RC_SORT_AWAITING, awaiting)                                                                                   \
    SORT(RC_SORT_NAME, name)

enum rc_sort {
#define RC_SORT_ENUMERATOR(enumerator, key) enumerator,
    RC_SORTS(RC_SORT_ENUMERATOR)
#undef RC_SORT_ENUMERATOR
        RC_SORT_COUNT
};

/** The sort named `key`, or RC_SORT_COUNT. */
enum rc_sort rc_sort_named(const char *key);

/** All keys, separated by ", ". */
const char *rc_sort_names(void);

/** The report's functions in order, largest first (names: from A). The caller frees it; NULL: no memory. */
const struct rc_function **rc_functions_ordered(const struct rc_report *report, enum rc_sort sort);

#endif
