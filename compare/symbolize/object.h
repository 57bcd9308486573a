/* One loaded object, opened through elfutils: its symbols, its call frame information, its DWARF. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_OBJECT_H
#define RECOUNT_COMPARE_SYMBOLIZE_OBJECT_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>

#include "compare/load/profile.h"
#include "compare/symbolize/intervals.h"
#include "compare/symbolize/units.h"

/* Addresses are those of the recorded process unless they are said to be the file's. */
struct rc_object {
    const struct rc_module *module; /* one of its segments */
    Dwfl *dwfl;                     /* NULL: could not be used */
    Dwfl_Module *handle;
    bool indexed;
    struct rc_intervals symbols; /* what: index in the symbol table */
    struct rc_intervals frames;  /* functions as the unwinder knows them */
    struct rc_units units;
};

/**
 * Opens the file of `module` if it is still the one that was recorded.
 * @return NULL, or why it cannot be used: a static text, or errno's
 */
const char *rc_object_open(struct rc_object *out, const struct rc_module *module);
void rc_object_close(struct rc_object *object);

struct rc_extent {
    uint64_t start, size;
    const char *symbol; /* as in the symbol table, alive as long as the object; NULL: known by its frame information */
};

/** The function around `address`, from the symbol table, else from the unwinder's tables. False: neither knows. */
bool rc_object_extent(struct rc_object *object, uint64_t address, struct rc_extent *out);

struct rc_object_symbol {
    const char *name; /* as in the symbol table, alive as long as the object */
    uint64_t address;
    bool defined; /* as a function; else an import of any kind */
};

/** Hands over each function that the symbol table defines, and each name that it imports, until `take` returns other
 * than 0. @return what `take` returned last */
int rc_object_each(const struct rc_object *object, int (*take)(void *to, const struct rc_object_symbol *symbol),
                   void *to);

#endif
