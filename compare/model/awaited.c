/*
 * What a C++ coroutine waited for. Its hooks tell the last call that the body made before it left. Where that is the
 * awaiter's own (await_suspend, the handle that it goes on with) or another coroutine, the call stands at the await
 * point; else the await point comes after it, and is said to.
 */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

struct site {
    uint32_t parent, node;
    uint64_t cs;
};

static int by_place(const void *left, const void *right) {
    const struct site *a = left, *b = right;
    if (a->cs != b->cs)
        return a->cs < b->cs ? -1 : 1;
    return (a->parent > b->parent) - (a->parent < b->parent);
}

int rc_sites_sort(struct rc_build *build, struct rc_part *part) {
    const struct rc_process *process = part->process;
    struct site *sites = malloc((process->n_nodes + 1) * sizeof *sites);
    if (!sites)
        return rc_no_memory(build->err);
    for (uint32_t n = 0; n < process->n_nodes; n++)
        sites[n] = (struct site){process->nodes[n].parent, n, process->nodes[n].cs};
    qsort(sites, process->n_nodes, sizeof *sites, by_place);
    part->sites = sites;
    return 0;
}

/* The first site at or behind (cs, parent). */
static size_t site_from(const struct rc_part *part, const struct site *wanted) {
    const struct site *sites = part->sites;
    size_t low = 0, high = sites ? part->process->n_nodes : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_place(&sites[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Some call that was made in the context `parent` at `cs`; else by that function at `cs` in another context: a thread
 * that resumes or destroys what another one suspended has a tree of its own, and may never have made the call. */
static uint32_t called_at(const struct rc_part *part, uint32_t parent, uint64_t cs) {
    const struct site *sites = part->sites;
    size_t n = sites ? part->process->n_nodes : 0, own = site_from(part, &(struct site){.parent = parent, .cs = cs});
    if (own < n && sites[own].cs == cs && sites[own].parent == parent)
        return sites[own].node;
    for (size_t i = site_from(part, &(struct site){.cs = cs}); i < n && sites[i].cs == cs; i++)
        if (sites[i].parent != RC_NONE && part->work[sites[i].parent].function == part->work[parent].function)
            return sites[i].node;
    return RC_NONE;
}

const char *rc_awaited(const struct rc_build *build, const struct rc_part *part, const struct rc_await *await) {
    const struct rc_node *node = &part->process->nodes[await->node];
    if (await->line || *await->awaited || part->work[await->node].clone == RC_CLONE_NONE)
        return await->awaited;
    const struct rc_symbol *holder = part->lookup->find(part->lookup->context, await->site - 1);
    /* What has no name is the compiler's: clang 19 puts the call of await_suspend into a function of its own. */
    if (!strstr(holder->base, "+0x") && !rc_is_of(&build->report->functions[part->work[await->node].function], holder))
        return NULL; /* a call from inside something without hooks that the body had called */
    uint32_t callee = called_at(part, node->home, await->site);
    uint32_t function = callee == RC_NONE ? RC_NONE : part->work[callee].function;
    if (function == RC_NONE)
        return "(after this call)";
    const struct rc_function *called = &build->report->functions[function];
    if (called->coroutine || called->body_unhooked)
        return called->name;
    bool own = strstr(called->name, "await_suspend") || strstr(called->name, "coroutine_handle<");
    return own ? "" : "(after this call)";
}
