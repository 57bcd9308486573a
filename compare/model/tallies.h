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

struct rc_tallying {
    struct rc_counted *items;
    size_t n;
    struct rc_tally_name *names;
    struct rc_tally_memo memo[RC_TALLY_MEMOS];
};

/** For at most `most` counts; to be closed also when it fails. 0, or -1: no memory. */
int rc_tallying_open(struct rc_tallying *all, size_t most);

/** `name` is borrowed by the report. 0, or -1: no memory. */
int rc_tallying_add(struct rc_tallying *all, uint32_t function, const char *name, uint64_t count);

/** Lays the counts down, equal names together and the largest first, as the tallies at offset `member` of each
 * struct rc_function, which are empty. They have no room for more. 0, or -1: no memory. */
int rc_tallying_settle(struct rc_tallying *all, struct rc_report *report, size_t member);

void rc_tallying_close(struct rc_tallying *all);

#endif
