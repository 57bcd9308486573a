/*
 * Where control leaves a stack's order, taken before libc sees it: makecontext tells a fiber's bounds, swapcontext and
 * setcontext the moment and the place of a switch, longjmp and __cxa_begin_catch which calls are left without an exit.
 * Only in the shared runtime, which can reach libc's own behind itself; elsewhere the stack pointer at the next hook
 * tells the switch (stacks.c).
 *
 * Calls go through recount_stack_*, which the program's own runtime takes over where it holds one.
 */
#include "instrument/runtime.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <ucontext.h>

#include "instrument/behind.h"

#include "instrument/safe.h"

#define ARGUMENTS_MOST 16

void recount_stack_made(uint64_t lo, uint64_t hi);
void recount_stack_switch(uint64_t target_sp, uint64_t from_code);
void recount_stack_unwound(uint64_t sp, uint64_t from_code);

RT_EXPORT void makecontext(ucontext_t *context, void (*function)(void), int count, ...) {
    static rt_function *_Atomic real;
    long arguments[ARGUMENTS_MOST] = {0};
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count && i < ARGUMENTS_MOST; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    uint64_t lo = (uint64_t)context->uc_stack.ss_sp;
    recount_stack_made(lo, lo + context->uc_stack.ss_size);
    const long *a = arguments;
    ((void (*)(ucontext_t *, void (*)(void), int, ...))RT_NEXT("makecontext", &real))(
        context, function, count, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12],
        a[13], a[14], a[15]);
}

RT_EXPORT int swapcontext(ucontext_t *from, const ucontext_t *to) {
    static rt_function *_Atomic real;
    int (*swap)(ucontext_t *, const ucontext_t *) =
        (int (*)(ucontext_t *, const ucontext_t *))RT_NEXT("swapcontext", &real);
    recount_stack_switch((uint64_t)to->uc_mcontext.gregs[REG_RSP], (uint64_t)__builtin_return_address(0));
    return swap(from, to);
}

RT_EXPORT int setcontext(const ucontext_t *to) {
    static rt_function *_Atomic real;
    int (*set)(const ucontext_t *) = (int (*)(const ucontext_t *))RT_NEXT("setcontext", &real);
    recount_stack_switch((uint64_t)to->uc_mcontext.gregs[REG_RSP], (uint64_t)__builtin_return_address(0));
    return set(to);
}

/* glibc keeps the stack pointer in the seventh word, rotated and mixed with the thread's pointer guard
 * (sysdeps/unix/sysv/ linux/x86_64/pointer_guard.h); what does not come out as an address of this thread's stacks is of
 * no effect. */
static uint64_t stack_pointer_of(const struct __jmp_buf_tag *buffer) {
    uint64_t word = (uint64_t)buffer->__jmpbuf[6], guard;
    __asm__("mov %%fs:0x30, %0" : "=r"(guard));
    return (word >> 17 | word << 47) ^ guard;
}

typedef void jump(struct __jmp_buf_tag *, int);

#define INTERPOSE_JUMP(name)                                                                                           \
    RT_EXPORT _Noreturn void name(struct __jmp_buf_tag buffer[1], int value) {                                         \
        static rt_function *_Atomic real;                                                                              \
        jump *leap = (jump *)RT_NEXT(#name, &real);                                                                    \
        recount_stack_unwound(stack_pointer_of(buffer), (uint64_t)__builtin_return_address(0));                        \
        leap(buffer, value);                                                                                           \
        __builtin_unreachable();                                                                                       \
    }

#undef longjmp
#undef _longjmp
#undef siglongjmp
INTERPOSE_JUMP(longjmp)
INTERPOSE_JUMP(_longjmp)
INTERPOSE_JUMP(siglongjmp)
_Noreturn void __longjmp_chk(struct __jmp_buf_tag buffer[1], int value);
INTERPOSE_JUMP(__longjmp_chk)

/* The catching function's own stack pointer is this function's canonical frame address (Itanium C++ ABI, 2.5.3). */
RT_EXPORT void *__cxa_begin_catch(void *exception);
void *__cxa_begin_catch(void *exception) {
    static rt_function *_Atomic real;
    recount_stack_unwound((uint64_t)__builtin_dwarf_cfa(), (uint64_t)__builtin_return_address(0));
    return ((void *(*)(void *))RT_NEXT("__cxa_begin_catch", &real))(exception);
}

/* Boost.Context's own switches (fcontext.hpp): a context is the stack pointer that it was left with. */
struct transfer {
    void *context, *data;
};
RT_EXPORT void *make_fcontext(void *top, size_t size, void (*function)(struct transfer));
RT_EXPORT struct transfer jump_fcontext(void *to, void *data);
RT_EXPORT struct transfer ontop_fcontext(void *to, void *data, struct transfer (*function)(struct transfer));

void *make_fcontext(void *top, size_t size, void (*function)(struct transfer)) {
    static rt_function *_Atomic real;
    recount_stack_made((uint64_t)top - size, (uint64_t)top);
    return ((void *(*)(void *, size_t, void (*)(struct transfer)))RT_NEXT("make_fcontext", &real))(top, size, function);
}

struct transfer jump_fcontext(void *to, void *data) {
    static rt_function *_Atomic real;
    struct transfer (*jump)(void *, void *) = (struct transfer(*)(void *, void *))RT_NEXT("jump_fcontext", &real);
    recount_stack_switch((uint64_t)to, (uint64_t)__builtin_return_address(0));
    return jump(to, data);
}

struct transfer ontop_fcontext(void *to, void *data, struct transfer (*function)(struct transfer)) {
    static rt_function *_Atomic real;
    struct transfer (*jump)(void *, void *, struct transfer (*)(struct transfer)) =
        (struct transfer(*)(void *, void *, struct transfer (*)(struct transfer)))RT_NEXT("ontop_fcontext", &real);
    recount_stack_switch((uint64_t)to, (uint64_t)__builtin_return_address(0));
    return jump(to, data, function);
}
