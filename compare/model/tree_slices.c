#include "compare/model/tree_slices.h"

#include <stdlib.h>

/* Whose entries are taken for calls has none that is a later part of one. */
static bool has_slices(const struct rc_part *part, const struct rc_report *report, uint32_t n) {
    return part->work[n].function == RC_NONE || !rc_is_doubted(&report->functions[part->work[n].function]);
}

/* Every open slice that was entered elsewhere has its entry there; one that a fork left behind has none. */
static void pair_open_slices(const struct rc_part *part, const struct rc_report *report, struct rc_slices *slices) {
    const struct rc_process *process = part->process;
    for (size_t s = 0; s < process->n_stacks; s++) {
        for (size_t f = 0; f < process->stacks[s].n_frames; f++) {
            const struct rc_frame *frame = &process->stacks[s].frames[f];
            const struct rc_call *call = rc_call_of(part, frame->call);
            if (!rc_is_passed(frame, call) || !has_slices(part, report, frame->node) ||
                process->nodes[call->physical].count <= slices->out[call->physical])
                continue;
            slices->out[call->physical]++;
            slices->in[frame->node]++;
        }
    }
}

/*
 * Where a coroutine's frame was freed and taken again inside its own slice, the slice was booked on the context that
 * entered the later call: more than its entries. As many entries of the function's other contexts have gone instead.
 */
static void spread_excess(const struct rc_part *part, struct rc_slices *slices) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        uint64_t more = rc_the_rest(slices->out[n], part->process->nodes[n].count);
        slices->out[n] -= more;
        if (part->work[n].function != RC_NONE)
            slices->excess[part->work[n].function] += more;
    }
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        if (part->work[n].function == RC_NONE || !slices->out[n])
            continue;
        uint64_t *left = &slices->excess[part->work[n].function], room = part->process->nodes[n].count - slices->out[n];
        uint64_t takes = room < *left ? room : *left;
        slices->out[n] += takes;
        *left -= takes;
    }
}

uint64_t rc_slices_started(const struct rc_slices *slices, const struct rc_part *part, uint32_t n) {
    uint64_t passed = rc_the_rest(slices->out[n], rc_extra_of(part, n)->moved_out);
    uint64_t others = rc_the_rest(passed, part->work[n].resumes), internal = part->work[n].internal;
    return others < internal ? others : internal;
}

static void pair_slices(const struct rc_part *part, const struct rc_report *report, struct rc_slices *slices) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_extra *extra = rc_extra_of(part, n);
        bool has = has_slices(part, report, n);
        slices->in[n] = has ? extra->resumed : extra->moved_in;
        slices->out[n] = has ? extra->passed : extra->moved_out;
    }
    pair_open_slices(part, report, slices);
    spread_excess(part, slices);
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE)
            slices->started[part->work[n].function] += rc_slices_started(slices, part, n);
}

uint64_t rc_slices_begun(struct rc_slices *slices, const struct rc_part *part, uint32_t n, uint64_t count) {
    const struct rc_work *work = &part->work[n];
    const struct rc_extra *extra = rc_extra_of(part, n);
    uint64_t most = extra->begins && extra->begins < count ? extra->begins : count;
    uint64_t *left = work->function == RC_NONE ? NULL : &slices->started[work->function];
    uint64_t takes = !left ? 0 : *left < most ? *left : most;
    if (left)
        *left -= takes;
    return takes;
}

int rc_slices_find(struct rc_slices *slices, const struct rc_part *part, const struct rc_report *report) {
    size_t nodes = part->process->n_nodes + 1, functions = report->n_functions + 1;
    *slices = (struct rc_slices){.in = calloc(nodes, sizeof *slices->in),
                                 .out = calloc(nodes, sizeof *slices->out),
                                 .excess = calloc(functions, sizeof *slices->excess),
                                 .started = calloc(functions, sizeof *slices->started)};
    if (!slices->in || !slices->out || !slices->excess || !slices->started)
        return -1;
    pair_slices(part, report, slices);
    return 0;
}

void rc_slices_free(struct rc_slices *slices) {
    free(slices->in);
    free(slices->out);
    free(slices->excess);
    free(slices->started);
}
