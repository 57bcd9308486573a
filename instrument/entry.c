/* Entries that the hook's fast path does not know: new contexts, new stacks, signals, frames left behind. */
#include "instrument/runtime.h"

#include <errno.h>

#include "instrument/arch.h"
#include "instrument/links.h"
#include "instrument/match.h"

#include "instrument/safe.h"

/*
 * Reached by a tail jump, so the stack pointer and the callee-saved registers are still what the hooked function
 * had when it called the hook: among them is its first argument, which tells a coroutine's frame.
 */
__asm__(".pushsection recount_probe, \"ax\", @progbits\n"
        ".hidden rt_enter_entry\n"
        ".globl rt_enter_entry\n"
        ".type rt_enter_entry, @function\n"
        "rt_enter_entry:\n"
        ".cfi_startproc\n"
        "  cmpl $0, rt_sleeping(%rip)\n"
        "  jne 2f\n"
        "1:\n"
        "  lea 8(%rsp), %rdx\n"
        "  mov (%rsp), %r8\n"
        "  push %r15\n"
        "  push %r14\n"
        "  push %r13\n"
        "  push %r12\n"
        "  push %rbp\n"
        "  push %rbx\n"
        "  mov %rsp, %rcx\n"
        "  sub $8, %rsp\n"
        ".cfi_adjust_cfa_offset 56\n"
        "  call rt_enter_slow\n"
        "  add $56, %rsp\n"
        ".cfi_adjust_cfa_offset -56\n"
        "  ret\n"
        "2:\n" /* something sleeps: perhaps this */
        "  push %rdi\n"
        "  push %rsi\n"
        "  sub $8, %rsp\n"
        ".cfi_adjust_cfa_offset 24\n"
        "  mov 24(%rsp), %rsi\n"
        "  xor %edx, %edx\n"
        "  call rt_sleep_hook\n"
        "  add $8, %rsp\n"
        "  pop %rsi\n"
        "  pop %rdi\n"
        ".cfi_adjust_cfa_offset -24\n"
        "  test %al, %al\n"
        "  je 1b\n"
        "  ret\n"
        ".cfi_endproc\n"
        ".size rt_enter_entry, . - rt_enter_entry\n"
        "\n" /* likewise by a tail jump: the hook's own return address is on top */
        ".hidden rt_exit_entry\n"
        ".globl rt_exit_entry\n"
        ".type rt_exit_entry, @function\n"
        "rt_exit_entry:\n"
        ".cfi_startproc\n"
        "  cmpl $0, rt_sleeping(%rip)\n"
        "  jne 2f\n"
        "1:\n"
        "  jmp rt_exit_slow\n"
        "2:\n"
        "  push %rdi\n"
        "  push %rsi\n"
        "  push %rdx\n"
        ".cfi_adjust_cfa_offset 24\n"
        "  mov 24(%rsp), %rsi\n"
        "  mov $1, %edx\n"
        "  call rt_sleep_hook\n"
        "  pop %rdx\n"
        "  pop %rsi\n"
        "  pop %rdi\n"
        ".cfi_adjust_cfa_offset -24\n"
        "  test %al, %al\n"
        "  je 1b\n"
        "  ret\n"
        ".cfi_endproc\n"
        ".size rt_exit_entry, . - rt_exit_entry\n"
        ".popsection\n");

/*
 * A handler's frame goes on the shadow stack of what it interrupted. A thread that has left a fiber without a hook
 * since is not on that one: it comes to where it is first, for another thread may take the fiber meanwhile. A stack
 * that is not known is an alternate one, or a fiber's that has not begun.
 */
static bool on_interrupted_stack(struct rt_thread *self, uint64_t sp) {
    const struct rf_stack *stack = self->shared.stack;
    if (sp >= stack->lo && sp < stack->hi)
        return rt_stack_is_mine(self);
    bool own = sp >= self->own->lo && sp < self->own->hi;
    struct rf_stack *there = own ? self->own : rt_place_find(sp, sp + 1, NULL);
    if (!there)
        return stack->exact && rt_stack_is_mine(self);
    if (self->growing)
        return false;
    rt_stack_switch(self, there, 0);
    return self->shared.stack == there;
}

/*
 * A handler's first function. The slot above `top` may be half written by the hook that the signal interrupted: it
 * is left alone, and a marker above it keeps what to go back to. The handler's calls hang under the signal root.
 */
static void enter_handler(struct rt_thread *self, uint64_t fn, uint64_t cs, uint64_t sp) {
    if (!on_interrupted_stack(self, sp)) {
        self->shared.lost_contexts++;
        return;
    }
    struct rf_frame *interrupted = self->shared.top, *marker = interrupted + 2;
    if (interrupted >= self->shared.limit || self->moving) {
        self->shared.lost_contexts++;
        return;
    }
    struct rf_node *node = rt_node_get(self, self->shared.signal_root, fn, cs, RF_NODE_SIGNAL);
    marker->node = self->shared.signal_root;
    marker->sp = sp + 1;
    marker->t0 = self->shared.lo;
    marker->call = (uint64_t)(interrupted - self->shared.stack->frames); /* an index: the frames may move meanwhile */
    marker[1].node = node;
    marker[1].sp = sp;
    marker[1].call = node->count + 1;
    marker[1].t0 = rt_ticks() | 2; /* always timed: the exit must take the slow path, which knows the marker */
    self->handlers++;
    atomic_signal_fence(memory_order_release);
    const struct rf_stack *stack = self->shared.stack;
    if (sp < stack->lo || sp >= stack->hi)
        self->shared.lo = 0; /* an alternate signal stack, whose bounds nobody told */
    __atomic_store_n(&self->shared.top, marker + 1, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_release);
    rt_bump(&node->count);
}

/* A call of `fn` among the innermost ones that share this stack pointer. */
static struct rf_frame *same_height(const struct rt_thread *self, uint64_t fn, uint64_t sp) {
    for (struct rf_frame *frame = self->shared.top; frame->sp == sp; frame--)
        if (frame->node->fn == fn)
            return frame;
    return NULL;
}

/*
 * Calls whose frames lie below the new one are gone: their exits never came. At the same height the new entry is
 * inlined into the innermost call, if it gives that call's own return address; unless it is itself open there, and
 * so has come round again without an exit. True: inlined.
 */
static bool drop_dead_frames(struct rt_thread *self, uint64_t fn, uint64_t cs, uint64_t sp) {
    const struct rf_frame *base = self->shared.stack->frames;
    while (self->shared.top > base && self->shared.top->sp < sp)
        rt_close_lost(self, rt_ticks());
    struct rf_frame *again = same_height(self, fn, sp);
    while (self->shared.top > base && self->shared.top->sp == sp) {
        struct rf_frame *top = self->shared.top;
        if (!(again && top >= again) && (top->node->cs == cs || (top->call & RF_CALL_ASYNC)))
            return true;
        rt_close_lost(self, rt_ticks());
    }
    return false;
}

static bool in_handler(const struct rt_thread *self) {
    return self->shared.lo == 0;
}

static bool to_right_stack(struct rt_thread *self, uint64_t sp, uint64_t cs) {
    struct rf_stack *stack = self->shared.stack;
    if ((sp >= stack->lo && sp < stack->hi && rt_stack_is_mine(self)) || in_handler(self))
        return true;
    stack = rt_stack_of(self, sp, cs);
    if (stack)
        rt_stack_switch(self, stack, 0);
    return stack != NULL;
}

static void cache(struct rf_node *parent, struct rf_node *node) {
    if (!(node->flags & (RF_NODE_COROUTINE | RF_NODE_FIBER | RF_NODE_LOST | RF_NODE_WATCHED)))
        parent->kid[rt_way(node->fn, node->cs)] = node;
}

static void enter(struct rt_thread *self, uint64_t fn, uint64_t cs, uint64_t sp, const struct rt_registers *registers,
                  uint64_t hook_return) {
    if (!to_right_stack(self, sp, cs))
        return;
    bool inlined = drop_dead_frames(self, fn, cs, sp);
    if (self->shared.top >= self->shared.limit && !rt_frames_grow(self)) {
        self->shared.lost_contexts++;
        return;
    }
    const struct rf_frame *top = self->shared.top, *outer = rt_innermost(self, self->shared.stack, top);
    bool linked = rt_is_link(self, top);
    if (linked)
        cs = rt_link_call_site(top, fn, cs);
    bool fiber_start = outer == self->shared.stack->frames && self->shared.stack->fiber;
    uint16_t flags = fiber_start ? RF_NODE_FIBER : inlined ? RF_NODE_INLINED : 0;
    struct rf_node *parent = outer->node, *node = rt_node_get(self, parent, fn, cs, flags);
    if (node == self->lost) {
        self->shared.lost_contexts++;
        rt_push(self, node, sp)->call = fn;
        return;
    }
    if (node->count == 0 || (node->flags & RF_NODE_COROUTINE)) {
        uint64_t frame, entered = rt_ticks();
        enum rt_coroutine what =
            rt_coroutine_look(fn, hook_return, sp, registers, node->flags & RF_NODE_COROUTINE, &frame);
        if (what != RT_PLAIN) {
            node->flags |= RF_NODE_COROUTINE;
            rt_coroutine_enter(self, what, node, sp, frame, entered);
            return;
        }
    }
    if (linked) {
        rt_link_push(self, node, sp);
        return;
    }
    if ((node->count == 0 || node->flags & RF_NODE_WATCHED) &&
        rt_protothread_enter(self, node, hook_return, sp, registers))
        return;
    cache(parent, node);
    rt_push(self, node, sp);
}

RT_SLOW void rt_enter_slow(uint64_t fn, uint64_t cs, uint64_t sp, const struct rt_registers *registers,
                           uint64_t hook_return) {
    int saved = errno;
    struct rt_thread *self = rt_self;
    if (self == &rt_nobody && rt_start())
        self = rt_thread_attach();
    if (self != &rt_nobody) {
        if (self->switching)
            self->shared.lost_contexts++;
        else if (rt_is_sigreturn(cs))
            enter_handler(self, fn, cs, sp);
        else
            enter(self, fn, cs, sp, registers, hook_return);
    }
    errno = saved;
}
