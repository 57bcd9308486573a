/* Text that is safe to print: names and paths in a profile may hold anything. */
#ifndef RECOUNT_COMPARE_RENDER_PRINTABLE_H
#define RECOUNT_COMPARE_RENDER_PRINTABLE_H

#include <stdio.h>

/** A copy with control characters and broken UTF-8 replaced by '?'; the caller frees it; NULL: no memory. */
char *rc_printable(const char *text);

/** How many columns `text` (clean) takes. */
size_t rc_printable_width(const char *text);

/** Prints `text` cleaned, wrapped at `width`, each further line indented by `indent` blanks; `column`: where it starts.
 */
void rc_print_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width);

#endif
