/* What two runs say, in words. Reports without a second run have none. */
#ifndef RECOUNT_COMPARE_EXPLAIN_PAIR_H
#define RECOUNT_COMPARE_EXPLAIN_PAIR_H

#include "compare/explain/numbers.h"
#include "compare/model/pair.h"

/** "+1.20 s", "-30 ms", "0". */
struct rc_text rc_text_signed_time(double ns);
/** "+1.20 s [+1.10 s, +1.30 s]". */
struct rc_words {
    char s[112];
};
struct rc_words rc_text_effect(struct rc_estimate effect);
/** "2.10x [1.90, 2.30]", "at least 4.0x", "-" where nothing can be said. */
struct rc_words rc_text_ratio(struct rc_estimate ratio);

/** What the second run is called: "run asleep", or "plain run" of a build without hooks. */
const char *rc_second_run(const struct rc_pair *pair);
/** Its column: "asleep", "plain". */
const char *rc_second_word(const struct rc_pair *pair);

/** What the hooks cost the whole program, one sentence. */
void rc_pair_sentence(const struct rc_pair *pair, char *to, size_t room);

/** Why the two runs may not be comparable: the i-th sentence, NULL: no more. */
const char *rc_pair_doubt(const struct rc_pair *pair, size_t i, char *to, size_t room);

/** What the probes cost the function, or why that is not known; one or two sentences. `f`: its place in the report. */
void rc_effect_sentence(const struct rc_report *report, size_t f, char *to, size_t room);

/** "both", "awake", "asleep", "namesakes", "caller": as in the JSON. */
const char *rc_in_run_word(enum rc_in_run in);

/** It is known in one run only, or not told apart, and was seen often enough for that to matter. */
bool rc_effect_is_odd(const struct rc_report *report, size_t f);

#endif
