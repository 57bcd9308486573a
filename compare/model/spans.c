/*
 * The own time of short calls. Two time stamps cost more than such a call lasts, and how much of that lies between them
 * depends on the code around: by how much the clock is wrong is not known better than by half of it. Samples have no
 * such error, only that of chance. So where a context's calls are so many and so short that chance is the smaller
 * error, its own time comes from the samples.
 *
 * A span is a context that the clock knows, with the contexts below it that the samples know better. Its own time,
 * theirs included, is what the clock says: only how it is divided among their code and the hooks is what the samples
 * say. So nothing is added or lost, and how many samples there were, or lost ones, does not matter.
 *
 * A processor works ahead: part of what a short function computes is computed while its hooks are carried out, and the
 * sample finds those. What of the samples in its hooks is its own work cannot be seen (docs/model.md, "Short calls"):
 * RC_HIDDEN lies between what was measured of the two kinds of code, and the report states the ends of what is possible
 * as well.
 */
#include "compare/model/spans_study.h"

#include <math.h>
#include <stdlib.h>

static const double SAMPLES_LEAST = 10; /* of a span: with fewer nothing is divided */
static const double PLACED_LEAST = 0.95, COVERED_LEAST = 0.8, COVERED_MOST = 1.25; /* of a thread's CPU time */

static uint32_t home_of(const struct rc_spans *study, uint32_t n) {
    return study->part->process->nodes[n].home;
}

/* Its time, or part of it, is scaled up from random calls; async slices are timed, each of them. */
static bool is_scaled(const struct rc_spans *study, uint32_t n) {
    const struct rc_work *work = &study->part->work[n];
    return study->brief[n] > 0 && work->nested && work->resumed <= 0 && work->passed <= 0;
}

static int by_parent(const void *left, const void *right) {
    const struct child *a = left, *b = right;
    if (a->parent != b->parent)
        return (a->parent > b->parent) - (a->parent < b->parent);
    return (a->function > b->function) - (a->function < b->function);
}

static void count_brief(struct rc_spans *study) {
    const struct rc_process *process = study->part->process;
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        const struct rc_node *node = &process->nodes[n];
        if (node->timed && node->count > node->long_count)
            study->brief[node->home] += (double)(node->count - node->long_count);
    }
}

static void list_children(struct rc_spans *study) {
    const struct rc_process *process = study->part->process;
    for (uint32_t n = 0; n < process->n_nodes; n++)
        if (process->nodes[n].home == n && is_scaled(study, n))
            study->children[study->n_children++] =
                (struct child){process->nodes[n].parent, study->part->work[n].function, n};
    qsort(study->children, study->n_children, sizeof *study->children, by_parent);
}

/*
 * The context whose code or hooks a sample met: the innermost open call's; or, before its entry hook and behind its
 * exit hook, that of a function which this calls, and which the native stack names.
 */
static uint32_t context_of(const struct rc_spans *study, uint32_t leaf, uint32_t function) {
    struct child wanted = {.parent = leaf, .function = function};
    const struct child *found = NULL;
    if (function != RC_NONE && study->part->resolved->node_function[leaf] != function)
        found = bsearch(&wanted, study->children, study->n_children, sizeof *study->children, by_parent);
    return found ? found->node : leaf;
}

static void count(struct ticks *ticks, const struct rc_sample *sample) {
    if (!ticks)
        return;
    ticks->all += sample->period_ns;
    ticks->placed += sample->path == RC_NONE ? 0 : sample->period_ns;
}

static void place_samples(struct rc_spans *study, const struct rc_placed *placed, size_t n) {
    const struct rc_sample *samples = study->part->process->samples;
    double sum = 0, squares = 0, taken = (double)study->part->process->samples_taken;
    for (size_t i = 0; i < n; i++) {
        const struct rc_sample *sample = &samples[placed[i].sample];
        sum += sample->period_ns;
        squares += (double)sample->period_ns * sample->period_ns;
        uint32_t thread = sample->thread < study->part->process->n_threads ? sample->thread : RC_NONE;
        uint32_t function = placed[i].function;
        if (sample->path != RC_NONE)
            function = rc_leaf_of_path(study->part, sample);
        count(thread == RC_NONE ? NULL : &study->threads[thread], sample);
        count(function == RC_NONE ? NULL : &study->functions[function], sample);
        if (sample->path == RC_NONE)
            continue;
        uint32_t leaf = home_of(study, study->part->process->paths[sample->path].node);
        struct seen *seen = &study->seen[context_of(study, leaf, placed[i].function)];
        study->seen[leaf].innermost += sample->period_ns;
        if (placed[i].in_probe)
            seen->hooks += sample->period_ns;
        else
            seen->code += sample->period_ns;
    }
    study->thinned = n ? fmax(1, taken / (double)n) : 1; /* a full reservoir: one that was kept stands for several */
    study->grain = sum > 0 ? squares / sum : 0;
    study->period = n ? sum / (double)n * study->thinned : 0;
}

/* The samples' error is the smaller one. */
static bool samples_know_better(const struct rc_spans *study, uint32_t n) {
    double seen = fmax((study->seen[n].code + study->seen[n].hooks) * study->thinned, study->period);
    double clock_error = study->brief[n] * (double)study->part->process->probe_inside_ps / 2000;
    return study->period > 0 && clock_error * clock_error > seen * study->period;
}

/* Parents come before their children. */
static void find_roots(struct rc_spans *study) {
    const struct rc_process *process = study->part->process;
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        study->seen[n].place = RC_NONE;
        if (process->nodes[n].home != n || !is_scaled(study, n) || !samples_know_better(study, n))
            continue;
        uint32_t parent = process->nodes[n].parent;
        if (study->seen[parent].place == RC_NONE)
            study->seen[parent].place = parent;
        study->seen[n].place = study->seen[parent].place;
    }
}

static int find_spans(struct rc_spans *study) {
    size_t n_nodes = study->part->process->n_nodes, n_members = 0, n_spans = 0;
    find_roots(study);
    for (uint32_t n = 0; n < n_nodes; n++) {
        n_members += study->seen[n].place != RC_NONE;
        n_spans += study->seen[n].place == n;
    }
    study->members = calloc(n_members + 1, sizeof *study->members);
    study->spans = calloc(n_spans + 1, sizeof *study->spans);
    if (!study->members || !study->spans)
        return -1;
    study->n_spans = n_spans;
    n_spans = 0;
    for (uint32_t n = 0; n < n_nodes; n++) {
        uint32_t root = study->seen[n].place;
        if (root == RC_NONE)
            continue;
        if (root == n)
            study->spans[n_spans].root = n;
        uint32_t span = root == n ? (uint32_t)n_spans++ : study->members[study->seen[root].place].span;
        study->seen[n].place = (uint32_t)study->n_members;
        study->members[study->n_members++] = (struct member){.node = n, .span = span};
    }
    return 0;
}

/* What of its hooks' samples is its own work. */
static double hidden_in(const struct rc_spans *study, uint32_t n) {
    uint32_t place = study->seen[n].place;
    bool inner = place != RC_NONE && !rc_is_root(study, &study->members[place]);
    return inner ? RC_HIDDEN * study->seen[n].hooks : 0;
}

/* What the samples give to each context of a span: its own code, and its children's hooks. */
static void weigh(struct rc_spans *study) {
    const struct rc_process *process = study->part->process;
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        if (study->seen[n].hooks <= 0 || !study->part->work[n].nested)
            continue;
        uint32_t parent = study->seen[process->nodes[n].parent].place;
        if (parent != RC_NONE)
            study->members[parent].probes += study->seen[n].hooks - hidden_in(study, n);
    }
    for (size_t i = 0; i < study->n_members; i++) {
        struct member *member = &study->members[i];
        member->base = study->seen[member->node].code + hidden_in(study, member->node);
        study->spans[member->span].sampled += member->base + member->probes;
    }
}

static void sum_spans(struct rc_spans *study) {
    for (size_t i = 0; i < study->n_members; i++)
        study->spans[study->members[i].span].running = study->spans[study->members[i].span].scale =
            study->members[i].change = 0;
    for (size_t i = 0; i < study->n_members; i++) {
        const struct rc_work *work = &study->part->work[study->members[i].node];
        study->spans[study->members[i].span].running += work->self - work->self_blocked;
    }
}

static void divide_one(struct rc_spans *study, struct member *member, double scale) {
    struct rc_work *work = &study->part->work[member->node];
    double before = work->self;
    work->self_probes = scale * member->probes;
    work->self = work->self_blocked + scale * member->base + work->self_probes;
    member->change += work->self - before;
}

/* Bottom up: a member's wall time is what now stands in it; what it gained the others of its span have lost. */
static void settle_walls(struct rc_spans *study) {
    for (size_t i = study->n_members; i-- > 0;) {
        const struct member *member = &study->members[i];
        struct rc_work *work = &study->part->work[member->node];
        if (rc_is_root(study, member))
            continue;
        work->wall += member->change;
        work->estimated = fmax(0, work->estimated + member->change);
        rc_member_of(study, study->part->process->nodes[member->node].parent)->change += member->change;
    }
}

void rc_spans_divide(struct rc_spans *study) {
    sum_spans(study);
    for (size_t i = 0; i < study->n_members; i++) {
        struct span *span = &study->spans[study->members[i].span];
        if (span->running <= 0 || span->sampled * study->thinned < SAMPLES_LEAST * study->period)
            continue;
        span->scale = span->running / span->sampled;
        divide_one(study, &study->members[i], span->scale);
    }
    settle_walls(study);
}

/* While it was the innermost open call, which is what the clock's own time is. Samples inside the kernel come without a
 * context: a function's are taken to lie where its others do. */
static double sampled_in(const struct rc_spans *study, uint32_t n) {
    const struct ticks *of = &study->functions[study->part->resolved->node_function[n]];
    return of->placed > 0 ? study->seen[n].innermost * of->all / of->placed : study->seen[n].innermost;
}

void rc_add_to_group(const struct rc_spans *study, uint32_t n, struct group *group) {
    const struct rc_work *work = &study->part->work[n];
    group->own += work->self;
    group->blocked += work->self_blocked;
    group->sampled += sampled_in(study, n);
}

static void sum_groups(struct rc_spans *study) {
    const struct rc_process *process = study->part->process;
    const uint32_t *functions = study->part->resolved->node_function;
    for (size_t t = 0; t < process->n_threads; t++)
        study->threads[t].placed = 0;
    for (uint32_t n = 0; n < process->n_nodes; n++)
        if (study->seen[n].innermost > 0 && functions[n] != RC_NONE && process->nodes[n].thread < process->n_threads)
            study->threads[process->nodes[n].thread].placed += sampled_in(study, n);
    for (size_t i = 0; i < study->n_members; i++)
        study->spans[study->members[i].span].group = (struct group){0};
    for (size_t i = 0; i < study->n_members; i++)
        if (functions[study->members[i].node] != RC_NONE)
            rc_add_to_group(study, study->members[i].node, &study->spans[study->members[i].span].group);
}

/* How long a group ran, by its part of the thread's samples; below 0: not known, or the clock and the looks know as
 * well. Those know a wait within half of itself. */
static double running_of(const struct rc_spans *study, const struct group *group, uint32_t root) {
    uint32_t thread = study->part->process->nodes[root].thread;
    if (thread >= study->part->process->n_threads || group->blocked <= 0)
        return -1;
    const struct ticks *ticks = &study->threads[thread];
    double cpu = (double)study->part->process->threads[thread].cpu_ns, all = ticks->all * study->thinned;
    if (cpu <= 0 || ticks->placed < PLACED_LEAST * ticks->all || all < COVERED_LEAST * cpu ||
        all > COVERED_MOST * cpu || all < SAMPLES_LEAST * SAMPLES_LEAST * study->period)
        return -1;
    double chance = fmax(group->sampled * study->thinned, study->period) * study->period;
    if (group->blocked * group->blocked / 4 <= chance)
        return -1;
    return fmin(group->own, cpu * group->sampled / ticks->all);
}

void rc_spans_settle_blocked(struct rc_spans *study) {
    sum_groups(study);
    for (uint32_t n = 0; n < study->part->process->n_nodes; n++) {
        struct rc_work *work = &study->part->work[n];
        const struct member *member = rc_member_of(study, n);
        if ((!member && work->self_blocked <= 0) || work->function == RC_NONE)
            continue;
        struct group group = {0};
        if (member)
            group = study->spans[member->span].group;
        else
            rc_add_to_group(study, n, &group);
        double running = running_of(study, &group, member ? study->spans[member->span].root : n);
        if (running < 0)
            continue;
        *(member ? &study->spans[member->span].told : &study->seen[n].told) = running < group.own;
        work->self_blocked *= (group.own - running) / group.blocked;
    }
}

/* What is known of samples and contexts is there; the room for it, and for what is sought, as well. */
static int study_samples(struct rc_spans *study, const struct rc_placed *placed, size_t n_placed) {
    count_brief(study);
    list_children(study);
    place_samples(study, placed, n_placed);
    free(study->children);
    study->children = NULL;
    if (find_spans(study))
        return -1;
    free(study->brief);
    study->brief = NULL;
    weigh(study);
    return 0;
}

struct rc_spans *rc_spans_find(struct rc_build *build, struct rc_part *part) {
    size_t n = part->process->n_nodes, n_placed = 0;
    struct rc_placed *placed = NULL;
    struct rc_spans *study = calloc(1, sizeof *study);
    if (study)
        *study = (struct rc_spans){.part = part,
                                   .seen = calloc(n + 1, sizeof *study->seen),
                                   .brief = calloc(n + 1, sizeof *study->brief),
                                   .threads = calloc(part->process->n_threads + 1, sizeof *study->threads),
                                   .children = calloc(n + 1, sizeof *study->children)};
    bool fit = study && study->seen && study->brief && study->threads && study->children;
    if (!fit)
        rc_no_memory(build->err);
    fit = fit && rc_place_samples(build, part, &placed, &n_placed) == 0;
    if (fit) {
        study->functions = calloc(build->report->n_functions + 1, sizeof *study->functions);
        fit = study->functions && study_samples(study, placed, n_placed) == 0;
        if (!fit)
            rc_no_memory(build->err);
    }
    free(placed);
    if (fit)
        return study;
    rc_spans_free(study);
    return NULL;
}

void rc_spans_free(struct rc_spans *study) {
    if (!study)
        return;
    free(study->seen);
    free(study->brief);
    free(study->members);
    free(study->spans);
    free(study->threads);
    free(study->functions);
    free(study->children);
    free(study);
}
