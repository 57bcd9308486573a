/* A filter file's text as rules: which functions' hooks sleep. docs/referee.md has the grammar. */
#ifndef RECOUNT_COMPARE_FILTER_RULES_H
#define RECOUNT_COMPARE_FILTER_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/error.h"

struct rc_rule {
    bool wake;    /* else: sleep */
    char *name;   /* a pattern of * and ? */
    char *object; /* a file's name, or with a slash its path; NULL: any */
    size_t line;  /* in the file, from 1 */
};

struct rc_rules { /* zeroed: none */
    struct rc_rule *items;
    size_t n;
};

/**
 * Reads `size` bytes of a filter file; `file` names it in messages.
 * @param out  to be freed with rc_rules_free, whatever is returned
 * @return 0, or -1 with "FILE:LINE: what is wrong" in `err`
 */
int rc_rules_parse(struct rc_rules *out, const char *text, size_t size, const char *file, struct rc_error *err);

void rc_rules_free(struct rc_rules *rules);

/** Whether one of the names that `base` and `linkage` (struct rc_names) stand for matches the rule's pattern. */
bool rc_rule_names(const struct rc_rule *rule, const char *base, const char *linkage);

#endif
