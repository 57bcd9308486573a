/*
 * All contexts of a function are rows. Of several, the native stack's callers tell which one a sample was in: where it
 * follows one row's callers further than any other's.
 */
#include "compare/model/tree_native.h"

#include <stdlib.h>

#define NOT_ASKED (RC_NONE - 1)

int rc_native_rows_init(struct rc_native_rows *rows, const struct rc_build *build) {
    size_t n = build->report->n_functions;
    const struct rc_tree *tree = build->report->tree;
    *rows = (struct rc_native_rows){.build = build,
                                    .tree = tree,
                                    .first = malloc((n + 1) * sizeof *rows->first),
                                    .next = malloc((tree->n + 1) * sizeof *rows->next),
                                    .part = RC_NONE};
    if (!rows->first || !rows->next)
        return -1;
    for (size_t f = 0; f < n; f++)
        rows->first[f] = RC_NONE;
    for (uint32_t r = (uint32_t)tree->n; r-- > 0;) {
        uint32_t function = tree->rows[r].function;
        if (function == RC_NONE)
            continue;
        rows->next[r] = rows->first[function];
        rows->first[function] = r;
    }
    return 0;
}

void rc_native_rows_free(struct rc_native_rows *rows) {
    free(rows->first);
    free(rows->next);
    free(rows->known);
    *rows = (struct rc_native_rows){0};
}

/* The innermost frame, from there on outwards, of a function that has hooks. */
static uint32_t hooked_from(const struct rc_native_rows *rows, const struct rc_part *part, uint32_t native) {
    while (native != RC_NONE && !rc_is_awake(rows->build, part, part->resolved->native_function[native]))
        native = part->process->natives[native].caller;
    return native;
}

static uint32_t outside(const struct rc_native_rows *rows, const struct rc_part *part, uint32_t native) {
    return hooked_from(rows, part, part->process->natives[native].caller);
}

/* By how many callers the native stack agrees with the row. A recursion may be folded into one row; a coroutine's
 * clones, and what was inlined, have rows and may have no frames. */
static uint32_t agreement(const struct rc_native_rows *rows, const struct rc_part *part, uint32_t native, uint32_t r) {
    const struct rc_tree_row *all = rows->tree->rows;
    const struct rc_function *functions = rows->build->report->functions;
    uint32_t same = 0, up = all[r].parent;
    while (native != RC_NONE && up != RC_NONE && all[up].function != RC_NONE) {
        uint32_t function = part->resolved->native_function[native];
        if (function == all[up].function) {
            same++;
            r = up;
            up = all[r].parent;
            native = outside(rows, part, native);
        } else if (function == all[r].function) {
            native = outside(rows, part, native);
        } else if (all[up].function == all[r].function || functions[all[up].function].inlined_somewhere) {
            up = all[up].parent;
        } else {
            break;
        }
    }
    return same;
}

static uint32_t find(const struct rc_native_rows *rows, const struct rc_part *part, uint32_t native,
                     uint32_t function) {
    uint32_t found = rows->first[function], best = 0;
    if (found == RC_NONE || rows->next[found] == RC_NONE)
        return found;
    found = RC_NONE;
    native = hooked_from(rows, part, native);
    if (native != RC_NONE && part->resolved->native_function[native] == function)
        native = outside(rows, part, native);
    for (uint32_t r = rows->first[function]; r != RC_NONE; r = rows->next[r]) {
        uint32_t same = agreement(rows, part, native, r);
        if (same == best)
            found = RC_NONE;
        if (same > best) {
            best = same;
            found = r;
        }
    }
    return found;
}

uint32_t rc_row_by_native(struct rc_native_rows *rows, uint32_t part, uint32_t native, uint32_t function) {
    const struct rc_part *of = &rows->build->parts[part];
    if (native == RC_NONE)
        return RC_NONE;
    if (rows->part != part) {
        free(rows->known);
        rows->known = malloc((of->process->n_natives + 1) * sizeof *rows->known);
        rows->part = rows->known ? part : RC_NONE;
        for (size_t i = 0; rows->known && i < of->process->n_natives; i++)
            rows->known[i] = NOT_ASKED;
    }
    if (!rows->known)
        return RC_NONE;
    if (rows->known[native] == NOT_ASKED)
        rows->known[native] = find(rows, of, native, function);
    return rows->known[native];
}
