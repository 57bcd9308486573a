/* The arithmetic of the causes: what the differences between the witnesses are made of. docs/model.md, "Accounts". */
#ifndef RECOUNT_COMPARE_EXPLAIN_ACCOUNTS_H
#define RECOUNT_COMPARE_EXPLAIN_ACCOUNTS_H

#include "compare/model/report.h"

enum { RC_POINT = 1000 }; /* a percentage point in the amounts of RC_OF_SHARE */

/** Sets `differences` and `accounts` of each function. The parts of a difference add up to it, exactly. */
void rc_accounts_make(struct rc_report *report);

/** The amount of `row` in the difference; 0 where it has none. */
int64_t rc_account_of(const struct rc_function *function, enum rc_of of, unsigned row);

/** "entries", "calls", "time", "share"; and the units of their amounts in the JSON. */
const char *rc_of_name(enum rc_of of);
const char *rc_of_unit(enum rc_of of);

/**
 * The difference and its parts as a sentence, rounded so that they add up as printed; "" where it is not known or
 * nothing is to be said of it.
 */
void rc_account_sentence(const struct rc_function *function, enum rc_of of, char *to, size_t room);

#endif
