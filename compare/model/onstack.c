/*
 * In how many samples each function was on the stack: once a sample, whether the tracer's path names it, the native
 * stack does, or both. The samples are taken in the order of the tree that their paths make, not in that of time:
 * neighbours then have most of their stacks in common, and those are at hand. Over a million samples that is most of
 * the time that it takes.
 *
 * And for how long each function ran so, it and what it called: without the probes, without what a handler interrupted.
 * Of the samples off the CPU, for how long it waited, and for how long it was ready and no CPU was free.
 */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/paths.h"

struct seeing {
    const struct rc_build *build;
    const struct rc_part *part;
    uint32_t *stamp; /* by function: the last sample that it was counted for */
    uint32_t now;    /* that sample's number, from 1 */
};

/* What is counted of a function is of the runs that it was awake in, and so are its samples. */
static struct rc_seen *seen_first(struct seeing *seeing, uint32_t function) {
    if (function == RC_NONE || seeing->stamp[function] == seeing->now)
        return NULL;
    if (rc_is_hooked(seeing->build, function) && !rc_is_awake(seeing->build, seeing->part, function))
        return NULL;
    seeing->stamp[function] = seeing->now;
    return &seeing->build->report->functions[function].seen;
}

static void see(struct seeing *seeing, uint32_t function, double ns) {
    struct rc_seen *seen = seen_first(seeing, function);
    if (!seen)
        return;
    seen->total++;
    seen->total_ns += ns;
}

/* The function of a native frame, and those with hooks whose code was inlined there. */
static void see_frame(struct seeing *seeing, uint32_t native, double ns) {
    const struct rc_inlined *inlined = seeing->part->inlined;
    see(seeing, seeing->part->resolved->native_function[native], ns);
    for (size_t i = 0; inlined && i < RC_INLINED_KEPT; i++)
        see(seeing, inlined[native].function[i], ns);
}

/* What the tracer has called is no work of the program's: the frames from the tracer's own on. */
static uint32_t without_calls(const struct rc_part *part, uint32_t native) {
    uint32_t n = native;
    while (n != RC_NONE && part->resolved->native_function[n] != RC_NONE)
        n = part->process->natives[n].caller;
    return n == RC_NONE ? native : n;
}

static void see_stack(struct seeing *seeing, const struct rc_sample *sample) {
    const struct rc_process *process = seeing->part->process;
    const struct rc_resolved *resolved = seeing->part->resolved;
    bool probe = rc_is_probe(seeing->build, seeing->part, sample);
    uint32_t native = probe ? without_calls(seeing->part, sample->native) : sample->native;
    double ns = probe ? 0 : sample->period_ns;
    for (uint32_t p = sample->path; p != RC_NONE; p = process->paths[p].caller) {
        see(seeing, resolved->node_function[process->paths[p].node], ns);
        if (process->nodes[process->paths[p].node].flags & RF_NODE_SIGNAL)
            ns = 0; /* the others were interrupted */
    }
    for (uint32_t n = native; n != RC_NONE; n = process->natives[n].caller)
        see_frame(seeing, n, ns);
}

/* In no system call the thread was ready. */
static void see_wait(struct seeing *seeing, const struct rc_sample *sample) {
    const struct rc_process *process = seeing->part->process;
    for (uint32_t p = sample->path; p != RC_NONE; p = process->paths[p].caller) {
        struct rc_seen *seen = seen_first(seeing, seeing->part->resolved->node_function[process->paths[p].node]);
        if (seen)
            *(sample->syscall >= 0 ? &seen->waited_ns : &seen->ready_ns) += sample->period_ns;
        if (process->nodes[process->paths[p].node].flags & RF_NODE_SIGNAL)
            break;
    }
}

static void see_samples(struct seeing *seeing, const uint32_t *order) {
    for (size_t i = 0; i < seeing->part->process->n_samples; i++) {
        const struct rc_sample *sample = &seeing->part->process->samples[order[i]];
        seeing->now++;
        if (sample->kind == RF_ON_CPU)
            see_stack(seeing, sample);
        else
            see_wait(seeing, sample);
    }
}

static int count_part(struct rc_build *build, const struct rc_part *part) {
    uint32_t *order = rc_samples_by_path(part->process);
    struct seeing seeing = {
        .build = build, .part = part, .stamp = calloc(build->report->n_functions + 1, sizeof *seeing.stamp)};
    bool room = order && seeing.stamp;
    if (room)
        see_samples(&seeing, order);
    free(order);
    free(seeing.stamp);
    return room ? 0 : rc_no_memory(build->err);
}

int rc_count_on_stack(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (count_part(build, &build->parts[i]))
            return -1;
    return 0;
}
