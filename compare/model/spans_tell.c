/*
 * What samples told of own times: how much, within what limits, and how far chance moves it.
 *
 * Chance: a function's share is T = x / X, its own running time over all functions'. Samples move both. In a span of
 * running time R that is divided by samples of V nanoseconds in all, of which the function has W and all functions have
 * U (the rest is hooks'), x has R W / V and X has R U / V. A sample in the span that counts w for the function and u
 * for all moves T by R / V (w - q - T (u - Q)) / X, to the first order, where q = W / V and Q = U / V. The variance is
 * the sum of the squares, and is kept in the parts that do not need X, which is known at the end alone (struct
 * rc_chance). Where R itself is what samples told, its variance comes on top: it moves x by q and X by Q.
 * As the thread's samples are known in number, the square of what its told contexts have in common is taken off again.
 */
#include <math.h>
#include <stdlib.h>

#include "compare/model/spans_study.h"

static const double HIDDEN_LEAST = -0.15, HIDDEN_MOST = 1;

/* One function's part of a span, or all functions'. */
struct part_of {
    double part;    /* of what ran in the span, 0..1 */
    double squares; /* of what its samples count for it, by their nanoseconds */
};

/* Of a thread's time that samples told, what ran in a context's own code. */
struct told {
    uint32_t thread, function;
    double ns;
};

struct telling {
    const struct rc_spans *study;
    struct rc_report *report;
    struct part_of *of; /* by function; all 0 between two spans */
    struct told *told;
    size_t n_told;
    size_t *first;               /* by span: its place in `order`, and behind the last one their number */
    const struct member **order; /* the members, span by span */
};

static double own_running(const struct rc_work *work) {
    return fmax(0, work->self - work->self_blocked - work->self_probes);
}

/* The variance of how long a group ran, where that is its part of a thread's samples, were the latter not known. The
 * thread is one that has samples: they told. */
static double variance_of(const struct rc_spans *study, const struct group *group, uint32_t root) {
    uint32_t thread = study->part->process->nodes[root].thread;
    double cpu = (double)study->part->process->threads[thread].cpu_ns / study->threads[thread].all;
    return cpu * cpu * study->grain * group->sampled;
}

static void add_told(struct telling *t, uint32_t root, uint32_t n) {
    const struct rc_work *work = &t->study->part->work[n];
    t->told[t->n_told++] =
        (struct told){t->study->part->process->nodes[root].thread, work->function, own_running(work)};
}

static int by_thread(const void *left, const void *right) {
    const struct told *a = left, *b = right;
    if (a->thread != b->thread)
        return (a->thread > b->thread) - (a->thread < b->thread);
    return (a->function > b->function) - (a->function < b->function);
}

static void tell_thread(const struct telling *t, const struct told *of, size_t n) {
    double all = 0, ns = 0, off = t->study->grain / t->study->threads[of->thread].all;
    for (size_t i = 0; i < n; i++)
        all += of[i].ns;
    for (size_t i = 0; i < n; i++) {
        struct rc_chance *chance = &t->report->functions[of[i].function].chance;
        ns += of[i].ns;
        if (i + 1 < n && of[i + 1].function == of[i].function)
            continue;
        chance->variance -= off * ns * ns;
        chance->covariance -= off * ns * all;
        ns = 0;
    }
    t->report->self_variance -= off * all * all;
}

static void tell_threads(const struct telling *t) {
    size_t first = 0;
    qsort(t->told, t->n_told, sizeof *t->told, by_thread);
    for (size_t i = 0; i < t->n_told; i++)
        if (i + 1 == t->n_told || t->told[i + 1].thread != t->told[i].thread) {
            tell_thread(t, t->told + first, i + 1 - first);
            first = i + 1;
        }
}

/* A context in no span: all that ran is its function's, or hooks'. */
static void tell_context(struct telling *t, uint32_t n) {
    const struct rc_work *work = &t->study->part->work[n];
    struct group group = {0};
    rc_add_to_group(t->study, n, &group);
    double ran = work->self - work->self_blocked, own = ran > 0 ? own_running(work) / ran : 0;
    double variance = variance_of(t->study, &group, n) * own * own;
    struct rc_function *function = &t->report->functions[work->function];
    function->self_sampled_ns += rc_whole(own_running(work));
    function->chance.variance += variance;
    function->chance.covariance += variance;
    t->report->self_variance += variance;
    add_told(t, n, n);
}

static struct part_of part_of(const struct rc_spans *study, const struct member *member) {
    const struct span *span = &study->spans[member->span];
    double own = own_running(&study->part->work[member->node]);
    if (span->scale <= 0)
        return (struct part_of){span->running > 0 ? own / span->running : 0, 0};
    double hooks = rc_is_root(study, member) ? 0 : study->seen[member->node].hooks;
    return (struct part_of){member->base / span->sampled,
                            study->seen[member->node].code + RC_HIDDEN * RC_HIDDEN * hooks};
}

static struct part_of *of_member(const struct telling *t, const struct member *member) {
    return &t->of[t->study->part->work[member->node].function];
}

/* All members of one function are one part of the span. */
static void tell_chance(const struct telling *t, size_t s) {
    const struct span *span = &t->study->spans[s];
    double divided = span->scale > 0 ? span->scale * span->scale * t->study->grain : 0;
    double whole = span->told ? variance_of(t->study, &span->group, span->root) : 0;
    struct part_of all = {0, 0};
    for (size_t i = t->first[s]; i < t->first[s + 1]; i++) {
        struct part_of one = part_of(t->study, t->order[i]), *function = of_member(t, t->order[i]);
        function->part += one.part;
        function->squares += one.squares;
        all.part += one.part;
        all.squares += one.squares;
    }
    for (size_t i = t->first[s]; i < t->first[s + 1]; i++) {
        struct part_of *one = of_member(t, t->order[i]);
        struct rc_chance *chance = &t->report->functions[t->study->part->work[t->order[i]->node].function].chance;
        chance->variance += divided * (one->squares - span->sampled * one->part * one->part);
        chance->variance += whole * one->part * one->part;
        chance->covariance += divided * (one->squares - span->sampled * one->part * all.part);
        chance->covariance += whole * one->part * all.part;
        *one = (struct part_of){0, 0}; /* told; of another member there is nothing left to add */
    }
    t->report->self_variance += divided * (all.squares - span->sampled * all.part * all.part);
    t->report->self_variance += whole * all.part * all.part;
}

static void tell_member(struct telling *t, const struct member *member) {
    const struct rc_work *work = &t->study->part->work[member->node];
    double scale = t->study->spans[member->span].scale;
    struct rc_function *function = &t->report->functions[work->function];
    if (t->study->spans[member->span].told)
        add_told(t, t->study->spans[member->span].root, member->node);
    if (scale <= 0) {
        function->self_sampled_ns += rc_whole(own_running(work));
        return;
    }
    double own = scale * member->base, inner = rc_is_root(t->study, member) ? 0 : t->study->seen[member->node].hooks;
    function->self_sampled_ns += rc_whole(own);
    function->hidden_less_ns += rc_whole(fmin(own, (RC_HIDDEN - HIDDEN_LEAST) * scale * inner));
    function->hidden_more_ns += rc_whole((HIDDEN_MOST - RC_HIDDEN) * scale * inner);
}

static bool is_told(const struct rc_spans *study, const struct member *member) {
    const struct span *span = &study->spans[member->span];
    return (span->told || span->scale > 0) && study->part->work[member->node].function != RC_NONE;
}

/* Those that samples told something of, span by span. */
static void put_in_order(struct telling *t) {
    const struct rc_spans *study = t->study;
    for (size_t i = 0; i < study->n_members; i++)
        t->first[study->members[i].span + 1] += is_told(study, &study->members[i]);
    for (size_t s = 0; s < study->n_spans; s++)
        t->first[s + 1] += t->first[s];
    for (size_t i = 0; i < study->n_members; i++)
        if (is_told(study, &study->members[i]))
            t->order[t->first[study->members[i].span]++] = &study->members[i];
    for (size_t s = study->n_spans; s > 0; s--) /* each has moved to its end, where the next one begins */
        t->first[s] = t->first[s - 1];
    t->first[0] = 0;
}

static void tell(struct telling *t) {
    const struct rc_spans *study = t->study;
    for (uint32_t n = 0; n < study->part->process->n_nodes; n++) {
        struct rc_work *work = &study->part->work[n];
        const struct member *member = rc_member_of(study, n);
        if (work->function == RC_NONE)
            continue;
        work->sampled = member ? is_told(study, member) : study->seen[n].told;
        if (work->sampled && !member)
            tell_context(t, n);
        else if (work->sampled)
            tell_member(t, member);
    }
    put_in_order(t);
    for (size_t s = 0; s < study->n_spans; s++)
        if (t->first[s] < t->first[s + 1])
            tell_chance(t, s);
    tell_threads(t);
}

/* Contexts whose thread's samples told how long they, or their spans, ran. */
static size_t count_told(const struct rc_spans *study) {
    size_t n_told = 0;
    for (uint32_t n = 0; n < study->part->process->n_nodes; n++) {
        const struct member *member = rc_member_of(study, n);
        n_told += member ? study->spans[member->span].told : study->seen[n].told;
    }
    return n_told;
}

int rc_spans_tell(const struct rc_spans *study, struct rc_report *report) {
    struct telling t = {.study = study,
                        .report = report,
                        .of = calloc(report->n_functions + 1, sizeof *t.of),
                        .first = calloc(study->n_spans + 2, sizeof *t.first),
                        .order = calloc(study->n_members + 1, sizeof(const struct member *)),
                        .told = calloc(count_told(study) + 1, sizeof *t.told)};
    int result = t.of && t.first && t.order && t.told ? 0 : -1;
    if (result == 0)
        tell(&t);
    free(t.of);
    free(t.first);
    free(t.order);
    free(t.told);
    return result;
}

double rc_share_variance(const struct rc_report *report, const struct rc_function *function, double all_ns) {
    if (all_ns <= 0)
        return 0;
    double share = (double)function->self_ns / all_ns;
    double variance =
        function->chance.variance - 2 * share * function->chance.covariance + share * share * report->self_variance;
    return fmax(0, variance) / (all_ns * all_ns);
}
