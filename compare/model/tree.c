/* From contexts to the rows of a tree: what is added to which row. docs/model.md says what the two trees mean. */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/tree_rows.h"

/* Which roots a function was entered at directly. */
enum { ENTERED_PROCESS = 1, ENTERED_THREAD = 2 };

struct growing {
    const struct rc_build *build;
    struct rc_rows rows;
    unsigned char *entered; /* by function */
};

struct machine_time {
    double running, blocked, probes;
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
    uint32_t *row;
    uint64_t *in, *out; /* slices: of calls of this context, entered elsewhere; entered here and belonging to another */
    double *share;      /* physical: of its time, what ran inside its physical callers */
    struct machine_time *beneath;
    uint64_t *excess;   /* by function: slices that were booked on the wrong one of its contexts */
    uint64_t *started;  /* by function: slices entered elsewhere that no resume entered: gcc's ramp did */
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

static uint64_t the_rest(uint64_t whole, uint64_t part) {
    return whole > part ? whole - part : 0;
}

static uint64_t the_more(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Every open slice that was entered elsewhere has its entry there; one that a fork left behind has none. */
static void pair_open_slices(const struct rc_part *part, struct standing *at) {
    const struct rc_process *process = part->process;
    for (size_t s = 0; s < process->n_stacks; s++) {
        for (size_t f = 0; f < process->stacks[s].n_frames; f++) {
            const struct rc_frame *frame = &process->stacks[s].frames[f];
            const struct rc_call *call = rc_call_of(part, frame->call);
            if (!rc_is_passed(frame, call) || process->nodes[call->physical].count <= at->out[call->physical])
                continue;
            at->out[call->physical]++;
            at->in[frame->node]++;
        }
    }
}

/*
 * Where a coroutine's frame was freed and taken again inside its own slice, the slice was booked on the context that
 * entered the later call: more than its entries. As many entries of the function's other contexts have gone instead.
 */
static void spread_excess(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        uint64_t more = the_rest(at->out[n], part->process->nodes[n].count);
        at->out[n] -= more;
        if (part->work[n].function != RC_NONE)
            at->excess[part->work[n].function] += more;
    }
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        if (part->work[n].function == RC_NONE || !at->out[n])
            continue;
        uint64_t *left = &at->excess[part->work[n].function], room = part->process->nodes[n].count - at->out[n];
        uint64_t takes = room < *left ? room : *left;
        at->out[n] += takes;
        *left -= takes;
    }
}

static uint64_t started_at(const struct rc_part *part, const struct standing *at, uint32_t n) {
    uint64_t passed = the_rest(at->out[n], rc_extra_of(part, n)->moved_out);
    uint64_t others = the_rest(passed, part->work[n].resumes), internal = part->work[n].internal;
    return others < internal ? others : internal;
}

static void pair_slices(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        at->in[n] = rc_extra_of(part, n)->resumed;
        at->out[n] = rc_extra_of(part, n)->passed;
    }
    pair_open_slices(part, at);
    spread_excess(part, at);
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE)
            at->started[part->work[n].function] += started_at(part, at, n);
}

static uint32_t logical_row(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    struct rc_tree_row like = {.function = work->function, .fiber = node->flags & RF_NODE_FIBER};
    if (work->clone == RC_CLONE_DESTROY)
        like.clone = RC_CLONE_DESTROY; /* nothing is resumed: who destroys a call is who runs its destructors */
    else if (work->clone != RC_CLONE_NONE)
        return row_under(tree, root_row(tree, RC_PLACE_NO_AWAITER), like);
    if (node->flags & RF_NODE_SIGNAL)
        return row_under(tree, root_row(tree, RC_PLACE_SIGNAL), like);
    uint32_t up = rc_logical_parent(tree->build, part, n);
    if (up != RC_NONE)
        return row_under(tree, at->row[up], like);
    enum rc_place place = like.fiber ? RC_PLACE_NO_MAKER : work->signal ? RC_PLACE_SIGNAL : root_of(tree, part, n);
    return row_under(tree, root_row(tree, place), like);
}

static void take_own_time(struct rc_tree_row *row, const struct rc_work *work, double share) {
    row->own.running += rc_whole((work->self - work->self_blocked - work->self_probes) * share);
    row->own.blocked += rc_whole(work->self_blocked * share);
    row->own.probes += rc_whole(work->self_probes * share);
    row->own.total = row->own.running + row->own.blocked + row->own.probes;
}

/* How many of the slices entered elsewhere were the first ones of their calls, and no resumes. */
static uint64_t starts_of(const struct standing *at, const struct rc_work *work, const struct rc_extra *extra,
                          uint64_t slices) {
    uint64_t most = extra->begins && extra->begins < slices ? extra->begins : slices;
    uint64_t *left = work->function == RC_NONE ? NULL : &at->started[work->function];
    uint64_t takes = !left ? 0 : *left < most ? *left : most;
    if (left)
        *left -= takes;
    return takes;
}

/* An entry stands on its call's row: it is taken from the context it was made in and given to the one it belongs to. */
static void add_logical(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    const struct rc_extra *extra = rc_extra_of(part, n);
    struct rc_tree_row *row = &tree->rows.items[at->row[n]];
    uint64_t gone = at->out[n], come = at->in[n];
    row->entries += the_rest(node->count, the_more(gone, extra->moved_out)) + the_more(come, extra->moved_in);
    row->calls += work->calls;
    uint64_t resumed = the_rest(come, extra->moved_in), began = starts_of(at, work, extra, resumed);
    row->resumes += the_rest(work->resumes, the_rest(gone, extra->moved_out)) + resumed - began;
    row->internal += work->internal - started_at(part, at, n) + began;
    row->idle += extra->idle;
    row->linked += extra->moved_in;
    row->time.awaiting += rc_whole(work->awaiting);
    row->time.queued += rc_whole(work->queued);
    take_own_time(row, work, 1);
}

/* ---- the physical tree ---- */

static uint32_t physical_row(struct growing *tree, const struct rc_part *part, const struct standing *at, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    struct rc_tree_row like = {.function = work->function, .clone = (uint8_t)work->clone};
    if (node->flags & RF_NODE_SIGNAL)
        return row_under(tree, root_row(tree, RC_PLACE_SIGNAL), like);
    if (node->flags & RF_NODE_FIBER)
        return row_under(tree, root_row(tree, RC_PLACE_FIBER), like);
    if (!at_root(part, n))
        return row_under(tree, at->row[node->parent], like);
    bool main_thread = rc_is_main_thread(part, node);
    enum rc_place place = work->signal ? RC_PLACE_SIGNAL : main_thread ? RC_PLACE_PROCESS : RC_PLACE_THREAD;
    return row_under(tree, root_row(tree, place), like);
}

static void add_scaled(struct machine_time *to, const struct machine_time *from, double share) {
    to->running += from->running * share;
    to->blocked += from->blocked * share;
    to->probes += from->probes * share;
}

static void fill_pools(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = (uint32_t)part->process->n_nodes; n-- > 0;) {
        const struct rc_work *work = &part->work[n];
        struct machine_time own = {work->self - work->self_blocked - work->self_probes, work->self_blocked,
                                   work->self_probes};
        add_scaled(&at->beneath[n], &own, 1);
        if (work->nested)
            add_scaled(&at->beneath[part->process->nodes[n].parent], &at->beneath[n], rc_inside_parent(work));
        if (work->function == RC_NONE)
            continue;
        if (work->resumed > 0)
            add_scaled(&at->pools[work->function].time, &at->beneath[n], 1 - rc_inside_parent(work));
        at->pools[work->function].passed += work->passed;
    }
}

static void find_shares(const struct rc_part *part, struct standing *at) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        double above = part->work[n].nested ? at->share[part->process->nodes[n].parent] : 1;
        at->share[n] = above * (part->work[n].resumed > 0 ? rc_inside_parent(&part->work[n]) : 1);
    }
}

static void add_passed(struct rc_tree_row *row, const struct rc_work *work, const struct pool *pool, double share) {
    double part = pool->passed > 0 ? work->passed / pool->passed * share : 0;
    struct rc_time slices = {.running = rc_whole(pool->time.running * part),
                             .blocked = rc_whole(pool->time.blocked * part),
                             .probes = rc_whole(pool->time.probes * part)};
    slices.total = slices.running + slices.blocked + slices.probes;
    row->own.running += slices.running;
    row->own.blocked += slices.blocked;
    row->own.probes += slices.probes;
    row->own.total += slices.total;
    row->passed_ns += slices.total;
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
        add_passed(row, work, &at->pools[work->function], work->nested ? at->share[part->process->nodes[n].parent] : 1);
}

/* ---- both ---- */

/* Another call site of a context. One that tells its caller stands for itself: where exits were lost, two may differ.
 */
static bool stands_at_home(const struct rc_part *part, uint32_t n, bool logical) {
    return part->process->nodes[n].home != n && (!logical || part->work[n].clone != RC_CLONE_NONE);
}

/* RC_NONE only for the roots themselves. 0, or -1: no memory. */
static int find_row(struct growing *tree, const struct rc_part *part, struct standing *at, uint32_t n, bool logical) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_work *work = &part->work[n];
    at->row[n] = RC_NONE;
    if (stands_at_home(part, n, logical))
        at->row[n] = at->row[node->home];
    else if (work->function == RC_NONE && !(node->flags & RF_NODE_LOST))
        return 0;
    else if (work->function == RC_NONE)
        at->row[n] = root_row(tree, RC_PLACE_LOST);
    else if (logical && work->member)
        at->row[n] = at->row[node->parent];
    else
        at->row[n] = logical ? logical_row(tree, part, at, n) : physical_row(tree, part, at, n);
    return at->row[n] == RC_NONE ? -1 : 0;
}

static int add_part(struct growing *tree, const struct rc_part *part, struct standing *at, bool logical) {
    uint32_t n_nodes = (uint32_t)part->process->n_nodes;
    if (logical) {
        pair_slices(part, at);
    } else {
        fill_pools(part, at);
        find_shares(part, at);
    }
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
    free(at->row);
    free(at->in);
    free(at->out);
    free(at->share);
    free(at->beneath);
    free(at->excess);
    free(at->started);
    free(at->pools);
}

static int grow_part(struct growing *tree, const struct rc_part *part, bool logical) {
    size_t nodes = part->process->n_nodes + 1, functions = tree->build->report->n_functions + 1;
    struct standing at = {.row = calloc(nodes, sizeof *at.row),
                          .in = calloc(nodes, sizeof *at.in),
                          .out = calloc(nodes, sizeof *at.out),
                          .share = calloc(nodes, sizeof *at.share),
                          .beneath = calloc(nodes, sizeof *at.beneath),
                          .excess = calloc(functions, sizeof *at.excess),
                          .started = calloc(functions, sizeof *at.started),
                          .pools = calloc(functions, sizeof *at.pools)};
    bool room = at.row && at.in && at.out && at.share && at.beneath && at.excess && at.started && at.pools;
    int result = room ? add_part(tree, part, &at, logical) : -1;
    standing_free(&at);
    return result;
}

/* Entries that left their context and reached no other before their process was killed. */
static int add_cut_off(struct growing *tree) {
    const struct rc_report *report = tree->build->report;
    for (uint32_t f = 0; f < report->n_functions; f++) {
        if (report->functions[f].moved <= 0)
            continue;
        struct rc_tree_row like = {.function = f};
        uint32_t row = row_under(tree, root_row(tree, RC_PLACE_NO_AWAITER), like);
        if (row == RC_NONE)
            return -1;
        tree->rows.items[row].calls += (uint64_t)report->functions[f].moved;
        tree->rows.items[row].entries += (uint64_t)report->functions[f].moved;
    }
    return 0;
}

static int grow(struct growing *tree, bool logical) {
    note_entered(tree);
    for (size_t p = 0; p < tree->build->n_parts; p++)
        if (grow_part(tree, &tree->build->parts[p], logical))
            return -1;
    return logical ? add_cut_off(tree) : 0;
}

int rc_build_tree(struct rc_build *build, enum rc_tree_kind kind) {
    struct rc_report *report = build->report;
    struct growing tree = {.build = build, .entered = calloc(report->n_functions + 1, 1)};
    struct rc_rows settled = {0};
    bool logical = kind == RC_TREE_LOGICAL;
    report->tree = calloc(1, sizeof *report->tree);
    int result = report->tree && tree.entered ? grow(&tree, logical) : -1;
    if (result == 0)
        result = rc_rows_settle(&settled, &tree.rows, report, logical);
    if (result == 0) {
        report->tree->kind = kind;
        result = rc_rows_order(report->tree, &settled, report);
    }
    rc_rows_free(&settled);
    rc_rows_free(&tree.rows);
    free(tree.entered);
    return result ? rc_no_memory(build->err) : 0;
}
