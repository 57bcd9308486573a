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

/* Where a stack's frames may lie: behind its record, or in a chunk of their own, which no two stacks share. */
struct places {
    struct rc_table chunks; /* RF_FRAMES */
    uint64_t behind;        /* address of the stack's own first frame */
    size_t room;            /* frames there */
};

static bool find_frames(const struct rc_loading *loading, const struct places *places, const struct rf_stack *raw,
                        struct frames *out) {
    uint64_t address = (uint64_t)(uintptr_t)raw->frames;
    out->address = address;
    if (address == places->behind) {
        out->frames = (const void *)(raw + 1);
        out->room = places->room;
        return true;
    }
    struct rc_span *span = rc_table_span(&places->chunks, address);
    if (!span || span->taken || address - loading->base != span->offset)
        return false;
    span->taken = true;
    out->frames = rc_span_bytes(loading->image, span);
    out->room = span->records;
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

static int take_stack(struct rc_loading *loading, const struct places *places, const struct rf_stack *raw) {
    uint32_t thread = rc_load_thread(loading, raw->thread);
    struct frames in = {0};
    if (thread == RC_NONE || !find_frames(loading, places, raw, &in)) {
        ++*loading->damage;
        return 0;
    }
    const struct rf_thread *owner = loading->threads[thread];
    bool running = (uint64_t)(uintptr_t)owner->stack == places->behind - sizeof *raw;
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

/* A thread's own stack has a chunk to itself; a fiber's is one of many records. */
static int take_stacks(struct rc_loading *loading, struct places *places, const struct rc_table *table, bool fibers) {
    for (size_t s = 0; s < table->n; s++) {
        const struct rc_span *span = table->spans + s;
        uint32_t records = fibers ? span->records : span->used >= sizeof(struct rf_stack);
        for (uint32_t i = 0; i < records; i++) {
            const struct rf_stack *raw = rc_table_record(table, span, i);
            places->behind = loading->base + span->offset + i * sizeof(struct rf_fiber) + sizeof *raw;
            places->room = fibers ? RF_FIBER_FRAMES : (size_t)(span->room - sizeof *raw) / sizeof(struct rf_frame);
            if (fibers && !raw->frames)
                continue; /* taken and not filled in when its process ended */
            if (take_stack(loading, places, raw))
                return -1;
        }
    }
    return 0;
}

int rc_load_stacks(struct rc_loading *loading) {
    struct rc_table own, fibers;
    struct places places = {0};
    if (rc_load_table(loading, &own, RF_STACK, sizeof(struct rf_frame)) ||
        rc_load_table(loading, &fibers, RF_FIBERS, sizeof(struct rf_fiber)) ||
        rc_load_table(loading, &places.chunks, RF_FRAMES, sizeof(struct rf_frame)))
        return -1;
    loading->process->stacks = rc_load_room(loading, own.n + fibers.total, sizeof *loading->process->stacks);
    if (!loading->process->stacks)
        return -1;
    return take_stacks(loading, &places, &own, false) || take_stacks(loading, &places, &fibers, true) ? -1 : 0;
}
