/* The programs that are symbolized print what they know of themselves: one `fact NAME ADDRESS LINE` a line. */
#ifndef RECOUNT_TESTS_TRUTH_H
#define RECOUNT_TESTS_TRUTH_H

#include <stdint.h>
#include <stdio.h>

extern char __executable_start, etext;

#define FACT(name, address, line) printf("fact %s %lx %d\n", name, (unsigned long)(uintptr_t)(address), (int)(line))

/* Where the code lies and how far it was moved from the addresses in the file. */
static inline void print_place(void) {
#ifdef __PIE__
    FACT("bias", &__executable_start, 0);
#else
    FACT("bias", 0, 0);
#endif
    FACT("start", &__executable_start, 0);
    FACT("end", &etext, 0);
}

/* The address of the instruction that is being executed, in whatever function it ends up. */
#define HERE()                                                                                                         \
    ({                                                                                                                 \
        void *here_;                                                                                                   \
        __asm__ volatile("lea 0(%%rip), %0" : "=r"(here_));                                                            \
        here_;                                                                                                         \
    })

#endif
