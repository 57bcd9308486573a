/* A program whose times are known beforehand: requests of some functions, one of which can be made slower.
 *
 *     planted [REQUESTS [PERCENT [CALLS]]]     PERCENT more work in each call of query; CALLS more calls of note a run
 */
#include <stdlib.h>

volatile unsigned long sink;

/* A dependent chain: its time is its length. */
static inline __attribute__((always_inline, no_instrument_function)) void work(unsigned long steps) {
    unsigned long x = sink;
    for (unsigned long i = 0; i < steps; i++)
        x = x * 6364136223846793005u + 1442695040888963407u;
    sink = x;
}

static unsigned long percent;

__attribute__((noinline)) void query(void) {
    work(40000 + 400 * percent);
}

__attribute__((noinline)) void note(void) {
    work(2000);
}

__attribute__((noinline)) void parse(void) {
    work(60000);
}

__attribute__((noinline)) void render(void) {
    work(50000);
}

__attribute__((noinline)) void check(void) {
    work(20000);
}

__attribute__((noinline)) void request(void) {
    parse();
    for (int i = 0; i < 3; i++)
        query();
    check();
    render();
    note();
    work(10000);
}

static unsigned long argument(int argc, char **argv, int i, unsigned long otherwise) {
    return i < argc ? strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv) {
    unsigned long requests = argument(argc, argv, 1, 1000), calls = argument(argc, argv, 3, 0);
    percent = argument(argc, argv, 2, 0);
    for (unsigned long i = 0; i < requests; i++)
        request();
    for (unsigned long i = 0; i < calls; i++)
        note();
    return 0;
}
