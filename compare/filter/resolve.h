/* From a filter's rules to the functions that they mean in a list of ELF objects. */
#ifndef RECOUNT_COMPARE_FILTER_RESOLVE_H
#define RECOUNT_COMPARE_FILTER_RESOLVE_H

#include "compare/filter/rules.h"
#include "profile/format.h"

struct rc_sleepers {
    struct rf_asleep *items; /* sorted by device, inode, address; each once */
    size_t n;
    size_t *matched; /* for each rule, how many functions it matched */
    char *missing;   /* objects that could not be read, "PATH: why", a line each; NULL: none */
};

/**
 * Applies the rules, in their order, to every function of the objects: the last rule that matches one decides. A rule
 * without an object means the objects that hold or import the hooks.
 * @param objects  paths; one file may be named more than once
 * @param out      to be freed with rc_sleepers_free, whatever is returned
 * @return 0, or -1 with a line in `err`: no memory
 */
int rc_filter_resolve(struct rc_sleepers *out, const struct rc_rules *rules, const char *const *objects, size_t n,
                      struct rc_error *err);

void rc_sleepers_free(struct rc_sleepers *sleepers);

#endif
