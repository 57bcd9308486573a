/*
 * An assembly switch in a code base that tells AddressSanitizer of it, as its interface for fibers wants it: before the
 * switch where it goes, and after it that it has come. A fiber runs up to its first wait where it is made.
 */
#include "swap.h"

#define ROOM 32768
#define EAGER
#define AWAIT_POINTS
#define FIRST_CALLER "run_fiber"
#define LEAVE() SWITCH(fibers[current], loop, loop_bottom, loop_size, &fake)
#define ENTER(i) SWITCH(loop, fibers[i], stacks[i], ROOM, &fake)
#define MAKE(i)                                                                                                        \
    do {                                                                                                               \
        fibers[i] = ready_stack(stacks[i], ROOM, run_fiber);                                                           \
        current = i;                                                                                                   \
        ENTER(i);                                                                                                      \
    } while (0)
#define ALSO(n)                                                                                                        \
    printf("\"run_fiber\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spawn\":%d}},", n, n, n)

__attribute__((weak)) void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size);

#define SWITCH(from, to, bottom, size, save_fake)                                                                      \
    do {                                                                                                               \
        void *fake = NULL;                                                                                             \
        (void)fake;                                                                                                    \
        if (__sanitizer_start_switch_fiber)                                                                            \
            __sanitizer_start_switch_fiber(save_fake, bottom, size);                                                   \
        swap_stacks(&(from), to);                                                                                      \
        if (__sanitizer_finish_switch_fiber)                                                                           \
            __sanitizer_finish_switch_fiber(fake, NULL, NULL);                                                         \
    } while (0)

static void *loop, *fibers[16];
static char stacks[16][ROOM] __attribute__((aligned(64)));
static const void *loop_bottom; /* told at the first switch away from it */
static size_t loop_size;
static void run_fiber(void);

#include "fibers.h"

NI static void run_fiber(void) {
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(NULL, &loop_bottom, &loop_size);
    fiber_main();
    SWITCH(fibers[current], loop, loop_bottom, loop_size, NULL); /* for good */
    abort();
}
