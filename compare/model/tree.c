/* From contexts to the rows of a tree: what is added to which row. docs/model.md says what the two trees mean. */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/tree_rows.h"
#include "compare/model/tree_samples.h"
#include "compare/model/tree_slices.h"

/* Which roots a function was entered at directly. */
enum { ENTERED_PROCESS = 1, ENTERED_THREAD = 2 };

struct growing {
    const struct rc_build *build;
    struct rc_rows rows;
    unsigned char *entered; /* by function */
    struct rc_row_steps steps;
};

struct machine_time {
    double running, blocked, probes, sampled; /* the last: of running */
};

/*
 * What ran in slices that were entered elsewhere is taken from the callees in proportion, function by function, and
 * given to the contexts that entered those slices, in proportion to how long they were.
 */
struct pool {
    struct machine_time time;
    double passed;
};

/* What is known of one process's contexts besides their rc_work; arrays by node. */
struct standing {
    uint32_t *row; /* RC_NONE: a root, or not found yet */
    uint32_t *up;  /* the context above; path: on the way there */
    uint32_t *path;
    bool *visited;
    struct rc_slices slices;
    double *share; /* physical: of its time, what ran inside its physical callers */
    struct machine_time *beneath;
    struct pool *pools; /* by function */
};

static const char *const place_names[] = {
    [RC_PLACE_FUNCTION] = "",
    [RC_PLACE_PROCESS] = "[process]",
    [RC_PLACE_THREAD] = "[thread]",
    [RC_PLACE_SIGNAL] = "[signal]",
    [RC_PLACE_FIBER] = "[fiber]",
    [RC_PLACE_NO_MAKER] = "[maker not known]",
    [RC_PLACE_NO_AWAITER] = "[awaiter not known]",
    [RC_PLACE_LOST] = "[contexts lost]",
};

const char *rc_tree_row_name(const struct rc_report *report, const struct rc_tree_row *row) {
    return row->function == RC_NONE ? place_names[row->place] : report->functions[row->function].name;
}

static uint32_t root_row(struct growing *tree, enum rc_place place) {
    struct rc_tree_row root = {.function = RC_NONE, .place = place};
    return rc_row_get(&tree->rows, RC_NONE, &root);
}

static uint32_t row_under(struct growing *tree, uint32_t parent, struct rc_tree_row like) {
    return parent == RC_NONE ? RC_NONE : rc_row_get(&tree->rows, parent, &like);
}

static bool at_root(const struct rc_part *part, uint32_t n) {
    uint32_t parent = part->process->nodes[n].parent;
    return parent == RC_NONE || part->work[parent].function == RC_NONE;
}

static void note_entered(struct growing *tree) {
    for (size_t p = 0; p < tree->build->n_parts; p++) {
        const struct rc_part *part = &tree->build->parts[p];
        for (uint32_t n = 0; n < part->process->n_nodes; n++) {
            const struct rc_node *node = &part->process->nodes[n];
            if (part->work[n].function != RC_NONE && node->count && at_root(part, n))
                tree->entered[part->work[n].function] |=
                    rc_is_main_thread(part, node) ? ENTERED_PROCESS : ENTERED_THREAD;
        }
    }
}

/* A path that was never entered on its thread mirrors the one of a thread where some call began that went on here. */
static enum rc_place root_of(const struct growing *tree, const struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    bool main_thread = rc_is_main_thread(part, node);
    if (!node->count && tree->entered[part->work[n].function] == ENTERED_PROCESS)
        main_thread = true;
    else if (!node->count && tree->entered[part->work[n].function] == ENTERED_THREAD)
        main_thread = false;
    return main_thread ? RC_PLACE_PROCESS : RC_PLACE_THREAD;
}

/* ---- the logical tree ---- */

static bool resumes(const struct rc_work *work) {
    return work->clone != RC_CLONE_NONE && (work->clone != RC_CLONE_DESTROY || work->member);
}

/* Where a coroutine's frame was made: in its ramp, whichever allocator that called, or where the ramp was inlined. */
static uint32_t maker_of(const struct rc_part *part, uint32_t n) {
    uint32_t maker = rc_named_above(part, part->work[n].maker);
    for (uint32_t at = maker; at != RC_NONE; at = part->process->nodes[at].parent)
        if (part->work[at].function == part->work[n].function)
            return part->work[at].clone == RC_CLONE_NONE ? at : maker;
    return maker;
}

/* The context on or under whose row a context stands; RC_NONE: at a root. */
static uint32_t logically_above(const struct growing *tree, const struct rc_part *part, uint32_t n) {
    const struct rc_work *work = &part->work[n];
    if (resumes(work))
        return maker_of(part, n);
    if (part->process->nodes[n].flags & RF_NODE_SIGNAL || rc_unhooked_body(tree->build, part, n) != RC_NONE)
        return RC_NONE;
    return rc_logical_parent(part, n);
}

static uint32_t unknown_row(struct growing *tree, uint32_t function) {
    struct rc_tree_row like = {.function = function};
    return rc_row_unknown(&tree->rows, &like);
}

/* `up` is the context above, whose row is known. */
static uint32_t logical_row(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n,
                            uint32_t up) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    struct rc_tree_row like = {.function = work->function, .fiber = node->flags & RF_NODE_FIBER};
    if (resumes(work)) {
        if (work->maker == RC_NONE)
            return unknown_row(tree, work->function);
        if (up != RC_NONE && part->work[up].function == work->function &&
            (work->member || part->work[up].clone == RC_CLONE_NONE))
            return at->row[up];
    } else if (work->clone == RC_CLONE_DESTROY) {
        like.clone = RC_CLONE_DESTROY; /* nothing is resumed: who destroys a call is who runs its destructors */
    }
    if (up != RC_NONE)
        return row_under(tree, at->row[up], like);
    if (node->flags & RF_NODE_SIGNAL)
        return row_under(tree, root_row(tree, RC_PLACE_SIGNAL), like);
    uint32_t body = rc_unhooked_body(tree->build, part, n);
    if (body != RC_NONE)
        return row_under(tree, unknown_row(tree, body), like);
    enum rc_place place = like.fiber ? RC_PLACE_NO_MAKER : work->signal ? RC_PLACE_SIGNAL : root_of(tree, part, n);
    return row_under(tree, root_row(tree, place), like);
}

static void take_own_time(struct rc_tree_row *row, const struct rc_work *work, double share) {
    uint64_t running = rc_whole((work->self - work->self_blocked - work->self_probes) * share);
    row->own.running += running;
    row->own.blocked += rc_whole(work->self_blocked * share);
    row->own.probes += rc_whole(work->self_probes * share);
    row->own.total = row->own.running + row->own.blocked + row->own.probes;
    row->own_sampled_ns += work->sampled ? running : 0;
    row->estimated_ns += rc_whole(work->estimated * share);
}

/* An entry stands on its call's row: it is taken from the context it was made in and given to the one it belongs to. */
static void add_logical(struct growing *tree, const struct rc_part *part, struct standing *at, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    const struct rc_extra *extra = rc_extra_of(part, n);
    struct rc_tree_row *row = &tree->rows.items[at->row[n]];
    uint64_t gone = at->slices.out[n], come = at->slices.in[n];
    row->entries += rc_the_rest(node->count, rc_the_more(gone, extra->moved_out)) + rc_the_more(come, extra->moved_in);
    row->calls += work->calls;
    uint64_t resumed = rc_the_rest(come, extra->moved_in), began = rc_slices_begun(&at->slices, part, n, resumed);
    row->resumes += rc_the_rest(work->resumes, rc_the_rest(gone, extra->moved_out)) + resumed - began;
    row->internal += work->internal - rc_slices_started(&at->slices, part, n) + began;
    if (work->function != RC_NONE && !rc_is_doubted(&tree->build->report->functions[work->function]))
        row->idle += extra->idle;
    row->linked += extra->moved_in;
    row->time.awaiting += rc_whole(work->awaiting);
    row->time.queued += rc_whole(work->queued);
    take_own_time(row, work, 1);
}

/* ---- the physical tree ---- */

static uint32_t physical_row(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n,
                             uint32_t up) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    struct rc_tree_row like = {.function = work->function, .clone = (uint8_t)work->clone};
    if (node->flags & RF_NODE_SIGNAL)
        return row_under(tree, root_row(tree, RC_PLACE_SIGNAL), like);
    if (node->flags & RF_NODE_FIBER)
        return row_under(tree, root_row(tree, RC_PLACE_FIBER), like);
    if (up != RC_NONE)
        return row_under(tree, at->row[up], like);
    bool main_thread = rc_is_main_thread(part, node);
    enum rc_place place = work->signal ? RC_PLACE_SIGNAL : main_thread ? RC_PLACE_PROCESS : RC_PLACE_THREAD;
    return row_under(tree, root_row(tree, place), like);
}

static void add_scaled(struct machine_time *to, const struct machine_time *from, double share) {
    to->running += from->running * share;
    to->blocked += from->blocked * share;
    to->probes += from->probes * share;
    to->sampled += from->sampled * share;
}

/* The part of a context's time that stands below its parent; all of it where nobody would be given the rest. */
static double stays(const struct rc_part *part, const struct standing *at, uint32_t n) {
    const struct rc_work *work = &part->work[n];
    bool passed = work->function != RC_NONE && at->pools[work->function].passed > 0;
    return passed && work->resumed > 0 ? rc_inside_parent(work) : 1;
}

static void fill_pools(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE)
            at->pools[part->work[n].function].passed += part->work[n].passed;
    for (uint32_t n = (uint32_t)part->process->n_nodes; n-- > 0;) {
        const struct rc_work *work = &part->work[n];
        double running = work->self - work->self_blocked - work->self_probes;
        struct machine_time own = {running, work->self_blocked, work->self_probes, work->sampled ? running : 0};
        add_scaled(&at->beneath[n], &own, 1);
        if (work->nested)
            add_scaled(&at->beneath[part->process->nodes[n].parent], &at->beneath[n], stays(part, at, n));
        if (work->function != RC_NONE)
            add_scaled(&at->pools[work->function].time, &at->beneath[n], 1 - stays(part, at, n));
    }
}

static void find_shares(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        double above = part->work[n].nested ? at->share[part->process->nodes[n].parent] : 1;
        at->share[n] = above * stays(part, at, n);
    }
}

/* All of it, wherever the slices' context was entered itself: no pool holds what was passed on. */
static void add_passed(struct rc_tree_row *row, const struct rc_work *work, const struct pool *pool) {
    double part = pool->passed > 0 ? work->passed / pool->passed : 0;
    struct rc_time slices = {.running = rc_whole(pool->time.running * part),
                             .blocked = rc_whole(pool->time.blocked * part),
                             .probes = rc_whole(pool->time.probes * part)};
    slices.total = slices.running + slices.blocked + slices.probes;
    row->own.running += slices.running;
    row->own.blocked += slices.blocked;
    row->own.probes += slices.probes;
    row->own.total += slices.total;
    row->passed_ns += slices.total;
    row->own_sampled_ns += rc_whole(pool->time.sampled * part);
}

static void add_physical(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    const struct rc_extra *extra = rc_extra_of(part, n);
    struct rc_tree_row *row = &tree->rows.items[at->row[n]];
    row->entries += node->count;
    row->calls += work->calls;
    row->resumes += work->resumes;
    row->internal += work->internal;
    row->passed += extra->passed + work->open_passed;
    row->moved += extra->resumed;
    take_own_time(row, work, at->share[n]);
    if (work->function != RC_NONE)
        add_passed(row, work, &at->pools[work->function]);
}

/* ---- both ---- */

static bool has_row(const struct rc_part *part, uint32_t n) {
    return part->work[n].function != RC_NONE || part->process->nodes[n].flags & RF_NODE_LOST;
}

/* Another call site of a context. One that tells its caller stands for itself: two sites may be in different code. */
static bool stands_at_home(const struct rc_part *part, uint32_t n, bool logical) {
    return part->process->nodes[n].home != n && (!logical || part->work[n].clone != RC_CLONE_NONE);
}

static uint32_t above(const struct growing *tree, const struct rc_part *part, uint32_t n, bool logical) {
    const struct rc_node *node = &part->process->nodes[n];
    if (stands_at_home(part, n, logical))
        return node->home;
    if (part->work[n].function == RC_NONE)
        return RC_NONE;
    if (logical)
        return logically_above(tree, part, n);
    return node->flags & (RF_NODE_SIGNAL | RF_NODE_FIBER) || at_root(part, n) ? RC_NONE : node->parent;
}

static uint32_t make_row(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n,
                         uint32_t up, bool logical) {
    bool at_home = stands_at_home(part, n, logical);
    if (at_home && up != RC_NONE)
        return at->row[up];
    if (part->work[n].function == RC_NONE)
        return root_row(tree, RC_PLACE_LOST);
    if (at_home) /* a damaged file's: no function's context is its home */
        return unknown_row(tree, part->work[n].function);
    return logical ? logical_row(tree, part, at, n, up) : physical_row(tree, part, at, n, up);
}

/*
 * A coroutine may have been made in a context that stands behind the one it was resumed in: what is above comes first.
 * Where that leads back to where it came from, nothing is above. 0, or -1: no memory.
 */
static int find_row(struct growing *tree, const struct rc_part *part, struct standing *at, uint32_t n, bool logical) {
    size_t length = 0;
    for (uint32_t on = n; on != RC_NONE && has_row(part, on) && !at->visited[on]; on = at->up[on]) {
        at->visited[on] = true;
        at->up[on] = above(tree, part, on, logical);
        at->path[length++] = on;
    }
    while (length) {
        uint32_t on = at->path[--length], up = at->up[on];
        at->row[on] = make_row(tree, part, at, on, up != RC_NONE && at->row[up] != RC_NONE ? up : RC_NONE, logical);
        if (at->row[on] == RC_NONE)
            return -1;
    }
    return 0;
}

static int add_part(struct growing *tree, const struct rc_part *part, struct standing *at, bool logical) {
    uint32_t n_nodes = (uint32_t)part->process->n_nodes;
    if (logical && rc_slices_find(&at->slices, part, tree->build->report))
        return -1;
    if (!logical) {
        fill_pools(part, at);
        find_shares(part, at);
    }
    for (uint32_t n = 0; n < n_nodes; n++)
        at->row[n] = RC_NONE;
    for (uint32_t n = 0; n < n_nodes; n++)
        if (find_row(tree, part, at, n, logical))
            return -1;
    for (uint32_t n = 0; n < n_nodes && tree->rows.items; n++) {
        if (at->row[n] == RC_NONE)
            continue;
        if (logical)
            add_logical(tree, part, at, n);
        else
            add_physical(tree, part, at, n);
    }
    return 0;
}

static void standing_free(struct standing *at) {
    free(at->up);
    free(at->path);
    free(at->visited);
    rc_slices_free(&at->slices);
    free(at->share);
    free(at->beneath);
    free(at->pools);
}

static int grow_part(struct growing *tree, size_t p, bool logical) {
    const struct rc_part *part = &tree->build->parts[p];
    size_t nodes = part->process->n_nodes + 1, functions = tree->build->report->n_functions + 1;
    struct standing at = {.row = calloc(nodes, sizeof *at.row),
                          .up = calloc(nodes, sizeof *at.up),
                          .path = calloc(nodes, sizeof *at.path),
                          .visited = calloc(nodes, sizeof *at.visited),
                          .share = calloc(nodes, sizeof *at.share),
                          .beneath = calloc(nodes, sizeof *at.beneath),
                          .pools = calloc(functions, sizeof *at.pools)};
    bool room = at.row && at.up && at.path && at.visited && at.share && at.beneath && at.pools;
    int result = room ? add_part(tree, part, &at, logical) : -1;
    tree->steps.made[p] = at.row;
    standing_free(&at);
    return result;
}

/* Entries that left their context and reached no other before their process was killed. */
static int add_cut_off(struct growing *tree) {
    const struct rc_report *report = tree->build->report;
    for (uint32_t f = 0; f < report->n_functions; f++) {
        if (report->functions[f].cut_off == 0)
            continue;
        uint32_t row = unknown_row(tree, f);
        if (row == RC_NONE)
            return -1;
        tree->rows.items[row].calls += report->functions[f].cut_off;
        tree->rows.items[row].entries += report->functions[f].cut_off;
    }
    return 0;
}

static int grow(struct growing *tree, bool logical) {
    note_entered(tree);
    for (size_t p = 0; p < tree->build->n_parts; p++)
        if (grow_part(tree, p, logical))
            return -1;
    return logical ? add_cut_off(tree) : 0;
}

/* What is left to do has the contexts' functions from elsewhere, and a tree is big enough. */
static void drop_work(struct rc_build *build) {
    for (size_t p = 0; p < build->n_parts; p++) {
        free(build->parts[p].work);
        build->parts[p].work = NULL;
    }
}

int rc_build_tree(struct rc_build *build, enum rc_tree_kind kind) {
    struct rc_report *report = build->report;
    struct growing tree = {
        .build = build,
        .entered = calloc(report->n_functions + 1, 1),
        .steps = {.made = calloc(build->n_parts + 1, sizeof *tree.steps.made), .n_parts = build->n_parts}};
    struct rc_rows settled = {0};
    bool logical = kind == RC_TREE_LOGICAL;
    report->tree = calloc(1, sizeof *report->tree);
    int result = report->tree && tree.entered && tree.steps.made ? grow(&tree, logical) : -1;
    drop_work(build);
    if (result == 0)
        result = rc_rows_settle(&settled, &tree.rows, report, logical, &tree.steps.settled);
    if (result == 0) {
        report->tree->kind = kind;
        result = rc_rows_order(report->tree, &settled, report, &tree.steps.shown);
    }
    rc_rows_free(&settled);
    if (result == 0)
        result = rc_see_tree(build, &tree.steps);
    rc_rows_free(&tree.rows);
    free(tree.entered);
    rc_row_steps_free(&tree.steps);
    return result ? rc_no_memory(build->err) : 0;
}
