/* ucontext fibers on one thread. */
#include <ucontext.h>

#define ROOM 32768
#define FIRST_CALLER "spawn"
#define AWAIT_POINTS
#define LEAVE() swapcontext(&fibers[current], &loop)
#define ENTER(i) swapcontext(&loop, &fibers[i])
#define MAKE(i)                                                                                                        \
    do {                                                                                                               \
        if (!stacks[i])                                                                                                \
            stacks[i] = malloc(ROOM);                                                                                  \
        getcontext(&fibers[i]);                                                                                        \
        fibers[i].uc_stack.ss_size = ROOM;                                                                             \
        fibers[i].uc_stack.ss_sp = stacks[i];                                                                          \
        fibers[i].uc_link = &loop;                                                                                     \
        makecontext(&fibers[i], fiber_main, 0);                                                                        \
    } while (0)

static ucontext_t loop, fibers[16];
static void *stacks[16];

#include "fibers.h"
