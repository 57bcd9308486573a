/*
 * What each witness has of a function's own time, so that a difference can be taken apart: samples that the open calls
 * and the native stack place in different functions, and CPU time that no sample stands for. docs/model.md, "Accounts".
 */
#include <math.h>
#include <stdlib.h>

#include "compare/model/build.h"

static const double MATERIAL = 0.05; /* of a thread's CPU time; a tick may come late by so much of its period */
enum { BRIEF_PERIODS = 30 };         /* a thread is found, and its signals unblocked, within so many ticks */

struct buckets { /* numbers of things by thread: those of thread t are items[first[t]] to before items[first[t + 1]] */
    uint32_t *items, *first;
};

struct hearing { /* of one process */
    struct rc_build *build;
    struct rc_part *part;
    double scale; /* samples taken for each one kept */
    struct buckets nodes, observed;
    double *of_thread;        /* CPU time that samples of a thread stand for */
    uint64_t *hits;           /* how many they are */
    double *traced, *sampled; /* by function, of one thread at a time */
    double *coarse, *unseen;  /* by context: CPU time of its own without samples */
};

static bool on_native_stack(const struct rc_part *part, uint32_t native, uint32_t function) {
    for (; native != RC_NONE; native = part->process->natives[native].caller)
        if (part->resolved->native_function[native] == function)
            return true;
    return false;
}

static enum rc_stray reason_of(const struct rc_build *build, const struct rc_observed *at, uint32_t leaf) {
    const struct rc_function *function = &build->report->functions[leaf];
    if (at->inlined)
        return RC_STRAY_INLINED;
    if (function->body_unhooked || build->report->functions[at->function].body_unhooked)
        return RC_STRAY_UNHOOKED;
    if (on_native_stack(&build->parts[at->part], at->native, leaf))
        return RC_STRAY_EDGE;
    return function->lost_exits ? RC_STRAY_LOST_EXIT : RC_STRAY_OTHER;
}

static uint32_t leaf_of(const struct rc_build *build, const struct rc_observed *at) {
    const struct rc_part *part = &build->parts[at->part];
    return rc_leaf_of_path(part, &part->process->samples[at->sample]);
}

static void place_strays(struct rc_build *build) {
    for (size_t i = 0; i < build->n_observed; i++) {
        const struct rc_observed *at = &build->observed[i];
        uint32_t leaf = leaf_of(build, at);
        if (leaf == RC_NONE || leaf == at->function)
            continue;
        enum rc_stray reason = reason_of(build, at, leaf);
        struct rc_function *open = &build->report->functions[leaf];
        struct rc_witness *self = &build->report->functions[at->function].witness;
        open->witness.strayed[reason] += at->weight;
        open->witness.stray_samples++;
        self->strayed[reason] -= at->weight;
        self->stray_samples++;
        if (reason != RC_STRAY_LOST_EXIT)
            continue;
        open->witness.outlived_ns += at->weight;
        open->seen.total_ns -= at->weight;
    }
}

static double running(const struct rc_work *work) {
    return fmax(0, work->self - work->self_blocked - work->self_probes);
}

/* Sorts numbers below n by their key; those whose key is not below `keys` are left out. */
static int fill(struct buckets *to, size_t n, size_t keys, uint32_t (*key)(const struct hearing *, size_t),
                const struct hearing *h) {
    to->items = calloc(n + 1, sizeof *to->items);
    to->first = calloc(keys + 2, sizeof *to->first);
    if (!to->items || !to->first)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (key(h, i) < keys)
            to->first[key(h, i) + 2]++;
    for (size_t k = 2; k < keys + 2; k++)
        to->first[k] += to->first[k - 1];
    for (size_t i = 0; i < n; i++)
        if (key(h, i) < keys)
            to->items[to->first[key(h, i) + 1]++] = (uint32_t)i;
    return 0;
}

static uint32_t thread_of_node(const struct hearing *h, size_t n) {
    return h->part->work[n].function == RC_NONE ? RC_NONE : h->part->process->nodes[n].thread;
}

static uint32_t thread_of_observed(const struct hearing *h, size_t i) {
    const struct rc_observed *at = &h->build->observed[i];
    return &h->build->parts[at->part] == h->part ? at->thread : RC_NONE;
}

static void sum_samples(struct hearing *h) {
    const struct rc_process *process = h->part->process;
    uint64_t kept = 0;
    for (size_t i = 0; i < process->n_samples; i++) {
        const struct rc_sample *sample = &process->samples[i];
        kept += sample->kind == RF_ON_CPU;
        if (sample->kind != RF_ON_CPU || sample->thread >= process->n_threads)
            continue;
        h->of_thread[sample->thread] += sample->period_ns;
        h->hits[sample->thread]++;
    }
    double taken = (double)process->samples_taken + (double)process->samples_lost;
    h->scale = kept && taken > (double)kept ? taken / (double)kept : 1;
}

static bool is_brief(const struct hearing *h, size_t thread) {
    const struct rc_thread *slot = &h->part->process->threads[thread];
    double lives = fmax(1, slot->lives), hz = fmax(1, h->build->report->profile->sample_hz);
    bool first = slot->tid == h->part->process->pid;
    return !first && (double)slot->cpu_ns / lives < BRIEF_PERIODS * 1e9 / hz;
}

/* CPU time of the thread that no sample stands for, where that is more than chance and it is known why. */
static double missing(const struct hearing *h, size_t thread) {
    double cpu = (double)h->part->process->threads[thread].cpu_ns, hits = (double)h->hits[thread];
    double period = 1e9 / fmax(1, h->build->report->profile->sample_hz);
    double lacking = cpu - h->of_thread[thread] * h->scale;
    bool known = is_brief(h, thread) || !h->part->process->kernel_seen;
    return known && lacking > fmax(MATERIAL * cpu, 2 * period * sqrt(hits + 1)) ? lacking : 0;
}

/* Who lacks it: each function by how much more the tracer has of it on this thread than the sampler. */
static void charge(struct hearing *h, size_t thread, double lacking, bool brief) {
    struct rc_report *report = h->build->report;
    const uint32_t *first = &h->nodes.items[h->nodes.first[thread]],
                   *last = &h->nodes.items[h->nodes.first[thread + 1]];
    double more = 0;
    for (const uint32_t *n = first; n < last; n++)
        h->traced[h->part->work[*n].function] += running(&h->part->work[*n]);
    for (uint32_t i = h->observed.first[thread]; i < h->observed.first[thread + 1]; i++) {
        const struct rc_observed *at = &h->build->observed[h->observed.items[i]];
        uint32_t leaf = leaf_of(h->build, at);
        h->sampled[leaf == RC_NONE ? at->function : leaf] += at->weight * h->scale;
    }
    for (size_t f = 0; f < report->n_functions; f++)
        more += fmax(0, h->traced[f] - h->sampled[f]);
    for (const uint32_t *n = first; n < last && more > 0; n++) {
        const struct rc_work *work = &h->part->work[*n];
        double traced = h->traced[work->function], own = traced - h->sampled[work->function];
        if (own > 0)
            (brief ? h->coarse : h->unseen)[*n] += fmin(1, lacking / more) * own * running(work) / traced;
    }
    for (size_t f = 0; f < report->n_functions; f++)
        h->traced[f] = h->sampled[f] = 0;
}

/* Bottom up: what is nested in a context's own slices. `add` gets the sum of each function's outermost contexts. */
static void sum_up(const struct rc_part *part, double *of, const struct rc_report *report,
                   void (*add)(struct rc_function *function, double ns)) {
    for (uint32_t n = (uint32_t)part->process->n_nodes; n-- > 0;) {
        const struct rc_work *work = &part->work[n];
        if (of[n] <= 0)
            continue;
        if (work->nested)
            of[part->process->nodes[n].parent] += of[n] * rc_inside_parent(work);
        if (work->function != RC_NONE && !work->recursive)
            add(&report->functions[work->function], of[n]);
    }
}

static void add_coarse(struct rc_function *function, double ns) {
    function->witness.coarse_total_ns += ns;
}

static void add_unseen(struct rc_function *function, double ns) {
    function->witness.unseen_total_ns += ns;
}

static void add_interrupted(struct rc_function *function, double ns) {
    function->interrupted_ns += rc_whole(ns);
}

static int hear_handlers(struct rc_build *build, const struct rc_part *part) {
    double *of = NULL;
    for (size_t n = 0; n < part->process->n_nodes; n++) {
        if (part->work[n].interrupted <= 0)
            continue;
        if (!of && !(of = calloc(part->process->n_nodes + 1, sizeof *of)))
            return -1;
        of[n] = part->work[n].interrupted;
    }
    if (of)
        sum_up(part, of, build->report, add_interrupted);
    free(of);
    return 0;
}

static int lack(struct hearing *h) {
    const struct rc_process *process = h->part->process;
    struct rc_report *report = h->build->report;
    h->coarse = calloc(process->n_nodes + 1, sizeof *h->coarse);
    h->unseen = calloc(process->n_nodes + 1, sizeof *h->unseen);
    if (!h->coarse || !h->unseen || fill(&h->nodes, process->n_nodes, process->n_threads, thread_of_node, h) ||
        fill(&h->observed, h->build->n_observed, process->n_threads, thread_of_observed, h))
        return -1;
    for (size_t t = 0; t < process->n_threads; t++)
        if (missing(h, t) > 0)
            charge(h, t, missing(h, t), is_brief(h, t));
    for (size_t n = 0; n < process->n_nodes; n++)
        if (h->part->work[n].function != RC_NONE) {
            report->functions[h->part->work[n].function].witness.coarse_ns += h->coarse[n];
            report->functions[h->part->work[n].function].witness.unseen_ns += h->unseen[n];
        }
    sum_up(h->part, h->coarse, report, add_coarse);
    sum_up(h->part, h->unseen, report, add_unseen);
    return 0;
}

static int hear(struct hearing *h) {
    const struct rc_process *process = h->part->process;
    bool any = false;
    h->of_thread = calloc(process->n_threads + 1, sizeof *h->of_thread);
    h->hits = calloc(process->n_threads + 1, sizeof *h->hits);
    if (!h->of_thread || !h->hits || hear_handlers(h->build, h->part))
        return -1;
    sum_samples(h);
    for (size_t t = 0; t < process->n_threads; t++) {
        any |= missing(h, t) > 0;
        if (is_brief(h, t))
            h->build->report->brief_ns += rc_whole(missing(h, t));
    }
    return any ? lack(h) : 0;
}

static void hearing_close(struct hearing *h) {
    free(h->nodes.items);
    free(h->nodes.first);
    free(h->observed.items);
    free(h->observed.first);
    free(h->of_thread);
    free(h->hits);
    free(h->coarse);
    free(h->unseen);
}

int rc_hear_witnesses(struct rc_build *build) {
    size_t functions = build->report->n_functions + 1;
    double *traced = calloc(functions, sizeof *traced), *sampled = calloc(functions, sizeof *sampled);
    int result = traced && sampled ? 0 : -1;
    place_strays(build);
    for (size_t i = 0; i < build->n_parts && result == 0 && build->report->timed; i++) {
        struct hearing h = {.build = build, .part = &build->parts[i], .traced = traced, .sampled = sampled};
        result = hear(&h);
        hearing_close(&h);
    }
    free(traced);
    free(sampled);
    return result ? rc_no_memory(build->err) : 0;
}
