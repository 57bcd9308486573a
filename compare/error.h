/* How this library reports a failure: a negative return and one line of text. It never prints and never exits. */
#ifndef RECOUNT_COMPARE_ERROR_H
#define RECOUNT_COMPARE_ERROR_H

struct rc_error {
    char text[512]; /* what, where and what to do; no newline, no prefix */
};

/** Formats `err->text` (err may be NULL) and returns -1. */
int rc_fail(struct rc_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
