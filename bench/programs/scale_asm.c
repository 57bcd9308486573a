/* Many fibers that a few instructions switch, alive at once: nothing tells of their stacks or of a switch. */
#include <stdint.h>

#include "scale_fibers.h"

struct fiber {
    void *sp; /* while it waits: its registers lie there */
    struct share *share;
};

static __thread void *loop_sp;
static __thread struct fiber *current;

/* switch_stacks(where to keep the stack that is left, the stack to go on with) */
void switch_stacks(void **left, void *entered);
__asm__(".text\n"
        ".type switch_stacks, @function\n"
        "switch_stacks:\n"
        "    push %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    mov %rsp, (%rdi)\n"
        "    mov %rsi, %rsp\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size switch_stacks, .-switch_stacks\n");

UNSEEN static void fiber_leave(void) {
    switch_stacks(&current->sp, loop_sp);
}

UNSEEN static void fiber_enter(struct fiber *fiber) {
    current = fiber;
    switch_stacks(&loop_sp, fiber->sp);
}

NI static void fiber_main(void) {
    handler(current->share);
}

/* A fiber's first function has nowhere to return to: it switches away for good. */
UNSEEN static void fiber_begin(void) {
    fiber_main();
    fiber_leave();
}

UNSEEN static void fiber_make(struct fiber *fiber, char *stack, struct share *share) {
    void **top = (void **)(void *)(stack + STACK_BYTES);
    *--top = NULL; /* where fiber_begin's return address would be: the stack is aligned as after a call */
    *--top = (void *)(uintptr_t)fiber_begin;
    fiber->share = share;
    fiber->sp = top - 6;
}

#include "scale_fibers_run.h"
