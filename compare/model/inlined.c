/*
 * Samples in inlined code. A function that has hooks where it stands alone, and none in the copies that were inlined,
 * is seen there by debug information only: the sampler gives it those samples, and the tracer cannot.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"

static const double MATERIAL = 0.01; /* of all samples: below, debug information is not asked, for it takes long */
enum { DEPTH_MOST = 16 };

struct hooked { /* functions with hooks, by name; `function` is RC_NONE where several have it */
    const char *name;
    uint32_t function;
    UT_hash_handle hh;
};

struct names {
    struct hooked *rooms, *by_name;
    bool *copies_hooked; /* by function: the compiler hooked inlined copies as well */
};

static void find_hooked_copies(const struct rc_build *build, struct names *names) {
    for (size_t i = 0; i < build->n_parts; i++)
        for (size_t n = 0; n < build->parts[i].process->n_nodes; n++)
            if (build->parts[i].process->nodes[n].flags & RF_NODE_INLINED &&
                build->parts[i].work[n].function != RC_NONE)
                names->copies_hooked[build->parts[i].work[n].function] = true;
}

static int find_names(const struct rc_build *build, struct names *names) {
    for (uint32_t f = 0; f < build->report->n_functions; f++) {
        const struct rc_function *function = &build->report->functions[f];
        struct hooked *known = NULL;
        if (!function->hooked)
            continue;
        HASH_FIND_STR(names->by_name, function->name, known);
        if (known) {
            known->function = RC_NONE;
            continue;
        }
        known = &names->rooms[f];
        known->name = function->name;
        known->function = f;
        HASH_ADD_KEYPTR(hh, names->by_name, known->name, strlen(known->name), known);
        if (!known->hh.tbl)
            return -1;
    }
    return 0;
}

/* The innermost function inlined there that has hooks of its own, in the same object; RC_NONE: none. Where the copy has
 * hooks as well, the open calls tell, if any came with the sample. */
static uint32_t inlined_at(const struct rc_build *build, const struct names *names, const struct rc_observed *at) {
    const struct rc_part *part = &build->parts[at->part];
    const struct rc_native *native = &part->process->natives[at->native];
    const char *found[DEPTH_MOST];
    size_t n = part->lookup->inlined(part->lookup->context, native->ip - !native->leaf, found, DEPTH_MOST);
    for (size_t i = 0; i < n; i++) {
        struct hooked *known = NULL;
        HASH_FIND_STR(names->by_name, found[i], known);
        if (known && known->function != RC_NONE && known->function != at->function &&
            (!names->copies_hooked[known->function] || part->process->samples[at->sample].path == RC_NONE) &&
            strcmp(build->report->functions[known->function].object, build->report->functions[at->function].object) ==
                0)
            return known->function;
    }
    return RC_NONE;
}

/* @param hooked  the copy has hooks: the tracer's clock has it, too */
static void move(struct rc_build *build, struct rc_observed *at, uint32_t to, bool hooked) {
    struct rc_report *report = build->report;
    const struct rc_part *part = &build->parts[at->part];
    struct rc_function *from = &report->functions[at->function], *function = &report->functions[to];
    from->seen.self--;
    from->seen.self_ns -= rc_whole(at->weight);
    function->seen.self++;
    function->seen.self_ns += rc_whole(at->weight);
    function->seen.inlined += !hooked;
    if (rc_leaf_of_path(part, &part->process->samples[at->sample]) != to) {
        function->seen.total++;
        function->seen.total_ns += at->weight;
        function->witness.inlined_ns += hooked ? 0 : at->weight;
    }
    at->function = to;
    at->inlined = !hooked;
}

int rc_place_inlined(struct rc_build *build) {
    struct rc_report *report = build->report;
    struct names names = {.rooms = calloc(report->n_functions + 1, sizeof *names.rooms),
                          .copies_hooked = calloc(report->n_functions + 1, sizeof *names.copies_hooked)};
    double *share = calloc(report->n_functions + 1, sizeof *share);
    int result = names.rooms && names.copies_hooked && share ? 0 : -1;
    if (result == 0) {
        find_hooked_copies(build, &names);
        result = find_names(build, &names);
    }
    for (size_t i = 0; i < build->n_observed && result == 0; i++)
        share[build->observed[i].function] += 1 / (double)build->n_observed;
    for (size_t i = 0; i < build->n_observed && result == 0 && report->traced; i++) {
        struct rc_observed *at = &build->observed[i];
        if (at->native == RC_NONE || share[at->function] < MATERIAL ||
            build->parts[at->part].resolved->native_function[at->native] != at->function)
            continue;
        uint32_t to = inlined_at(build, &names, at);
        if (to != RC_NONE)
            move(build, at, to, names.copies_hooked[to]);
    }
    HASH_CLEAR(hh, names.by_name);
    free(names.rooms);
    free(names.copies_hooked);
    free(share);
    return result ? rc_no_memory(build->err) : 0;
}
