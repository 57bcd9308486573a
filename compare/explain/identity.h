/* The evidence for a function's calls, in words. */
#ifndef RECOUNT_COMPARE_EXPLAIN_IDENTITY_H
#define RECOUNT_COMPARE_EXPLAIN_IDENTITY_H

#include "compare/model/report.h"

/** The word in the JSON; NULL for a function whose entries are calls without further ado. */
const char *rc_identity_word(enum rc_identity identity);

/** A sentence on what told calls and resumes apart; NULL likewise. */
const char *rc_identity_sentence(enum rc_identity identity);

#endif
