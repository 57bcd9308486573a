/* Who called: logically (the awaiter, the maker of the fiber) and physically (whose code holds the call). */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"
#include "compare/model/tallies.h"

bool rc_is_main_thread(const struct rc_part *part, const struct rc_node *node) {
    return node->thread != RC_NONE && part->process->threads[node->thread].tid == part->process->pid;
}

static const char *root_name(const struct rc_part *part, const struct rc_node *node) {
    return rc_is_main_thread(part, node) ? "[process]" : "[thread]";
}

bool rc_is_of(const struct rc_function *function, const struct rc_symbol *symbol) {
    return strcmp(function->name, symbol->base) == 0 && function->object &&
           strcmp(function->object, symbol->object) == 0;
}

enum { NAMES_MOST = 32 };

/* What is known of each context while its caller is sought. */
struct seeking {
    const struct rc_build *build;
    struct rc_part *part;
    uint32_t *code; /* the function whose code its calls are made from: of what is inlined, its parent's */
    const struct rc_symbol **absent; /* the code of its call site, where that is open nowhere further out */
    uint64_t budget;
};

/* A call site whose caller is sought. */
struct sought {
    uint64_t cs;
    uint64_t *budget;
    const struct rc_symbol *symbol; /* of the code that holds it */
    bool inlined_known, has_lines;
    size_t n_names;
    const char *names[NAMES_MOST]; /* of the functions inlined there */
};

static void find_inlined(const struct rc_part *part, struct sought *sought) {
    void *context = part->lookup->context;
    sought->inlined_known = true;
    sought->has_lines = part->lookup->line(context, sought->cs - 1).line;
    if (sought->has_lines)
        sought->n_names = part->lookup->inlined(context, sought->cs - 1, sought->names, NAMES_MOST);
}

/* An inlined call that an exception left without an exit stays open beside the one that it was inlined into: whether
 * the call site lies in it, the debug information tells. Where there is none, it is believed to be open. */
static bool left_before(const struct rc_build *build, const struct rc_part *part, uint32_t at, struct sought *sought) {
    if (!(part->process->nodes[at].flags & RF_NODE_INLINED) || !rc_extra_of(part, at)->lost_exits)
        return false;
    if (!sought->inlined_known)
        find_inlined(part, sought);
    for (size_t i = 0; i < sought->n_names && *sought->budget; i++, --*sought->budget)
        if (strcmp(sought->names[i], build->report->functions[part->work[at].function].name) == 0)
            return false;
    return sought->has_lines;
}

/* The context that a call of `n` was made from by the tree, or RC_NONE. */
static uint32_t caller_of(const struct rc_part *part, uint32_t n, uint64_t *budget) {
    const struct rc_work *work = part->work;
    uint32_t up = rc_named_above(part, part->process->nodes[n].parent);
    if (work[n].clone == RC_CLONE_NONE)
        return up;
    for (; up != RC_NONE && work[up].function == work[n].function && *budget; --*budget)
        up = rc_named_above(part, part->process->nodes[up].parent);
    return up;
}

/* The code that holds the call site is open there; otherwise `passed` tells whether a call of it that had left is. */
static bool holds(const struct seeking *all, uint32_t at, struct sought *sought, bool *passed) {
    uint32_t code = all->code[at];
    if (code == RC_NONE || !rc_is_of(&all->build->report->functions[code], sought->symbol))
        return false;
    bool left = left_before(all->build, all->part, at, sought);
    *passed |= left;
    return !left;
}

/*
 * The call site does not lie, the tree may: a call that longjmp or an exception left without an exit stays open until
 * something shows it dead. Where the code that holds the call site is open further out, that is the caller. Parents
 * are asked first: what they sought in vain need not be sought above them again. Each step up is paid from a budget, a
 * file may hold anything; when that is used up, the tree is believed.
 */
static uint32_t find_caller(struct seeking *all, uint32_t n) {
    const struct rc_part *part = all->part;
    const struct rc_node *nodes = part->process->nodes;
    uint64_t *budget = &all->budget;
    uint32_t up = caller_of(part, n, budget);
    if (!nodes[n].cs || nodes[n].flags & (RF_NODE_INLINED | RF_NODE_FIBER | RF_NODE_SIGNAL) ||
        part->work[n].function == RC_NONE || part->work[n].clone != RC_CLONE_NONE)
        return up;
    struct sought sought = {.cs = nodes[n].cs, .budget = budget};
    sought.symbol = part->lookup->find(part->lookup->context, sought.cs - 1);
    bool passed = false;
    for (uint32_t at = up; at != RC_NONE && *budget; at = nodes[at].parent, --*budget) {
        if (holds(all, at, &sought, &passed))
            return at;
        if (all->absent[at] == sought.symbol || nodes[at].flags & RF_NODE_LINKED)
            break;
    }
    if (!passed) /* what another call site in the same code may yet find is not absent */
        all->absent[n] = sought.symbol;
    return up;
}

int rc_find_callers(const struct rc_build *build, struct rc_part *part) {
    size_t nodes = part->process->n_nodes + 1;
    struct seeking all = {.build = build,
                          .part = part,
                          .code = calloc(nodes, sizeof *all.code),
                          .absent = calloc(nodes, sizeof *all.absent),
                          .budget = UINT64_C(100000000)};
    for (uint32_t n = 0; all.code && all.absent && n < part->process->n_nodes; n++) {
        const struct rc_node *node = &part->process->nodes[n];
        struct rc_work *work = &part->work[n];
        bool lent = node->flags & RF_NODE_INLINED && work->nested;
        all.code[n] = lent ? all.code[node->parent] : work->function;
        work->caller = find_caller(&all, n);
    }
    int result = all.code && all.absent ? 0 : rc_no_memory(build->err);
    free(all.code);
    free(all.absent);
    return result;
}

uint32_t rc_logical_parent(const struct rc_part *part, uint32_t n) {
    return part->work[n].caller;
}

/* The code that holds the call is a coroutine's body without hooks, which can be open nowhere. */
uint32_t rc_unhooked_body(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    if (!build->any_unhooked || !node->cs || node->flags & (RF_NODE_INLINED | RF_NODE_FIBER) ||
        part->work[n].clone != RC_CLONE_NONE)
        return RC_NONE;
    const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->cs - 1);
    return symbol->clone == RC_CLONE_NONE ? RC_NONE : rc_unhooked_of(build, symbol);
}

uint32_t rc_named_above(const struct rc_part *part, uint32_t n) {
    return n == RC_NONE || part->work[n].function != RC_NONE ? n : part->work[n].caller;
}

static const char *logical_caller(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    if (node->flags & RF_NODE_SIGNAL)
        return "[signal]";
    bool clone = part->work[n].clone != RC_CLONE_NONE;
    if (clone && !(node->flags & RF_NODE_MADE))
        return "[not known]"; /* the ramp was inlined: the clone's entry tells who resumed it, not who called */
    uint32_t body = rc_unhooked_body(build, part, n);
    if (body != RC_NONE)
        return build->report->functions[body].name;
    uint32_t up = clone ? rc_named_above(part, part->work[n].maker) : rc_logical_parent(part, n);
    if (up == RC_NONE)
        return part->work[n].signal ? "[signal]" : root_name(part, node);
    return build->report->functions[part->work[up].function].name;
}

static const char *physical_caller(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    if (node->flags & RF_NODE_SIGNAL)
        return "[signal]";
    if (node->cs && !(node->flags & RF_NODE_INLINED)) {
        const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->cs - 1);
        if (strcmp(symbol->object, "[unknown]"))
            return symbol->base;
    }
    return logical_caller(build, part, n);
}

enum { LOGICAL, PHYSICAL };

/* Whose calls, and whose entries, one context's are. Names are interned: those of most functions are the same ones. */
static int add(const struct rc_build *build, const struct rc_part *part, uint32_t n, struct rc_tallying *all,
               bool *differ) {
    uint32_t function = part->work[n].function;
    uint64_t calls = part->work[n].calls, entries = part->process->nodes[n].count;
    const char *logical = calls ? logical_caller(build, part, n) : NULL;
    const char *physical = entries ? physical_caller(build, part, n) : NULL;
    differ[function] |= calls != entries || logical != physical;
    if (logical && rc_tallying_add(all, LOGICAL, function, logical, calls))
        return -1;
    return physical ? rc_tallying_add(all, PHYSICAL, function, physical, entries) : 0;
}

static int add_all(const struct rc_build *build, struct rc_tallying *all, bool *differ) {
    for (size_t i = 0; i < build->n_parts; i++)
        for (uint32_t n = 0; n < build->parts[i].process->n_nodes; n++)
            if (build->parts[i].work[n].function != RC_NONE && add(build, &build->parts[i], n, all, differ))
                return -1;
    return 0;
}

static int copy_tallies(struct rc_tallies *to, const struct rc_tallies *from) {
    to->items = from->n ? malloc(from->n * sizeof *to->items) : NULL;
    if (!to->items)
        return from->n ? -1 : 0;
    memcpy(to->items, from->items, from->n * sizeof *to->items);
    to->n = from->n;
    return 0;
}

static int settle(struct rc_report *report, struct rc_tallying *all, const bool *differ) {
    if (rc_tallying_settle(all, LOGICAL, report, offsetof(struct rc_function, callers), NULL) ||
        rc_tallying_settle(all, PHYSICAL, report, offsetof(struct rc_function, physical_callers), differ))
        return -1;
    for (size_t f = 0; f < report->n_functions; f++)
        if (!differ[f] && copy_tallies(&report->functions[f].physical_callers, &report->functions[f].callers))
            return -1;
    return 0;
}

int rc_list_callers(struct rc_build *build) {
    struct rc_tallying all;
    bool *differ = calloc(build->report->n_functions + 1, sizeof *differ);
    size_t most = 0;
    for (size_t i = 0; i < build->n_parts; i++)
        most += build->parts[i].process->n_nodes;
    int result = rc_tallying_open(&all, most);
    if (!differ)
        result = -1;
    if (result == 0)
        result = add_all(build, &all, differ);
    if (result == 0)
        result = settle(build->report, &all, differ);
    rc_tallying_close(&all);
    free(differ);
    return result ? rc_no_memory(build->err) : 0;
}
