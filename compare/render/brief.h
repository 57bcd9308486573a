/* Long C++ names on narrow paper. */
#ifndef RECOUNT_COMPARE_RENDER_BRIEF_H
#define RECOUNT_COMPARE_RENDER_BRIEF_H

#include <stddef.h>

/**
 * Shortens `name` (clean text, changed in place) until it takes `width` columns or nothing more can go: first the
 * type that a function returns, then what is in its arguments' brackets, then in its templates', then the brackets of
 * the arguments, then its scopes. Blanks before it and a note behind it ("  (callback)") stay.
 */
void rc_brief(char *name, size_t width);

#endif
