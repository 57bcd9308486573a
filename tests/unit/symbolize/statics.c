/* lines matter here */
// clang-format off
/* Statics of one name in two files, a call's line, functions inlined into each other. */
#include "truth.h"

void other_facts(void);

static void *inner, *caller_address;
static int inner_line, call_line;

/* Its name is not on the line where its code begins, so that the one cannot pass for the other. */
enum { HELPER_LINE = __LINE__ + 2 };
__attribute__((noinline)) static int
helper(int x)
{
    __asm__ volatile("");
    return x + 1;
}

/* Two names for one place. */
int __ans(int x);
__attribute__((noinline)) int __ans(int x) { return x + 42; }
extern int answer(int x) __attribute__((alias("__ans")));

__attribute__((noinline)) static void called(void) {
    caller_address = __builtin_return_address(0);
    __asm__ volatile("");
}

__attribute__((noinline)) static void calls(void) {
    __asm__ volatile("");
    call_line = __LINE__ + 1;
    called();
    __asm__ volatile("");
}

__attribute__((always_inline)) static inline void innermost(void) {
    inner_line = __LINE__ + 1;
    inner = HERE();
}

__attribute__((always_inline)) static inline void between(void) {
    innermost();
}

enum { BETWEEN_LINE = __LINE__ + 2 };
__attribute__((noinline)) static void outer(void) {
    between();
    __asm__ volatile("");
}

int main(void) {
    print_place();
    FACT("helper", helper, HELPER_LINE);
    other_facts();
    calls();
    FACT("return", caller_address, call_line);
    outer();
    FACT("inlined", inner, inner_line);
    FACT("outer", outer, BETWEEN_LINE);
    FACT("alias", answer, 0);
    return helper(-1);
}
