/*
 * What the programs of this folder share. Each provokes one cause alone, and says so in its last line of output:
 *   {"subject": FUNCTION, "cause": CAUSE, "of": what it is the difference of, "part": how much of that it is at least,
 *    "also": {FUNCTION: CAUSE}}       functions that cannot but have the cause, too; every other one has none
 *   {"agree": [FUNCTION…]}            a control: these agree, none disagrees, and none has a cause
 * The effects are a third of what they are in, or more, so that neither chance nor a busy machine hides one.
 */
#ifndef RECOUNT_TESTS_CAUSES_H
#define RECOUNT_TESTS_CAUSES_H

#include <stdio.h>

#define NI __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))

/* Work that takes time in proportion to `n`, in the code that it stands in, with every compiler alike: the variable
 * goes through memory. A million are 1 to 2 ms. */
#define SPIN(n)                                                                                                        \
    for (volatile long spin_ = (n); spin_ > 0; spin_--)                                                                \
        ;

enum { MS = 500000 };

#endif
