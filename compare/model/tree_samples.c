/*
 * Which function a sample is of says its native stack, without the tracer (samples.c); which of the function's contexts
 * says the tracer's stack at that moment. Where the native stack names the same caller, the sample is confirmed. A
 * sample that came without the tracer's stack is placed by its native one alone.
 */
#include "compare/model/tree_samples.h"

#include <stdlib.h>

#include "compare/model/claims.h"
#include "compare/model/tree_native.h"

static const double PLACED_LEAST = 0.95; /* of a function's samples, for its rows to be compared */

struct seeing {
    struct rc_build *build;
    struct rc_tree *tree;
    uint64_t *unplaced; /* by function */
    struct rc_native_rows by_native;
};

static uint32_t row_of(const struct rc_row_steps *steps, uint32_t part, uint32_t node) {
    uint32_t at = steps->made[part][node];
    if (at != RC_NONE)
        at = steps->settled[at];
    return at == RC_NONE ? RC_NONE : steps->shown[at];
}

/* The innermost entry of the tracer's stack that is the function's. */
static uint32_t entry_of(const struct rc_part *part, uint32_t path, uint32_t function) {
    while (path != RC_NONE && part->resolved->node_function[part->process->paths[path].node] != function)
        path = part->process->paths[path].caller;
    return path;
}

/* What the tracer has outside of it: the next function that has frames of its own. */
static uint32_t traced_caller(const struct rc_part *part, uint32_t path, uint32_t function) {
    for (path = part->process->paths[path].caller; path != RC_NONE; path = part->process->paths[path].caller) {
        uint32_t node = part->process->paths[path].node, outer = part->resolved->node_function[node];
        if (outer != RC_NONE && outer != function && !(part->process->nodes[node].flags & RF_NODE_INLINED))
            return outer;
    }
    return RC_NONE;
}

/* What the native stack has outside of it, of functions with hooks; RC_NONE also where it is not on that. */
static bool native_caller(const struct rc_build *build, const struct rc_part *part, uint32_t native, uint32_t function,
                          uint32_t *caller) {
    const uint32_t *functions = part->resolved->native_function;
    bool inside = false;
    *caller = RC_NONE;
    for (; native != RC_NONE && *caller == RC_NONE; native = part->process->natives[native].caller) {
        if (!rc_is_awake(build, part, functions[native]))
            continue;
        if (functions[native] == function)
            inside = true;
        else if (inside)
            *caller = functions[native];
    }
    return inside;
}

/* Gives the sample to its row, which becomes what the look is of. */
static void place(struct seeing *s, const struct rc_row_steps *steps, struct rc_look *look) {
    const struct rc_observed *at = &s->build->observed[look->sample];
    const struct rc_part *part = &s->build->parts[at->part];
    const struct rc_sample *sample = &part->process->samples[at->sample];
    uint32_t entry = entry_of(part, sample->path, at->function), caller;
    uint32_t row = entry == RC_NONE ? RC_NONE : row_of(steps, at->part, part->process->paths[entry].node);
    if (sample->path == RC_NONE)
        row = rc_row_by_native(&s->by_native, at->part, sample->native, at->function);
    look->what = row;
    if (row == RC_NONE) {
        s->unplaced[at->function]++;
        s->tree->unplaced++;
        return;
    }
    struct rc_tree_sight *sight = &s->tree->sights[row];
    sight->self++;
    if (entry != RC_NONE && native_caller(s->build, part, sample->native, at->function, &caller))
        sight->confirmed += caller == traced_caller(part, entry, at->function);
}

static bool is_known(const struct seeing *s, uint32_t function) {
    double self = (double)s->build->report->functions[function].seen.self;
    return (double)s->unplaced[function] <= (1 - PLACED_LEAST) * self;
}

/* Physical: the time of slices that were entered elsewhere is divided, and so is what stands below. */
static bool is_divided(const struct rc_tree *tree, const bool *divided, size_t r) {
    const struct rc_tree_row *row = &tree->rows[r];
    bool above = row->parent != RC_NONE && divided[row->parent];
    return tree->kind == RC_TREE_PHYSICAL && (above || row->passed || row->moved);
}

static void claim_rows(const struct seeing *s, struct rc_claim *claims, bool *divided) {
    const struct rc_report *report = s->build->report;
    double tracer_ns = 0;
    for (size_t r = 0; r < s->tree->n && report->timed; r++)
        tracer_ns += (double)s->tree->rows[r].own.running;
    for (size_t r = 0; r < s->tree->n; r++) {
        const struct rc_tree_row *row = &s->tree->rows[r];
        divided[r] = is_divided(s->tree, divided, r);
        claims[r] = (struct rc_claim){.tracer = tracer_ns > 0 ? (double)row->own.running / tracer_ns : 0,
                                      .compared = tracer_ns > 0 && row->function != RC_NONE && !divided[r] &&
                                                  is_known(s, row->function),
                                      .share = &s->tree->sights[r].share,
                                      .verdict = &s->tree->sights[r].verdict};
    }
}

static void sum_up(struct rc_tree *tree) {
    for (size_t r = tree->n; r-- > 0;) {
        tree->sights[r].total += tree->sights[r].self;
        if (tree->rows[r].parent != RC_NONE)
            tree->sights[tree->rows[r].parent].total += tree->sights[r].total;
    }
}

int rc_see_tree(struct rc_build *build, const struct rc_row_steps *steps) {
    struct rc_tree *tree = build->report->tree;
    struct seeing s = {
        .build = build, .tree = tree, .unplaced = calloc(build->report->n_functions + 1, sizeof *s.unplaced)};
    struct rc_look *looks = rc_looks_of(build);
    struct rc_claim *claims = calloc(tree->n + 1, sizeof *claims);
    bool *divided = calloc(tree->n + 1, sizeof *divided);
    tree->sights = calloc(tree->n + 1, sizeof *tree->sights);
    int result = -1;
    bool ready = rc_native_rows_init(&s.by_native, build) == 0;
    if (ready && s.unplaced && looks && claims && divided && tree->sights) {
        for (size_t i = 0; i < build->n_observed; i++)
            place(&s, steps, &looks[i]);
        claim_rows(&s, claims, divided);
        sum_up(tree);
        result = rc_claims_judge(claims, tree->n, looks, build->n_observed);
    }
    rc_native_rows_free(&s.by_native);
    free(s.unplaced);
    free(looks);
    free(claims);
    free(divided);
    return result;
}

void rc_row_steps_free(struct rc_row_steps *steps) {
    for (size_t p = 0; p < steps->n_parts && steps->made; p++)
        free(steps->made[p]);
    free(steps->made);
    free(steps->settled);
    free(steps->shown);
    *steps = (struct rc_row_steps){0};
}
