/* Strings that live as long as their pool; equal ones are one pointer. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_INTERN_H
#define RECOUNT_COMPARE_SYMBOLIZE_INTERN_H

#include <stddef.h>

struct rc_pool_string;

struct rc_strings { /* zeroed: empty */
    struct rc_pool_string *table;
};

/** The pool's copy of `text`, cleaned as rc_text_clean does and cut to RC_STRING_MOST bytes; NULL when out of memory.
 */
const char *rc_intern(struct rc_strings *strings, const char *text);

/** Likewise for a formatted text. */
const char *rc_intern_format(struct rc_strings *strings, const char *format, ...) __attribute__((format(printf, 2, 3)));

void rc_strings_free(struct rc_strings *strings);

#define RC_STRING_MOST 4096u

#endif
