/*
 * phases MS SECONDS: two functions in turn, each for MS milliseconds of CPU time on average (a half to one and a half,
 * at random), until SECONDS of it are over. Prints the part of it that the first one had, by the thread's own clock.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define UNHOOKED __attribute__((no_instrument_function))

UNHOOKED static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static volatile uint64_t sink;

UNHOOKED static inline __attribute__((always_inline)) double work(double until) {
    double at;
    while ((at = now()) < until)
        for (int i = 0; i < 2000; i++)
            sink += (uint64_t)i;
    return at;
}

__attribute__((noinline)) static double first(double until) {
    return work(until);
}

__attribute__((noinline)) static double second(double until) {
    return work(until);
}

int main(int argc, char **argv) {
    double ms = argc > 1 ? atof(argv[1]) : 30, end = 1e3 * (argc > 2 ? atof(argv[2]) : 1), at = now(), had = 0;
    double begin = at;
    srand((unsigned)time(NULL));
    while (at - begin < end) {
        double length = ms * (0.5 + (double)rand() / RAND_MAX), then = at;
        at = first(at + length);
        had += at - then;
        at = second(at + ms * (0.5 + (double)rand() / RAND_MAX));
    }
    printf("%.9f\n", had / (at - begin));
    return 0;
}
