/* A pt.h of the tests' own: the state is a line number in a short, and nothing tells recount of it. */
#ifndef RECOUNT_TESTS_PT_LINES_H
#define RECOUNT_TESTS_PT_LINES_H

struct pt {
    unsigned short line;
};

#define PT_THREAD(declaration) char declaration
#define PT_INIT(pt) ((pt)->line = 0)
#define PT_BEGIN(pt)                                                                                                   \
    switch ((pt)->line) {                                                                                              \
    case 0:
#define PT_HERE(pt)                                                                                                    \
    (pt)->line = __LINE__;                                                                                             \
    __attribute__((fallthrough));                                                                                      \
    case __LINE__:
#define PT_WAIT_UNTIL(pt, condition)                                                                                   \
    do {                                                                                                               \
        PT_HERE(pt)                                                                                                    \
        if (!(condition))                                                                                              \
            return 0;                                                                                                  \
    } while (0)
#define PT_WAIT_WHILE(pt, condition) PT_WAIT_UNTIL(pt, !(condition))
#define PT_SPAWN(pt, inner, call)                                                                                      \
    do {                                                                                                               \
        PT_INIT(inner);                                                                                                \
        PT_WAIT_UNTIL(pt, (call) >= 2);                                                                                \
    } while (0)
#define PT_YIELD(pt)                                                                                                   \
    do {                                                                                                               \
        (pt)->line = __LINE__;                                                                                         \
        return 1;                                                                                                      \
    case __LINE__:;                                                                                                    \
    } while (0)
#define PT_END(pt)                                                                                                     \
    }                                                                                                                  \
    PT_INIT(pt);                                                                                                       \
    return 3

#endif
