/* Many ucontext fibers, alive at once. */
#include <ucontext.h>

#include "scale_fibers.h"

struct fiber {
    ucontext_t context;
    struct share *share;
};

static __thread ucontext_t loop;
static __thread struct fiber *current;

UNSEEN static void fiber_leave(void) {
    swapcontext(&current->context, &loop);
}

UNSEEN static void fiber_enter(struct fiber *fiber) {
    current = fiber;
    swapcontext(&loop, &fiber->context);
}

NI static void fiber_main(void) {
    handler(current->share);
}

UNSEEN static void fiber_make(struct fiber *fiber, char *stack, struct share *share) {
    fiber->share = share;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = stack;
    fiber->context.uc_stack.ss_size = STACK_BYTES;
    fiber->context.uc_link = &loop;
    makecontext(&fiber->context, fiber_main, 0);
}

#include "scale_fibers_run.h"
