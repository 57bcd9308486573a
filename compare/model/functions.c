/* Source functions: all symbols with one object, base name and file of declaration, over all processes. */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"

struct name {
    char *key; /* object, base and file, each closed by a NUL but the last */
    uint32_t function;
    UT_hash_handle hh;
};

struct known { /* symbols that were looked at before; their addresses are stable */
    const struct rc_symbol *symbol;
    uint32_t function;
    UT_hash_handle hh;
};

enum { RECENT = 1 << 11, SYMBOL_SHIFT = 6 };

struct rc_names {
    struct name *by_key;
    struct known *by_symbol;
    const struct known *recent[RECENT]; /* asked for before: millions of contexts are of a few symbols */
};

int rc_names_open(struct rc_build *build) {
    build->names = calloc(1, sizeof *build->names);
    return build->names ? 0 : -1;
}

void rc_names_close(struct rc_build *build) {
    if (!build->names)
        return;
    struct name *name, *next_name;
    HASH_ITER(hh, build->names->by_key, name, next_name) {
        HASH_DEL(build->names->by_key, name);
        free(name->key);
        free(name);
    }
    struct known *known, *next_known;
    HASH_ITER(hh, build->names->by_symbol, known, next_known) {
        HASH_DEL(build->names->by_symbol, known);
        free(known);
    }
    free(build->names);
}

static const char *object_name(const struct rc_build *build, const char *object) {
    return build->awake ? rc_object_in_pair(build, object) : object;
}

static char *key_of(const struct rc_build *build, const struct rc_function *row, size_t *size) {
    const char *file = row->file ? row->file : "", *in = object_name(build, row->object);
    size_t object = strlen(in) + 1, base = strlen(row->name) + 1, rest = strlen(file);
    char *key = malloc(object + base + rest + 1);
    if (!key)
        return NULL;
    memcpy(key, in, object);
    memcpy(key + object, row->name, base);
    memcpy(key + object + base, file, rest + 1);
    *size = object + base + rest;
    return key;
}

static uint32_t function_new(struct rc_report *report, const struct rc_function *row) {
    if (report->n_functions >= RC_NONE ||
        rc_grow((void **)&report->functions, report->n_functions, sizeof *report->functions))
        return RC_NONE;
    report->functions[report->n_functions] = *row;
    return (uint32_t)report->n_functions++;
}

/* The function of that object, name and file: made from `row` when new. */
static uint32_t by_key(struct rc_build *build, const struct rc_function *row) {
    struct name *name = NULL;
    size_t size = 0;
    char *key = key_of(build, row, &size);
    if (!key)
        return RC_NONE;
    HASH_FIND(hh, build->names->by_key, key, size, name);
    if (name) {
        free(key);
        return name->function;
    }
    name = calloc(1, sizeof *name);
    uint32_t function = name ? function_new(build->report, row) : RC_NONE;
    if (function != RC_NONE) {
        name->key = key;
        name->function = function;
        HASH_ADD_KEYPTR(hh, build->names->by_key, name->key, size, name);
        if (name->hh.tbl)
            return function;
    }
    free(key);
    free(name);
    return RC_NONE;
}

int rc_names_seed(struct rc_build *build) {
    for (size_t f = 0; f < build->awake->n_functions; f++) {
        const struct rc_function *from = &build->awake->functions[f];
        struct rc_function row = {.name = from->name,
                                  .object = from->object,
                                  .file = from->file,
                                  .line = from->line,
                                  .hooked = from->hooked,
                                  .inlined_somewhere = from->inlined_somewhere,
                                  .self_ns = from->self_ns};
        uint32_t known = by_key(build, &row);
        if (known == RC_NONE)
            return rc_no_memory(build->err);
        if (known == f)
            continue;
        /* It is not told apart from an earlier one, but keeps its place. */
        row.namesake_in_pair = build->report->functions[known].namesake_in_pair = true;
        if (function_new(build->report, &row) == RC_NONE)
            return rc_no_memory(build->err);
    }
    return 0;
}

/* A clone often has no declaration of its own: then the one function of that name in the object is meant. */
static uint32_t owner_of_clone(const struct rc_build *build, const struct rc_symbol *symbol) {
    uint32_t owner = RC_NONE;
    for (size_t i = 0; i < build->report->n_functions; i++) {
        const struct rc_function *function = &build->report->functions[i];
        if (strcmp(function->name, symbol->base) ||
            strcmp(object_name(build, function->object), object_name(build, symbol->object)))
            continue;
        if (owner != RC_NONE)
            return RC_NONE;
        owner = (uint32_t)i;
    }
    return owner;
}

uint32_t rc_function_of(struct rc_build *build, const struct rc_symbol *symbol) {
    uintptr_t place = (uintptr_t)symbol >> SYMBOL_SHIFT;
    const struct known **recent = &build->names->recent[(place ^ place / RECENT) % RECENT];
    if (*recent && (*recent)->symbol == symbol)
        return (*recent)->function;
    struct known *known = NULL;
    HASH_FIND_PTR(build->names->by_symbol, &symbol, known);
    if (known)
        return (*recent = known)->function;
    uint32_t function = RC_NONE;
    if (!symbol->file && symbol->clone != RC_CLONE_NONE)
        function = owner_of_clone(build, symbol);
    if (function == RC_NONE && build->awake && build->report->profile->plain)
        function = rc_function_of_other_build(build, symbol);
    struct rc_function new_row = {
        .name = symbol->base, .object = symbol->object, .file = symbol->file, .line = symbol->line};
    if (function == RC_NONE)
        function = by_key(build, &new_row);
    known = calloc(1, sizeof *known);
    if (function == RC_NONE || !known) {
        free(known);
        return RC_NONE;
    }
    struct rc_function *row = &build->report->functions[function];
    if (symbol->clone == RC_CLONE_NONE && symbol->line)
        row->line = symbol->line; /* a clone's line may be that of its body */
    known->symbol = symbol;
    known->function = function;
    HASH_ADD_PTR(build->names->by_symbol, symbol, known);
    if (!known->hh.tbl) {
        free(known);
        return RC_NONE;
    }
    return function;
}

static enum rc_clone clone_of(const struct rc_node *node, const struct rc_symbol *symbol) {
    if (symbol->clone != RC_CLONE_NONE)
        return symbol->clone;
    return node->flags & RF_NODE_COROUTINE && !symbol->named ? RC_CLONE_RESUME : RC_CLONE_NONE;
}

/* The runtime knows a clone by its object's first words alone. An object whose first member is its own function, and
 * its second one code as well, looks the same; but a compiler names its clones. */
static bool disproved(const struct rc_node *node, enum rc_clone clone) {
    return node->flags & RF_NODE_COROUTINE && clone == RC_CLONE_NONE;
}

/* Symbols with a declaration first, so that the clones without one find their function. */
static int resolve(struct rc_build *build, struct rc_part *part, bool declared) {
    for (size_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_node *node = &part->process->nodes[n];
        if (declared)
            part->work[n].function = part->work[n].maker = part->resolved->node_function[n] = RC_NONE;
        if (!node->fn || node->flags & (RF_NODE_ROOT | RF_NODE_LOST) || part->work[n].function != RC_NONE)
            continue;
        const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, node->fn);
        if (declared != (symbol->file || symbol->clone == RC_CLONE_NONE)) {
            part->any_undeclared = true;
            continue;
        }
        uint32_t function = rc_function_of(build, symbol);
        if (function == RC_NONE)
            return rc_no_memory(build->err);
        part->work[n].function = part->resolved->node_function[n] = function;
        part->work[n].clone = clone_of(node, symbol);
        part->any_clone |= part->work[n].clone != RC_CLONE_NONE;
        build->report->functions[function].hooked = true;
        build->report->functions[function].inlined_somewhere |= (node->flags & RF_NODE_INLINED) != 0;
        build->report->functions[function].disproved |= disproved(node, part->work[n].clone);
    }
    return 0;
}

int rc_resolve_nodes(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (resolve(build, &build->parts[i], true))
            return -1;
    for (size_t i = 0; i < build->n_parts; i++)
        if (build->parts[i].any_undeclared && resolve(build, &build->parts[i], false))
            return -1;
    return 0;
}
