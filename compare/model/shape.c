/* Where each context stands: inside its parent's calls or a task of its own, recursive, below a signal. */
#include <stdlib.h>

#include "compare/model/build.h"

struct links { /* the tree downwards */
    uint32_t *child, *sibling;
    uint64_t *open; /* calls of each function open on the way down */
};

static bool begins_task(const struct rc_node *node) {
    return node->parent == RC_NONE || node->flags & (RF_NODE_FIBER | RF_NODE_SIGNAL);
}

/* What registered a callback has returned when that is called: nothing above is open around it. */
static bool begins_walk(const struct rc_node *node) {
    return begins_task(node) || node->flags & RF_NODE_LINKED;
}

static void place(struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    struct rc_work *work = &part->work[n];
    work->signal = node->flags & RF_NODE_SIGNAL || (node->parent != RC_NONE && part->work[node->parent].signal);
    if (begins_task(node) || work->function == RC_NONE)
        return;
    const struct rc_work *parent = &part->work[node->parent];
    work->nested = parent->function != RC_NONE;
    /* A body that made the frame itself awaits another call of its own. */
    bool another = node->flags & RF_NODE_MADE && parent->clone != RC_CLONE_NONE;
    work->member = work->clone != RC_CLONE_NONE && parent->function == work->function && !another;
}

static void enter(struct rc_part *part, struct links *links, uint32_t n) {
    struct rc_work *work = &part->work[n];
    if (work->function == RC_NONE)
        return;
    if (work->member)
        work->recursive = part->work[part->process->nodes[n].parent].recursive;
    else
        work->recursive = links->open[work->function] > 0;
    links->open[work->function]++;
}

static void leave(struct rc_part *part, struct links *links, uint32_t n) {
    if (part->work[n].function != RC_NONE)
        links->open[part->work[n].function]--;
}

/* Walks the contexts of one task, or of one callback, each parent around its children. */
static void walk(struct rc_part *part, struct links *links, uint32_t top) {
    uint32_t n = top;
    enter(part, links, n);
    for (;;) {
        if (links->child[n] != RC_NONE) {
            n = links->child[n];
            enter(part, links, n);
            continue;
        }
        while (n != top && links->sibling[n] == RC_NONE) {
            leave(part, links, n);
            n = part->process->nodes[n].parent;
        }
        leave(part, links, n);
        if (n == top)
            return;
        n = links->sibling[n];
        enter(part, links, n);
    }
}

static void shape(struct rc_part *part, struct links *links) {
    const struct rc_process *process = part->process;
    for (size_t n = 0; n < process->n_nodes; n++)
        links->child[n] = links->sibling[n] = RC_NONE;
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        place(part, n);
        if (begins_walk(&process->nodes[n]))
            continue;
        links->sibling[n] = links->child[process->nodes[n].parent];
        links->child[process->nodes[n].parent] = n;
    }
    for (uint32_t n = 0; n < process->n_nodes; n++)
        if (begins_walk(&process->nodes[n]))
            walk(part, links, n);
}

/* The context that a call is inside of. Between it and the tree's parent stand calls that have left without an exit (a
 * cancellation jumped past them), or the call site would not lie further out. */
static uint32_t inside_of(const struct rc_part *part, uint32_t n) {
    uint32_t up = part->process->nodes[n].parent;
    if (begins_task(&part->process->nodes[n]) || up == RC_NONE)
        return RC_NONE;
    uint32_t caller = part->work[n].clone == RC_CLONE_NONE ? rc_logical_parent(part, n) : RC_NONE;
    return caller == RC_NONE ? up : caller;
}

/* Of calls that are recursive by the tree alone. Each step up is paid from a budget: a file may hold anything. */
static void forget_dead(struct rc_part *part) {
    uint64_t budget = UINT64_C(100000000);
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        struct rc_work *work = &part->work[n];
        uint32_t parent = part->process->nodes[n].parent;
        if (work->function == RC_NONE || parent == RC_NONE)
            continue;
        work->past_dead = part->work[parent].past_dead || inside_of(part, n) != parent;
        if (!work->recursive || !work->past_dead || work->member)
            continue;
        bool open = false;
        for (uint32_t at = inside_of(part, n); at != RC_NONE && !open && budget; budget--) {
            open = part->work[at].function == work->function;
            at = inside_of(part, at);
        }
        work->recursive = open || !budget;
    }
}

int rc_shape(struct rc_build *build) {
    int result = 0;
    for (size_t i = 0; i < build->n_parts && result == 0; i++) {
        size_t nodes = build->parts[i].process->n_nodes + 1;
        struct links links = {malloc(nodes * sizeof(uint32_t)), malloc(nodes * sizeof(uint32_t)),
                              calloc(build->report->n_functions + 1, sizeof(uint64_t))};
        if (links.child && links.sibling && links.open) {
            shape(&build->parts[i], &links);
            result = rc_find_callers(build, &build->parts[i]);
            if (result == 0)
                forget_dead(&build->parts[i]);
        } else {
            result = rc_no_memory(build->err);
        }
        free(links.child);
        free(links.sibling);
        free(links.open);
    }
    return result;
}
