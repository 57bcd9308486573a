/* What the program kill9 keeps in a file of its own, mapped shared, so that it outlives a kill -9. */
#ifndef RECOUNT_TESTS_KILL9_H
#define RECOUNT_TESTS_KILL9_H

#include <stdint.h>

#define KILL9_THREADS 2

/* The functions that count themselves. X(name, is a coroutine) */
#define KILL9_FUNCTIONS(X)                                                                                             \
    X(leaf, 0)                                                                                                         \
    X(branch, 0)                                                                                                       \
    X(recurse, 0)                                                                                                      \
    X(on_wake, 0)                                                                                                      \
    X(job, 1)                                                                                                          \
    X(part, 1)

enum kill9_function {
#define X(name, coroutine) KILL9_##name,
    KILL9_FUNCTIONS(X)
#undef X
        KILL9_FUNCTION_COUNT
};

struct kill9_counts {
    uint64_t entries, calls, resumes; /* calls and resumes of coroutines only */
};

struct kill9_file {
    volatile int32_t pid; /* stored when the work begins */
    struct kill9_counts counts[KILL9_THREADS][KILL9_FUNCTION_COUNT];
};

#endif
