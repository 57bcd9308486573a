/* Fibers by an assembly switch in the same file that nobody is told of; their stacks come from malloc. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 32768
#define LEAVE() swap_stacks(&fibers[current], loop)
#define ENTER(i) swap_stacks(&loop, fibers[i])
#define MAKE(i) make(i)

static void *loop, *fibers[16];
static void make(int i);
void swap_stacks(void **save, void *restore);

/* rbx, rbp and r12 to r15 are the callee's to save in the System V ABI. */
__asm__(".text\n"
        ".type swap_stacks, @function\n"
        ".globl swap_stacks\n"
        "swap_stacks:\n"
        "  push %rbp\n"
        "  push %rbx\n"
        "  push %r12\n"
        "  push %r13\n"
        "  push %r14\n"
        "  push %r15\n"
        "  mov %rsp, (%rdi)\n"
        "  mov %rsi, %rsp\n"
        "  pop %r15\n"
        "  pop %r14\n"
        "  pop %r13\n"
        "  pop %r12\n"
        "  pop %rbx\n"
        "  pop %rbp\n"
        "  ret\n"
        ".size swap_stacks, . - swap_stacks\n");

#include "fibers.h"

#ifdef ADJACENT
static char stacks[16][ROOM] __attribute__((aligned(64)));
#endif

NI static void run_fiber(void) {
    fiber_main();
    LEAVE();
    abort();
}

/* Six registers, the address that swap_stacks returns to, and a word where run_fiber would find its own. */
NI static void make(int i) {
#ifdef ADJACENT
    char *stack = stacks[i];
#else
    static char *stacks[16];
    if (!stacks[i])
        stacks[i] = malloc(ROOM);
    char *stack = stacks[i];
#endif
    uint64_t words[8] = {[6] = (uint64_t)run_fiber};
    char *top = (char *)((uint64_t)(stack + ROOM) & ~UINT64_C(15)) - sizeof words;
    memcpy(top, words, sizeof words);
    fibers[i] = top;
}
