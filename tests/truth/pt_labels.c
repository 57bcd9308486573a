/* Protothreads whose state is a label's address. */
#include <stddef.h>

struct pt {
    void *place;
};

#define PT_PASTE_(a, b) a##b
#define PT_PASTE(a, b) PT_PASTE_(a, b)
#define PT_LABEL PT_PASTE(place_, __LINE__)

#define PT_THREAD(declaration) char declaration
#define PT_INIT(pt) ((pt)->place = NULL)
#define PT_BEGIN(pt)                                                                                                   \
    do {                                                                                                               \
        if ((pt)->place)                                                                                               \
            goto *(pt)->place;                                                                                         \
    } while (0)
#define PT_WAIT_UNTIL(pt, condition)                                                                                   \
    do {                                                                                                               \
    PT_LABEL:                                                                                                          \
        (pt)->place = &&PT_LABEL;                                                                                      \
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
        (pt)->place = &&PT_LABEL;                                                                                      \
        return 1;                                                                                                      \
    PT_LABEL:;                                                                                                         \
    } while (0)
#define PT_END(pt)                                                                                                     \
    PT_INIT(pt);                                                                                                       \
    return 3

#include "pt_program.h"
