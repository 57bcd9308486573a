/* The body of the fiber programs; the program that includes it knows how to make a fiber and how to switch. */
#ifndef RECOUNT_BENCH_SCALE_FIBERS_H
#define RECOUNT_BENCH_SCALE_FIBERS_H

#include <sys/mman.h>

#include "scale.h"

#ifndef STACK_BYTES
#define STACK_BYTES 16384
#endif

struct fiber; /* the style's */
static void fiber_make(struct fiber *fiber, char *stack, struct share *share);
static void fiber_enter(struct fiber *fiber); /* from the loop, until it waits */
static void fiber_leave(void);                /* back to the loop */

NI static void await_io(struct share *share) {
    fiber_leave();
    share->resumed++;
}

NI static void handler(struct share *share) {
    share->started++;
    for (long waits = 0; waits <= share->rounds; waits++)
        await_io(share);
}

UNSEEN void scale_truth(long tasks, long started, long resumed) {
    printf("\"handler\":{\"entries\":%ld,\"calls\":%ld,\"callers\":{\"fiber_main\":%ld}},"
           "\"await_io\":{\"entries\":%ld,\"calls\":%ld,\"callers\":{\"handler\":%ld}},\"fiber_main\":{\"calls\":%ld}",
           started, started, started, resumed, resumed, resumed, tasks);
}

/* One mapping for all stacks: the kernel allows fewer mappings than there are fibers. */
UNSEEN static char *fiber_stacks(long count) {
    void *stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED)
        exit(1);
    return stacks;
}

#endif
