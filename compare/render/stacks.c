#include "compare/render/stacks.h"

static size_t push(uint32_t *frames, size_t n, uint32_t frame) {
    if (n < RC_STACK_MOST)
        frames[n++] = frame;
    return n;
}

/* A sample that came without a path begins where paths begin: at its outermost hooked function. */
static size_t without_start(const struct rc_report *report, const uint32_t *frames, size_t n) {
    for (size_t i = n; i > 0; i--)
        if (frames[i - 1] != RC_FRAME_PROBE && report->functions[frames[i - 1]].hooked)
            return i;
    return n;
}

static bool is_hook(const struct rc_process *process, uint32_t native) {
    uint64_t ip = process->natives[native].ip - !process->natives[native].leaf;
    return ip >= process->hooks_lo && ip < process->hooks_hi;
}

/* The native frames inside the innermost hooked function, innermost first; the hooks and what they call are one. What
 * else of the runtime's stands in between, an adapter that a library called, is left out. */
static size_t push_natives(const struct rc_report *report, const struct rc_resolved *part,
                           const struct rc_sample *sample, uint32_t *frames) {
    size_t n = 0;
    if (sample->flags & RF_SAMPLE_IN_PROBE)
        n = push(frames, n, RC_FRAME_PROBE);
    for (uint32_t at = sample->native; at != RC_NONE; at = part->process->natives[at].caller) {
        uint32_t function = part->native_function[at];
        if (function == RC_NONE)
            n = at == sample->native || is_hook(part->process, at) ? push(frames, 0, RC_FRAME_PROBE) : n;
        else if (sample->path != RC_NONE && report->functions[function].hooked)
            break;
        else
            n = push(frames, n, function);
    }
    return sample->path == RC_NONE && report->traced ? without_start(report, frames, n) : n;
}

/* The path, innermost first; a coroutine's clone below its ramp is the same call. */
static size_t push_path(const struct rc_resolved *part, const struct rc_sample *sample, uint32_t *frames, size_t n) {
    const struct rc_process *process = part->process;
    for (uint32_t at = sample->path; at != RC_NONE; at = process->paths[at].caller) {
        uint32_t node = process->paths[at].node, up = process->paths[at].caller;
        uint32_t function = part->node_function[node];
        bool clone = process->nodes[node].flags & RF_NODE_COROUTINE;
        if (function == RC_NONE || (clone && up != RC_NONE && part->node_function[process->paths[up].node] == function))
            continue;
        n = push(frames, n, function);
    }
    return n;
}

size_t rc_stack_of_sample(const struct rc_report *report, const struct rc_resolved *part,
                          const struct rc_sample *sample, uint32_t *frames) {
    size_t n = push_natives(report, part, sample, frames);
    n = push_path(part, sample, frames, n);
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t other = frames[i];
        frames[i] = frames[n - 1 - i];
        frames[n - 1 - i] = other;
    }
    return n;
}

const char *rc_frame_name(const struct rc_report *report, uint32_t frame) {
    return frame == RC_FRAME_PROBE ? "[probe]" : report->functions[frame].name;
}
