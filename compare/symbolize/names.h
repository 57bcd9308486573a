/* What a linkage name says: which source function, and which of the compiler's clones of it. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_NAMES_H
#define RECOUNT_COMPARE_SYMBOLIZE_NAMES_H

#include "compare/symbolize/intern.h"
#include "compare/symbolize/symbols.h"

struct rc_names { /* all in the pool they were made in */
    const char *linkage;
    const char *base; /* the source function, demangled */
    const char *name; /* base, and the clone's suffix as the demangler prints it */
    enum rc_clone clone;
};

/** Takes a symbol's name apart; a version (`@@…`) is cut off. 0, or -1 when out of memory. */
int rc_names_make(struct rc_names *out, struct rc_strings *strings, const char *symbol);

/** `linkage` demangled, or itself when it is not mangled; NULL when out of memory. */
const char *rc_demangle(struct rc_strings *strings, const char *linkage);

/** Whether a function's name is the place of one that has none: "libz.so+0x1200", or "0x1200" outside of any object. */
bool rc_name_is_place(const char *name);

/** The length of a demangled name up to its parameters. Template arguments may hold parentheses of their own. */
size_t rc_name_length(const char *name);

/** Where the name begins behind the type that a template's name is shown with, as in "void f<int>"; 0: none. */
size_t rc_name_type(const char *name, size_t length);

#endif
