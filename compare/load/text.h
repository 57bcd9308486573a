/* Text that came out of a file and will be shown: printable, valid UTF-8, never longer than it was. */
#ifndef RECOUNT_COMPARE_LOAD_TEXT_H
#define RECOUNT_COMPARE_LOAD_TEXT_H

#include <stddef.h>

/** Replaces, in place, each byte of a control character or of invalid UTF-8 by '?'. */
void rc_text_clean(char *text);

/** A cleaned copy of at most `most` bytes of `text`, up to its NUL; the caller frees it. NULL when out of memory. */
char *rc_text_copy(const char *text, size_t most);

/**
 * Joins with blanks the strings that lie in `list`, each closed by a NUL, up to an empty one or `size`. Cleaned; the
 * caller frees it. NULL when out of memory.
 */
char *rc_text_join(const char *list, size_t size);

#endif
