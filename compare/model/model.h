/*
 * From a loaded profile to a report: pure arithmetic, no input or output. Symbols come through rc_lookup, so that
 * the arithmetic can be tested without object files.
 */
#ifndef RECOUNT_COMPARE_MODEL_MODEL_H
#define RECOUNT_COMPARE_MODEL_MODEL_H

#include "compare/error.h"
#include "compare/model/report.h"
#include "compare/symbolize/symbols.h"

/* Where the names of one process come from; the functions are those of compare/symbolize/symbols.h. */
struct rc_lookup {
    void *context;
    const struct rc_symbol *(*find)(void *context, uint64_t address);
    struct rc_line (*line)(void *context, uint64_t address);
    struct rc_line (*body_line)(void *context, uint64_t address);
    size_t (*inlined)(void *context, uint64_t address, const char **names, size_t most);
    bool (*file)(void *context, const struct rc_module *module, uint64_t *device, uint64_t *inode); /* or NULL */
};

/** The lookup that asks `symbols`, which must outlive it. */
struct rc_lookup rc_lookup_of_symbols(struct rc_symbols *symbols);

/**
 * Builds the report of all processes, or of the one with `pid` (0: all).
 * @param out      the caller's, to be freed with rc_report_free; borrows from `profile` and from the lookups' strings
 * @param lookups  one for each of profile->processes
 * @return 0, or -1 with a line in `err`: no such pid, or no memory
 */
int rc_report_build(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                    uint32_t pid, struct rc_error *err);

/** The same with a tree (compare/model/tree.h), which most reports do without. */
int rc_report_build_with(struct rc_report **out, const struct rc_profile *profile, const struct rc_lookup *lookups,
                         uint32_t pid, enum rc_tree_kind tree, struct rc_error *err);

/** Accepts NULL. */
void rc_report_free(struct rc_report *report);

#endif
