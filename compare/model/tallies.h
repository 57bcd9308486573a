/* Many counts by function and name on their way to the functions' tallies. */
#ifndef RECOUNT_COMPARE_MODEL_TALLIES_H
#define RECOUNT_COMPARE_MODEL_TALLIES_H

#include "compare/model/report.h"

struct rc_tally_name;

struct rc_counted {
    uint32_t function, name; /* numbers */
    uint64_t count;
};

struct rc_tally_memo { /* a name that was asked for before */
    const char *name;
    uint32_t number;
};
enum { RC_TALLY_MEMOS = 1 << 11 };

enum { RC_TALLY_LISTS = 2 }; /* of the same names */

struct rc_tallying {
    struct rc_counted *items[RC_TALLY_LISTS];
    size_t n[RC_TALLY_LISTS];
    struct rc_tally_name *names;
    struct rc_tally_memo memo[RC_TALLY_MEMOS];
};

/** For at most `most` counts in each list; to be closed also when it fails. 0, or -1: no memory. */
int rc_tallying_open(struct rc_tallying *all, size_t most);

/** `name` is borrowed by the report. 0, or -1: no memory. */
int rc_tallying_add(struct rc_tallying *all, unsigned list, uint32_t function, const char *name, uint64_t count);

/** Lays the counts of a list down, once, equal names together and the largest first, as the tallies at offset `member`
 * of each struct rc_function, which are empty. They have no room for more. `wanted`: by function, whether its counts
 * are; NULL: all. 0, or -1: no memory. */
int rc_tallying_settle(struct rc_tallying *all, unsigned list, struct rc_report *report, size_t member,
                       const bool *wanted);

void rc_tallying_close(struct rc_tallying *all);

#endif
