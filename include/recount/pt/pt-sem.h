/* Counting semaphores for protothreads: the names and the meaning of A. Dunkels' pt-sem.h. */
#ifndef __PT_SEM_H__
#define __PT_SEM_H__

#include "pt.h"

struct pt_sem {
    unsigned int count;
};

#define PT_SEM_INIT(s, c) ((s)->count = (c))
#define PT_SEM_COUNT(s) ((s)->count)
/** Leaves until the count is above 0, and takes one. */
#define PT_SEM_WAIT(pt, s)                                                                                             \
    do {                                                                                                               \
        PT_WAIT_UNTIL(pt, PT_SEM_COUNT(s) > 0);                                                                        \
        --(s)->count;                                                                                                  \
    } while (0)
#define PT_SEM_SIGNAL(pt, s) (++(s)->count)

#endif
