/*
 * Which call of a coroutine its resumed work belongs to. The runtime ties a frame to the context that allocated it
 * where it saw the allocation. Where it did not (a promise with an allocator of its own, a frame that the compiler put
 * elsewhere, a static runtime alone) the frame's first resume says only who resumed it: such work is attached to the
 * ramp when there is one context alone that it can come from, and to nothing otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

/* A function's ramp in one process. */
struct ramp {
    uint32_t node; /* the only context it was entered in; RC_NONE: not one */
    bool several;
    uint64_t entries, tied, untied; /* frames that began: those whose maker is known, the others */
};

static bool is_clone(const struct rc_part *part, uint32_t n) {
    return part->work[n].function != RC_NONE && part->work[n].clone != RC_CLONE_NONE;
}

static void survey(const struct rc_part *part, struct ramp *ramps) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_node *node = &part->process->nodes[n];
        uint32_t function = part->work[n].function;
        if (function == RC_NONE)
            continue;
        struct ramp *ramp = &ramps[function];
        if (is_clone(part, n)) {
            uint64_t begins = rc_extra_of(part, n)->begins;
            *(node->flags & RF_NODE_MADE ? &ramp->tied : &ramp->untied) += begins;
        } else if (node->count) {
            ramp->entries += node->count;
            ramp->several |= ramp->node != RC_NONE && ramp->node != node->home;
            ramp->node = node->home;
        }
    }
}

/* More frames than entries of the ramp: some were made where it was inlined, and which is not known. */
static uint32_t only_ramp(const struct ramp *ramp) {
    return !ramp->several && ramp->tied + ramp->untied <= ramp->entries ? ramp->node : RC_NONE;
}

static void attach(struct rc_report *report, struct rc_part *part, const struct ramp *ramps) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        struct rc_work *work = &part->work[n];
        if (!is_clone(part, n))
            continue;
        struct rc_function *function = &report->functions[work->function];
        uint64_t begins = rc_extra_of(part, n)->begins;
        if (part->process->nodes[n].flags & RF_NODE_MADE || work->member) {
            work->maker = part->process->nodes[n].parent;
            function->frames_tied += begins;
        } else if (begins) {
            work->maker = only_ramp(&ramps[work->function]);
            *(work->maker == RC_NONE ? &function->frames_untied : &function->frames_attached) += begins;
        }
    }
}

static bool is_body(const struct rc_symbol *symbol) {
    return symbol->clone == RC_CLONE_RESUME || symbol->clone == RC_CLONE_ACTOR;
}

/* Functions with hooks and without clones, by name: each call from a body asks for them. */
struct owner {
    const char *name, *object;
    uint32_t function;
};

struct rc_owners {
    size_t n;
    struct owner items[];
};

static int compare_names(const struct owner *owner, const char *name, const char *object) {
    int order = strcmp(owner->name, name);
    return order ? order : strcmp(owner->object, object);
}

static int by_name(const void *left, const void *right) {
    const struct owner *a = left, *b = right;
    int order = compare_names(a, b->name, b->object);
    return order ? order : (a->function > b->function) - (a->function < b->function);
}

static int owners_open(struct rc_build *build) {
    const struct rc_report *report = build->report;
    build->owners = calloc(1, sizeof *build->owners + report->n_functions * sizeof *build->owners->items);
    if (!build->owners)
        return rc_no_memory(build->err);
    for (uint32_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        if (function->hooked && !function->coroutine && function->object)
            build->owners->items[build->owners->n++] = (struct owner){function->name, function->object, f};
    }
    qsort(build->owners->items, build->owners->n, sizeof *build->owners->items, by_name);
    return 0;
}

void rc_owners_close(struct rc_build *build) {
    free(build->owners);
}

/* The first that may own the symbol; those that do lie together. */
static size_t first_owner(const struct rc_owners *owners, const struct rc_symbol *symbol) {
    size_t low = 0, high = owners->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_names(&owners->items[middle], symbol->base, symbol->object) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool owns(const struct rc_owners *owners, size_t at, const struct rc_symbol *symbol) {
    return at < owners->n && compare_names(&owners->items[at], symbol->base, symbol->object) == 0;
}

/* All that own a body are marked at once, so that the first one tells. */
uint32_t rc_unhooked_of(const struct rc_build *build, const struct rc_symbol *symbol) {
    size_t at = first_owner(build->owners, symbol);
    if (!owns(build->owners, at, symbol))
        return RC_NONE;
    uint32_t function = build->owners->items[at].function;
    return build->report->functions[function].body_unhooked ? function : RC_NONE;
}

/* A call that was made from a coroutine's body, which itself was never entered through a hook. */
static void find_unhooked(struct rc_build *build, const struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_node *node = &part->process->nodes[n];
        if (!node->count || !node->cs || part->work[n].function == RC_NONE)
            continue;
        const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->cs - 1);
        if (!is_body(symbol) || rc_unhooked_of(build, symbol) != RC_NONE)
            continue;
        for (size_t at = first_owner(build->owners, symbol); owns(build->owners, at, symbol); at++)
            build->any_unhooked = build->report->functions[build->owners->items[at].function].body_unhooked = true;
    }
}

static int mark_coroutines(struct rc_build *build, struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (is_clone(part, n))
            build->report->functions[part->work[n].function].coroutine = true;
    return rc_sites_sort(build, part);
}

int rc_tie_coroutines(struct rc_build *build) {
    struct rc_report *report = build->report;
    struct ramp *ramps = calloc(report->n_functions + 1, sizeof *ramps);
    if (!ramps)
        return rc_no_memory(build->err);
    for (size_t i = 0; i < build->n_parts; i++) {
        if (!build->parts[i].any_clone)
            continue;
        for (size_t f = 0; f < report->n_functions; f++)
            ramps[f] = (struct ramp){.node = RC_NONE};
        survey(&build->parts[i], ramps);
        attach(report, &build->parts[i], ramps);
    }
    free(ramps);
    for (size_t i = 0; i < build->n_parts; i++)
        if (build->parts[i].any_clone && mark_coroutines(build, &build->parts[i]))
            return -1;
    if (owners_open(build))
        return -1;
    for (size_t i = 0; i < build->n_parts; i++)
        find_unhooked(build, &build->parts[i]);
    return 0;
}

bool rc_made_without_entry(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    enum { NAMES_MOST = 32 };
    const struct rc_node *node = &part->process->nodes[n];
    const char *names[NAMES_MOST];
    if (!(node->flags & RF_NODE_MADE) || !node->cs || part->work[n].member)
        return false;
    size_t found = part->lookup->inlined(part->lookup->context, node->cs - 1, names, NAMES_MOST);
    for (size_t i = 0; i < found; i++)
        if (strcmp(names[i], build->report->functions[part->work[n].function].name) == 0)
            return true;
    return false;
}
