/* An assembly switch in a code base that tells ThreadSanitizer of fibers: when one is made, and whose turn is next. */
#include "swap.h"

#define ROOM 32768
#define AWAIT_POINTS
#define FIRST_CALLER "run_fiber"
#define LEAVE() SWITCH(fibers[current].stack, loop)
#define ENTER(i) SWITCH(loop.stack, fibers[i])
#define MAKE(i)                                                                                                        \
    do {                                                                                                               \
        if (__tsan_destroy_fiber && fibers[i].handle)                                                                  \
            __tsan_destroy_fiber(fibers[i].handle);                                                                    \
        if (__tsan_get_current_fiber)                                                                                  \
            loop.handle = __tsan_get_current_fiber();                                                                  \
        if (__tsan_create_fiber)                                                                                       \
            fibers[i].handle = __tsan_create_fiber(0);                                                                 \
        fibers[i].stack = ready_stack(stacks[i], ROOM, run_fiber);                                                     \
    } while (0)
#define ALSO(n)                                                                                                        \
    printf("\"run_fiber\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spawn\":%d}},", n, n, n)

__attribute__((weak)) void *__tsan_get_current_fiber(void);
__attribute__((weak)) void *__tsan_create_fiber(unsigned flags);
__attribute__((weak)) void __tsan_destroy_fiber(void *fiber);
__attribute__((weak)) void __tsan_switch_to_fiber(void *fiber, unsigned flags);

#define SWITCH(from, to)                                                                                               \
    do {                                                                                                               \
        if (__tsan_switch_to_fiber)                                                                                    \
            __tsan_switch_to_fiber((to).handle, 0);                                                                    \
        swap_stacks(&(from), (to).stack);                                                                              \
    } while (0)

static struct { void *stack, *handle; } loop, fibers[16];
static char stacks[16][ROOM] __attribute__((aligned(64)));
static void run_fiber(void);

#include "fibers.h"

NI static void run_fiber(void) {
    fiber_main();
    LEAVE();
    abort();
}
