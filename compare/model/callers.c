/* Who called: logically (the awaiter, the maker of the fiber) and physically (whose code holds the call). */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

bool rc_is_main_thread(const struct rc_part *part, const struct rc_node *node) {
    return node->thread != RC_NONE && part->process->threads[node->thread].tid == part->process->pid;
}

static const char *root_name(const struct rc_part *part, const struct rc_node *node) {
    return rc_is_main_thread(part, node) ? "[process]" : "[thread]";
}

/* The context that a call of `n` was made from, or RC_NONE. */
static uint32_t caller_of(const struct rc_part *part, uint32_t n) {
    const struct rc_work *work = part->work;
    uint32_t up = part->process->nodes[n].parent;
    bool clone = work[n].clone != RC_CLONE_NONE;
    while (up != RC_NONE && (work[up].function == RC_NONE || (clone && work[up].function == work[n].function)))
        up = part->process->nodes[up].parent;
    return up;
}

bool rc_is_of(const struct rc_function *function, const struct rc_symbol *symbol) {
    return strcmp(function->name, symbol->base) == 0 && function->object &&
           strcmp(function->object, symbol->object) == 0;
}

/* The function whose code a context's calls are made from: an inlined one's code is its parent's. */
static uint32_t code_of(const struct rc_part *part, uint32_t n) {
    while (part->process->nodes[n].flags & RF_NODE_INLINED && part->work[n].nested)
        n = part->process->nodes[n].parent;
    return part->work[n].function;
}

/* An inlined call that an exception left without an exit stays open beside the one that it was inlined into: whether
 * the call site lies in it, the debug information tells. Where there is none, it is believed to be open. */
static bool left_before(const struct rc_build *build, const struct rc_part *part, uint32_t at, uint64_t cs) {
    enum { NAMES_MOST = 32 };
    const char *names[NAMES_MOST];
    if (!(part->process->nodes[at].flags & RF_NODE_INLINED) || !rc_extra_of(part, at)->lost_exits ||
        !part->lookup->line(part->lookup->context, cs - 1).line)
        return false;
    size_t found = part->lookup->inlined(part->lookup->context, cs - 1, names, NAMES_MOST);
    for (size_t i = 0; i < found; i++)
        if (strcmp(names[i], build->report->functions[part->work[at].function].name) == 0)
            return false;
    return true;
}

/*
 * The call site does not lie, the tree may: a call that longjmp or an exception left without an exit stays open until
 * something shows it dead. Where the code that holds the call site is open further out, that is the caller.
 */
/* Parents are asked first: what they sought in vain need not be sought above them again. */
uint32_t rc_logical_parent(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    uint32_t up = caller_of(part, n);
    if (!node->cs || (node->flags & (RF_NODE_INLINED | RF_NODE_FIBER)) || part->work[n].clone != RC_CLONE_NONE)
        return up;
    const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->cs - 1);
    for (uint32_t at = up; at != RC_NONE; at = part->process->nodes[at].parent) {
        uint32_t function = code_of(part, at);
        if (function != RC_NONE && rc_is_of(&build->report->functions[function], symbol) &&
            !left_before(build, part, at, node->cs))
            return at;
        if (part->work[at].absent == symbol || part->process->nodes[at].flags & RF_NODE_LINKED)
            break;
    }
    part->work[n].absent = symbol;
    return up;
}

/* The code that holds the call is a coroutine's body without hooks, which can be open nowhere. */
uint32_t rc_unhooked_body(const struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    if (!node->cs || node->flags & (RF_NODE_INLINED | RF_NODE_FIBER) || part->work[n].clone != RC_CLONE_NONE)
        return RC_NONE;
    const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->cs - 1);
    for (size_t f = 0; symbol->clone != RC_CLONE_NONE && f < build->report->n_functions; f++)
        if (build->report->functions[f].body_unhooked && rc_is_of(&build->report->functions[f], symbol))
            return (uint32_t)f;
    return RC_NONE;
}

uint32_t rc_named_above(const struct rc_part *part, uint32_t n) {
    while (n != RC_NONE && part->work[n].function == RC_NONE)
        n = part->process->nodes[n].parent;
    return n;
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
    uint32_t up = clone ? rc_named_above(part, part->work[n].maker) : rc_logical_parent(build, part, n);
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

static int list(struct rc_build *build, const struct rc_part *part, uint32_t n) {
    struct rc_function *function = &build->report->functions[part->work[n].function];
    uint64_t count = part->process->nodes[n].count, calls = part->work[n].calls;
    if (calls && rc_tally_add(&function->callers, logical_caller(build, part, n), NULL, calls))
        return -1;
    if (count && rc_tally_add(&function->physical_callers, physical_caller(build, part, n), NULL, count))
        return -1;
    return 0;
}

int rc_list_callers(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++) {
        const struct rc_part *part = &build->parts[i];
        for (uint32_t n = 0; n < part->process->n_nodes; n++)
            if (part->work[n].function != RC_NONE && list(build, part, n))
                return rc_no_memory(build->err);
    }
    for (size_t f = 0; f < build->report->n_functions; f++) {
        rc_tally_sort(&build->report->functions[f].callers);
        rc_tally_sort(&build->report->functions[f].physical_callers);
    }
    return 0;
}
