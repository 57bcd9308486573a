/* The evidence for a function's calls, in words. */
#ifndef RECOUNT_COMPARE_EXPLAIN_EVIDENCE_H
#define RECOUNT_COMPARE_EXPLAIN_EVIDENCE_H

#include "compare/model/report.h"

/** The word in the JSON; "entry" for a function whose entries are calls without further ado. */
const char *rc_evidence_word(enum rc_evidence evidence);

/** A sentence on what told calls and resumes apart; NULL where nothing had to. */
const char *rc_evidence_sentence(enum rc_evidence evidence);

#endif
