/* The calls that are open on each stack. */
#include <stdlib.h>

#include "compare/load/loading.h"

/* A stack's frames as they lie in the image. frames[0] is the root's. */
struct frames {
    const struct rf_frame *frames;
    uint64_t address; /* of frames[0] */
    size_t room;
};

/* The number of the frame at `address`; `room` when there is none. */
static size_t frame_number(const struct frames *in, uint64_t address) {
    uint64_t above = address - in->address;
    if (above % sizeof *in->frames != 0 || above / sizeof *in->frames >= in->room)
        return in->room;
    return above / sizeof *in->frames;
}

/* The frames lie in a stack chunk, mostly the stack's own, behind its rf_stack. Two stacks never share a chunk. */
static bool find_frames(const struct rc_loading *loading, const struct rc_table *table, const struct rf_stack *raw,
                        struct frames *out) {
    uint64_t address = (uint64_t)(uintptr_t)raw->frames;
    struct rc_span *span = rc_table_span(table, address);
    if (!span || span->taken)
        return false;
    uint64_t inside = address - loading->base - span->offset;
    if (inside < sizeof *raw || inside % sizeof *out->frames != 0)
        return false;
    out->frames = (const void *)(loading->image->bytes + span->offset + inside);
    span->taken = true;
    out->address = address;
    out->room = (span->room - inside) / sizeof *out->frames;
    return true;
}

/*
 * Takes the open calls from `top` outwards. A handler's calls lie above a marker, a frame of the signal root that
 * holds the number of the frame that was interrupted; what lies between those two is no call.
 */
static void take_frames(struct rc_loading *loading, struct rc_stack *out, const struct frames *in, size_t top,
                        const struct rf_node *marker) {
    for (size_t at = top; at > 0; at--) {
        const struct rf_frame *raw = in->frames + at;
        if (marker && raw->node == marker) {
            if (raw->call < at)
                at = (size_t)raw->call + 1;
            else
                ++*loading->damage;
            continue;
        }
        uint32_t node = rc_load_node(loading, raw->node);
        if (node == RC_NONE) { /* nothing is known about what lies inside it */
            ++*loading->damage;
            out->n_frames = 0;
            continue;
        }
        out->frames[out->n_frames++] = (struct rc_frame){.node = node, .sp = raw->sp, .t0 = raw->t0, .call = raw->call};
    }
}

static void reverse(struct rc_frame *frames, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        struct rc_frame swapped = frames[i];
        frames[i] = frames[n - 1 - i];
        frames[n - 1 - i] = swapped;
    }
}

/*
 * The innermost call's number. While a stack runs, its thread's `top` is the true one; a writer that died while it
 * switched stacks has that one still, or already, on the other stack, and then the stack's own is true.
 */
static size_t find_top(struct rc_loading *loading, const struct frames *in, const struct rf_stack *raw,
                       const struct rf_thread *running) {
    size_t top = in->room;
    if (running)
        top = frame_number(in, (uint64_t)(uintptr_t)running->top);
    if (top == in->room)
        top = frame_number(in, (uint64_t)(uintptr_t)raw->top);
    if (top < in->room)
        return top;
    ++*loading->damage;
    return 0;
}

static int take_stack(struct rc_loading *loading, const struct rc_table *table, const struct rc_span *span) {
    const struct rf_stack *raw = rc_span_bytes(loading->image, span);
    uint32_t thread = rc_load_thread(loading, span->thread);
    struct frames in = {0};
    if (thread == RC_NONE || !find_frames(loading, table, raw, &in)) {
        ++*loading->damage;
        return 0;
    }
    const struct rf_thread *owner = loading->threads[thread];
    bool running = (uint64_t)(uintptr_t)owner->stack == loading->base + span->offset;
    size_t top = find_top(loading, &in, raw, running ? owner : NULL);
    struct rc_stack *out = loading->process->stacks + loading->process->n_stacks;
    *out = (struct rc_stack){
        .thread = thread, .running = running, .fiber = raw->fiber != 0, .suspended_at = raw->suspended_at};
    out->frames = rc_load_room(loading, top, sizeof *out->frames);
    if (!out->frames)
        return -1;
    loading->process->n_stacks++;
    take_frames(loading, out, &in, top, owner->signal_root);
    reverse(out->frames, out->n_frames);
    return 0;
}

int rc_load_stacks(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_STACK, sizeof(struct rf_frame)))
        return -1;
    loading->process->stacks = rc_load_room(loading, table.n, sizeof *loading->process->stacks);
    if (!loading->process->stacks)
        return -1;
    for (size_t i = 0; i < table.n; i++)
        if (take_stack(loading, &table, table.spans + i))
            return -1;
    return 0;
}
