/* A run whose hooks slept: no context tells which function inlined code belongs to, but debug information does. */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

/* The functions with hooks that the run awake saw inlined, by name; of another build all, for it may inline others. */
struct candidates {
    const struct rc_function **items;
    size_t n;
};

static int by_name(const void *left, const void *right) {
    const struct rc_function *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static int collect(const struct rc_report *report, struct candidates *to) {
    to->items = malloc((report->n_functions + 1) * sizeof(const struct rc_function *));
    if (!to->items)
        return -1;
    for (size_t f = 0; f < report->n_functions; f++)
        if (report->functions[f].hooked && (report->functions[f].inlined_somewhere || report->profile->plain))
            to->items[to->n++] = &report->functions[f];
    qsort(to->items, to->n, sizeof(const struct rc_function *), by_name);
    return 0;
}

/* The one of that name in the object; NULL: none, or several. */
static const struct rc_function *named(const struct rc_build *build, const struct candidates *all, const char *name,
                                       const char *object) {
    const struct rc_function wanted = {.name = name}, *key = &wanted, *only = NULL;
    const struct rc_function **hit = bsearch(&key, all->items, all->n, sizeof(const struct rc_function *), by_name);
    if (!hit)
        return NULL;
    while (hit > all->items && strcmp(hit[-1]->name, name) == 0)
        hit--;
    for (; hit < all->items + all->n && strcmp((*hit)->name, name) == 0; hit++) {
        if (strcmp(rc_object_in_pair(build, (*hit)->object), rc_object_in_pair(build, object)) != 0)
            continue;
        if (only)
            return NULL;
        only = *hit;
    }
    return only;
}

static void look(const struct rc_build *build, const struct candidates *all, struct rc_part *part, uint32_t n) {
    enum { LOOKED_AT = 16 };
    const struct rc_native *native = &part->process->natives[n];
    const struct rc_function *functions = build->report->functions,
                             *physical = &functions[part->resolved->native_function[n]];
    const char *names[LOOKED_AT];
    size_t found = part->lookup->inlined(part->lookup->context, native->ip - !native->leaf, names, LOOKED_AT), kept = 0;
    for (size_t i = 0; i < found && kept < RC_INLINED_KEPT; i++) {
        const struct rc_function *function = named(build, all, names[i], physical->object);
        if (function)
            part->inlined[n].function[kept++] = (uint32_t)(function - functions);
    }
}

static int look_at_part(const struct rc_build *build, const struct candidates *all, struct rc_part *part) {
    part->inlined = malloc((part->process->n_natives + 1) * sizeof *part->inlined);
    if (!part->inlined)
        return -1;
    for (uint32_t n = 0; n < part->process->n_natives; n++) {
        for (size_t k = 0; k < RC_INLINED_KEPT; k++)
            part->inlined[n].function[k] = RC_NONE;
        if (rc_is_hooked(build, part->resolved->native_function[n]))
            look(build, all, part, n);
    }
    return 0;
}

int rc_find_inlined(struct rc_build *build) {
    struct candidates all = {NULL, 0};
    int result = collect(build->report, &all);
    for (size_t i = 0; i < build->n_parts && all.n && result == 0; i++)
        result = look_at_part(build, &all, &build->parts[i]);
    free(all.items);
    return result ? rc_no_memory(build->err) : 0;
}
