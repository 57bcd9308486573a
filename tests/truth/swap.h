/* A switch of stacks in assembly, and a stack made ready for it. */
#ifndef RECOUNT_TESTS_SWAP_H
#define RECOUNT_TESTS_SWAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "truth.h"

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

/* What swap_stacks restores to enter `function`: six registers, its address, and a null for its return address. */
UNSEEN TRUTH void *ready_stack(char *stack, size_t size, void (*function)(void)) {
    uint64_t words[8] = {0};
    words[6] = (uint64_t)function;
    char *top = (char *)((uint64_t)(stack + size) & ~UINT64_C(15)) - sizeof words;
    memcpy(top, words, sizeof words);
    return top;
}

#endif
