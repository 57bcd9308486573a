/*
 * C++20 coroutines, found without edits. A compiler turns the body into a clone whose one argument is the coroutine's
 * frame, and the frame's first two words are the addresses of the resuming and of the destroying clone (the ABI that
 * gcc and clang share: P0057, "coroutine_handle::from_address"). So an entry of `fn` whose first argument points to a
 * word equal to `fn` is a resume, and whose second word equals it is a destruction.
 */
#include "instrument/runtime.h"

#include <string.h>

#include "instrument/safe.h"

/* Coroutines need C++'s runtime: where it is not loaded, an object whose first member is its own function is just that.
 */
extern void __gxx_personality_v0(void) __attribute__((weak));

/* The frame's other word is code too (or null, after the end). Asked once a context, and only of likely frames. */
static bool is_code(uint64_t address) {
    struct rt_mapping mapping;
    return address == 0 || (rt_mapping_of(address, &mapping) && mapping.executable);
}

enum rt_coroutine rt_coroutine_look(uint64_t fn, uint64_t hook_return, uint64_t sp,
                                    const struct rt_registers *registers, bool known, uint64_t *frame) {
    uint64_t words[2];
    if (!__gxx_personality_v0 || !rt_first_argument(fn, hook_return, sp, registers, frame) || !*frame || (*frame & 7))
        return RT_PLAIN;
    if (known && rt_frame_is_alive(rt_call_find(*frame), fn))
        return RT_RESUMED; /* without looking: that costs a system call */
    if (!rt_read_safely(*frame, words, 2) || (words[0] != fn && words[1] != fn) || words[0] == words[1])
        return RT_PLAIN;
    bool resumed = words[0] == fn;
    if (!known && !is_code(words[resumed]))
        return RT_PLAIN;
    return resumed ? RT_RESUMED : RT_DESTROYED;
}

/* An actor that gcc's own destroying clone calls runs no body. */
static bool inside_destroyer_of(const struct rt_thread *self, uint64_t frame) {
    const struct rf_frame *top = self->shared.top;
    return self->destroying == frame && top->node == self->destroyer && top->call == self->destroyer_call;
}

static void enter_destroyer(struct rt_thread *self, struct rf_node *node, uint64_t sp, uint64_t frame) {
    struct rf_extra *extra = rt_extra_get(self, node);
    rt_push(self, node, sp);
    if (extra)
        extra->internal++;
    self->destroying = frame;
    self->destroyer = node;
    self->destroyer_call = self->shared.top->call;
    struct rf_call *call = rt_call_find(frame);
    if (!call || call->state == RF_CALL_ENDED)
        call = rt_made_find(self, frame);
    if (call)
        rt_call_destroyed(self, call, node->fn);
}

/* Its frame was not seen when it was made: its logical context is where it ran first. A tail jump from an awaiter
 * cannot be told from a loop's next turn. */
static void begin_untied(struct rt_thread *self, struct rf_node *node, uint64_t frame) {
    struct rf_extra *extra = rt_extra_get(self, node);
    struct rf_call *call = rt_call_begin(self, frame, node, RF_CALL_FRAME | RF_CALL_BEGIN_UNSEEN);
    if (!call)
        return;
    if (extra)
        extra->begins++; /* calls, where the ramp was inlined and has no entry of its own */
    call->resume_fn = node->fn;
}

/* gcc's ramp enters the body itself, by a call of its own clone: that is how the body begins, and no resume. */
static bool called_by_ramp(const struct rt_thread *self, const struct rf_node *node, uint64_t frame) {
    int32_t distance;
    if (!rt_ramp_open(self, frame) || *(const unsigned char *)(node->cs - 5) != 0xe8) /* call rel32 */
        return false;
    memcpy(&distance, (const void *)(node->cs - 4), sizeof distance);
    return node->cs + (uint64_t)(int64_t)distance == node->fn;
}

static bool start_made(struct rt_thread *self, struct rf_node *node, uint64_t frame, uint64_t waited_until) {
    struct rf_call *call = rt_call_find(frame);
    if (!call || call->state != RF_CALL_MADE)
        call = rt_made_find(self, frame);
    struct rf_node *logical = call ? rt_call_start(self, call, node->fn, waited_until) : NULL;
    struct rf_extra *extra = logical ? rt_extra_get(self, logical) : NULL;
    if (extra)
        extra->begins++;
    return logical;
}

void rt_coroutine_enter(struct rt_thread *self, enum rt_coroutine what, struct rf_node *node, uint64_t sp,
                        uint64_t frame, uint64_t entered) {
    if (what == RT_DESTROYED) {
        enter_destroyer(self, node, sp, frame);
        return;
    }
    struct rf_extra *extra = rt_extra_get(self, node);
    if (inside_destroyer_of(self, frame)) {
        rt_push(self, node, sp);
        if (extra)
            extra->internal++;
        return;
    }
    struct rf_call *call = rt_call_find(frame);
    uint64_t waited_until = called_by_ramp(self, node, frame) ? 0 : entered;
    rt_push(self, node, sp);
    if (extra)
        extra->resumes++;
    if (rt_frame_is_alive(call, node->fn))
        rt_frame_resume(self, call, entered);
    else if (!start_made(self, node, frame, waited_until))
        begin_untied(self, node, frame);
}
