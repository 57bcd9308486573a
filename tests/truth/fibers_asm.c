/* Fibers by an assembly switch that nobody is told of; their stacks come from malloc. */
#include "swap.h"

#define ROOM 32768
#define LEAVE() swap_stacks(&fibers[current], loop)
#define ENTER(i) swap_stacks(&loop, fibers[i])
#define MAKE(i) make(i)
#define ALSO(n) printf("\"run_fiber\":{\"entries\":%d,\"calls\":%d,\"recursive\":0},", n, n)

static void *loop, *fibers[16];
static void make(int i);

#include "fibers.h"

#ifdef ADJACENT
static char stacks[16][ROOM] __attribute__((aligned(64)));
#else
static char *stacks[16];
#endif

NI static void run_fiber(void) {
    fiber_main();
    LEAVE();
    abort();
}

NI static void make(int i) {
#ifndef ADJACENT
    if (!stacks[i])
        stacks[i] = malloc(ROOM);
#endif
    fibers[i] = ready_stack(stacks[i], ROOM, run_fiber);
}
