#include "truth.h"

void other_facts(void);

__attribute__((noinline)) static int helper(int x) {
    __asm__ volatile("");
    return x + 2;
}
enum { HELPER_LINE = __LINE__ - 4 };

void other_facts(void) {
    FACT("other", helper, HELPER_LINE);
    helper(1);
}
