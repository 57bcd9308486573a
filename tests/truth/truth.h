/*
 * What a truth program knows of itself: it counts in its own functions and prints the numbers as one line of JSON at
 * its end, for check.c to hold against the report. Nothing here is instrumented.
 */
#ifndef RECOUNT_TESTS_TRUTH_H
#define RECOUNT_TESTS_TRUTH_H

#include <stdio.h>
#include <time.h>

#ifdef __cplusplus
#define TRUTH static inline
#else
#define TRUTH static inline
#endif
#define UNSEEN __attribute__((no_instrument_function))

UNSEEN TRUTH double truth_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Keeps a CPU busy, in no function of the program's. */
UNSEEN TRUTH void truth_burn(double ms) {
    double end = truth_ms() + ms;
    while (truth_ms() < end)
        ;
}

UNSEEN TRUTH void truth_sleep(double ms) {
    struct timespec pause = {(time_t)(ms / 1e3), (long)((ms - 1e3 * (double)(time_t)(ms / 1e3)) * 1e6)};
    nanosleep(&pause, NULL);
}

#endif
