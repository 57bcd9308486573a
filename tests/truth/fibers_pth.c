/*
 * GNU Pth: the library's own scheduler decides who runs; every handler naps, and main joins them.
 * libs: -lpth
 */
#include <pth.h>

#define LEAVE() pth_nap(pth_time(0, 6000))
#define MAKE(i) threads[i] = pth_spawn(PTH_ATTR_DEFAULT, pth_start, NULL)
#define FIRST_CALLER "pth_start"
#define OWN_LOOP
#define OWN_MAIN
#define ALSO(n)                                                                                                        \
    printf("\"pth_start\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spawn\":%d}},", n, n, n)

static pth_t threads[16];
static void *pth_start(void *argument);

#include "fibers.h"

NI static void *pth_start(void *argument) {
    fiber_main();
    return argument;
}

int main(void) {
    pth_init();
    for (int generation = 0; generation < GENERATIONS; generation++) {
        for (int i = 0; i < FIBERS; i++)
            spawn(i);
        for (int i = 0; i < FIBERS; i++)
            pth_join(threads[i], NULL);
    }
    tell_truth();
    pth_kill();
    return 0;
}
