#include "compare/model/blocking.h"

#include <stdlib.h>

#include "compare/model/build.h"

struct list {
    struct rc_blocking *items;
    size_t n;
};

/* The innermost task decides: a fiber, or a call that can leave, unless the call is a pool's. */
static bool in_task(const struct rc_process *process, uint32_t path) {
    for (; path != RC_NONE; path = process->paths[path].caller) {
        uint32_t flags = process->nodes[process->paths[path].node].flags;
        if (flags & RF_NODE_POOL)
            return false;
        if (flags & RF_NODE_FIBER || process->paths[path].call & RF_CALL_ASYNC)
            return true;
    }
    return false;
}

static bool below(const struct rc_resolved *part, uint32_t path, uint32_t function) {
    for (; path != RC_NONE; path = part->process->paths[path].caller)
        if (part->node_function[part->process->paths[path].node] == function)
            return true;
    return false;
}

static uint32_t innermost(const struct rc_resolved *part, uint32_t path) {
    while (path != RC_NONE && part->node_function[part->process->paths[path].node] == RC_NONE)
        path = part->process->paths[path].caller;
    return path == RC_NONE ? RC_NONE : part->node_function[part->process->paths[path].node];
}

static int add(struct list *list, uint32_t function, const char *syscall, uint64_t ns) {
    size_t i = 0;
    while (i < list->n && (list->items[i].function != function || list->items[i].syscall != syscall))
        i++;
    if (i == list->n) {
        if (rc_grow((void **)&list->items, list->n, sizeof *list->items))
            return -1;
        list->items[list->n++] = (struct rc_blocking){.function = function, .syscall = syscall};
    }
    list->items[i].looks++;
    list->items[i].ns += ns;
    return 0;
}

static int add_part(struct list *list, const struct rc_resolved *part, uint32_t inside) {
    for (size_t i = 0; i < part->process->n_samples; i++) {
        const struct rc_sample *sample = &part->process->samples[i];
        if (sample->kind != RF_OFF_CPU || sample->syscall < 0)
            continue;
        if (inside == RC_NONE ? !in_task(part->process, sample->path) : !below(part, sample->path, inside))
            continue;
        const char *name = rc_syscall_name(sample->syscall);
        if (add(list, innermost(part, sample->path), name ? name : "another system call", sample->period_ns))
            return -1;
    }
    return 0;
}

static int by_time(const void *left, const void *right) {
    const struct rc_blocking *a = left, *b = right;
    return (a->ns < b->ns) - (a->ns > b->ns);
}

int rc_blocking_list(const struct rc_report *report, uint32_t inside, struct rc_blocking **out, size_t *n) {
    struct list list = {NULL, 0};
    int result = 0;
    for (size_t i = 0; i < report->n_parts && result == 0; i++)
        result = add_part(&list, &report->parts[i], inside);
    if (list.n)
        qsort(list.items, list.n, sizeof *list.items, by_time);
    *out = list.items;
    *n = list.n;
    if (result) {
        free(list.items);
        *out = NULL;
        *n = 0;
    }
    return result;
}
