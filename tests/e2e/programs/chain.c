/* chain TURNS: three callbacks that hand over to each other and to themselves, in an order that never repeats for long,
 * by the lines of recount/recount.h alone. */
#include <recount/recount.h>
#include <stdlib.h>

#define NI __attribute__((noinline))

static void (*next)(void);
static long left;
static unsigned long random_state = 88172645463325252u;
static char key;

NI static void on_red(void);
NI static void on_green(void);
NI static void on_blue(void);

__attribute__((no_instrument_function)) static unsigned draw(void) { /* xorshift64, Marsaglia 2003 */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % 3);
}

NI static void hand_over(void) {
    static void (*const all[])(void) = {on_red, on_green, on_blue};
    RECOUNT_LINK(&key, "the next turn");
    next = all[draw()];
}

static void on_red(void) {
    RECOUNT_LINKED(&key, on_red);
    hand_over();
}

static void on_green(void) {
    RECOUNT_LINKED(&key, on_green);
    hand_over();
}

static void on_blue(void) {
    RECOUNT_LINKED(&key, on_blue);
    hand_over();
}

int main(int argc, char **argv) {
    left = argc > 1 ? atol(argv[1]) : 1000;
    hand_over();
    while (left--)
        next();
    return 0;
}
