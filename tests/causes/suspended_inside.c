/* A fiber that is left for three quarters of its life. Its call stays open: one entry, no resume. */
#include <ucontext.h>

#include "causes.h"

enum { TURNS = 100 };

static ucontext_t loop, fiber;
static char stack[1 << 16];

NI static void waits(void) {
    for (int i = 0; i < TURNS; i++) {
        SPIN(MS);
        swapcontext(&fiber, &loop);
    }
}

NI static void works(void) {
    SPIN(3 * MS);
}

int main(void) {
    getcontext(&fiber);
    fiber.uc_stack.ss_sp = stack;
    fiber.uc_stack.ss_size = sizeof stack;
    fiber.uc_link = &loop;
    makecontext(&fiber, waits, 0);
    for (int i = 0; i <= TURNS; i++) {
        swapcontext(&loop, &fiber);
        works();
    }
    puts("{\"subject\":\"waits\",\"cause\":\"suspended_inside\",\"of\":\"time\",\"part\":0.6,\"also\":{\"main\":"
         "\"suspended_inside\"}}");
    return 0;
}
