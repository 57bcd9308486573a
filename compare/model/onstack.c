/*
 * In how many samples each function was on the stack: once a sample, whether the tracer's path names it, the native
 * stack does, or both. The samples are taken in the order of the tree that their paths make, not in that of time:
 * neighbours then have most of their stacks in common, and those are at hand. Over a million samples that is most of
 * the time that it takes.
 */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/paths.h"

struct seeing {
    struct rc_report *report;
    const struct rc_part *part;
    uint32_t *stamp; /* by function: the last sample that it was counted for */
    uint32_t now;    /* that sample's number, from 1 */
};

static void see(struct seeing *seeing, uint32_t function) {
    if (function == RC_NONE || seeing->stamp[function] == seeing->now)
        return;
    seeing->stamp[function] = seeing->now;
    seeing->report->functions[function].seen.total++;
}

static void see_stack(struct seeing *seeing, const struct rc_sample *sample) {
    const struct rc_process *process = seeing->part->process;
    const struct rc_resolved *resolved = seeing->part->resolved;
    seeing->now++;
    for (uint32_t p = sample->path; p != RC_NONE; p = process->paths[p].caller)
        see(seeing, resolved->node_function[process->paths[p].node]);
    for (uint32_t n = sample->native; n != RC_NONE; n = process->natives[n].caller)
        see(seeing, resolved->native_function[n]);
}

static int count_part(struct rc_build *build, const struct rc_part *part) {
    uint32_t *order = rc_samples_by_path(part->process);
    struct seeing seeing = {
        .report = build->report, .part = part, .stamp = calloc(build->report->n_functions + 1, sizeof *seeing.stamp)};
    int result = order && seeing.stamp ? 0 : rc_no_memory(build->err);
    for (size_t i = 0; i < part->process->n_samples && result == 0; i++)
        if (part->process->samples[order[i]].kind == RF_ON_CPU)
            see_stack(&seeing, &part->process->samples[order[i]]);
    free(order);
    free(seeing.stamp);
    return result;
}

int rc_count_on_stack(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (count_part(build, &build->parts[i]))
            return -1;
    return 0;
}
