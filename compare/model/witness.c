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
};

static bool on_native_stack(const struct rc_part *part, uint32_t native, uint32_t function) {
    for (; native != RC_NONE; native = part->process->natives[native].caller)
        if (part->resolved->native_function[native] == function)
            return true;
    return false;
}

static enum rc_stray reason_of(const struct rc_build *build, const struct rc_observed *at) {
    const struct rc_function *leaf = &build->report->functions[at->leaf];
    if (at->inlined)
        return RC_STRAY_INLINED;
    if (leaf->body_unhooked || build->report->functions[at->function].body_unhooked)
        return RC_STRAY_UNHOOKED;
    if (on_native_stack(&build->parts[at->part], at->native, at->leaf))
        return RC_STRAY_EDGE;
    return leaf->lost_exits ? RC_STRAY_LOST_EXIT : RC_STRAY_OTHER;
}

static void place_strays(struct rc_build *build) {
    for (size_t i = 0; i < build->n_observed; i++) {
        const struct rc_observed *at = &build->observed[i];
        if (at->leaf == RC_NONE || at->leaf == at->function)
            continue;
        enum rc_stray reason = reason_of(build, at);
        struct rc_witness *leaf = &build->report->functions[at->leaf].witness;
        struct rc_witness *self = &build->report->functions[at->function].witness;
        leaf->strayed[reason] += at->weight;
        self->strayed[reason] -= at->weight;
        leaf->stray_samples++;
        self->stray_samples++;
        if (reason != RC_STRAY_LOST_EXIT)
            continue;
        leaf->outlived_ns += at->weight;
        build->report->functions[at->leaf].seen.total_ns -= at->weight;
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

/* CPU time of the thread that no sample stands for, where that is more than chance. */
static double missing(const struct hearing *h, size_t thread) {
    double cpu = (double)h->part->process->threads[thread].cpu_ns, hits = (double)h->hits[thread];
    double period = 1e9 / fmax(1, h->build->report->profile->sample_hz);
    double lacking = cpu - h->of_thread[thread] * h->scale;
    return lacking > fmax(MATERIAL * cpu, 2 * period * sqrt(hits + 1)) ? lacking : 0;
}

static bool is_brief(const struct hearing *h, size_t thread) {
    const struct rc_thread *slot = &h->part->process->threads[thread];
    double lives = fmax(1, slot->lives), hz = fmax(1, h->build->report->profile->sample_hz);
    bool first = slot->tid == h->part->process->pid;
    return !first && (double)slot->cpu_ns / lives < BRIEF_PERIODS * 1e9 / hz;
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
        h->sampled[at->leaf == RC_NONE ? at->function : at->leaf] += at->weight * h->scale;
    }
    for (size_t f = 0; f < report->n_functions; f++)
        more += fmax(0, h->traced[f] - h->sampled[f]);
    for (const uint32_t *n = first; n < last && more > 0; n++) {
        struct rc_work *work = &h->part->work[*n];
        double traced = h->traced[work->function], own = traced - h->sampled[work->function];
        if (own > 0)
            *(brief ? &work->coarse : &work->unseen) += fmin(1, lacking / more) * own * running(work) / traced;
    }
    for (size_t f = 0; f < report->n_functions; f++)
        h->traced[f] = h->sampled[f] = 0;
}

static void sum_up(struct hearing *h) {
    struct rc_work *work = h->part->work;
    for (size_t n = 0; n < h->part->process->n_nodes; n++) {
        if (work[n].function == RC_NONE)
            continue;
        h->build->report->functions[work[n].function].witness.coarse_ns += work[n].coarse;
        h->build->report->functions[work[n].function].witness.unseen_ns += work[n].unseen;
    }
    for (uint32_t n = (uint32_t)h->part->process->n_nodes; n-- > 0;) {
        if (work[n].nested) {
            struct rc_work *parent = &work[h->part->process->nodes[n].parent];
            parent->coarse += work[n].coarse * rc_inside_parent(&work[n]);
            parent->unseen += work[n].unseen * rc_inside_parent(&work[n]);
        }
        if (work[n].function == RC_NONE || work[n].recursive)
            continue;
        struct rc_witness *of = &h->build->report->functions[work[n].function].witness;
        of->coarse_total_ns += work[n].coarse;
        of->unseen_total_ns += work[n].unseen;
    }
}

static int hear(struct hearing *h) {
    const struct rc_process *process = h->part->process;
    h->of_thread = calloc(process->n_threads + 1, sizeof *h->of_thread);
    h->hits = calloc(process->n_threads + 1, sizeof *h->hits);
    if (!h->of_thread || !h->hits || fill(&h->nodes, process->n_nodes, process->n_threads, thread_of_node, h) ||
        fill(&h->observed, h->build->n_observed, process->n_threads, thread_of_observed, h))
        return -1;
    sum_samples(h);
    for (size_t t = 0; t < process->n_threads; t++) {
        double lacking = missing(h, t);
        bool brief = is_brief(h, t);
        if (lacking > 0 && (brief || !process->kernel_seen))
            charge(h, t, lacking, brief);
        h->build->report->brief_ns += brief ? rc_whole(lacking) : 0;
    }
    sum_up(h);
    return 0;
}

static void hearing_close(struct hearing *h) {
    free(h->nodes.items);
    free(h->nodes.first);
    free(h->observed.items);
    free(h->observed.first);
    free(h->of_thread);
    free(h->hits);
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
