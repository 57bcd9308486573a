/*
 * operator new, taken before the C++ library sees it: a coroutine's frame comes from there, in the middle of its ramp,
 * and so the allocation ties the frame to the context that made it (made.c). Only in the shared runtime, which can
 * reach the next operator new behind itself. It has no place where C++ is not loaded: nobody calls it there.
 *
 * Calls go through recount_frame_made, which the program's own runtime takes over where it holds one. Compiled with
 * -fexceptions: what the next one throws passes through.
 */
#include "instrument/runtime.h"

#include "instrument/behind.h"

#include "instrument/safe.h"

int recount_frame_made(uint64_t address, uint64_t size, uint64_t code, uint64_t sp);

/* Code addresses that are known to make no frames: their allocations pass by. A word each, written whole. */
#define PLAIN_BITS 12
static _Atomic uint64_t plain[1u << PLAIN_BITS];

static _Atomic uint64_t *plain_at(uint64_t code) {
    return &plain[code * UINT64_C(0x9E3779B97F4A7C15) >> (64 - PLAIN_BITS)];
}

void rt_plain_forget(void) {
    for (size_t i = 0; i < 1u << PLAIN_BITS; i++)
        atomic_store_explicit(&plain[i], 0, memory_order_relaxed);
}

static void *tell(void *address, size_t size, uint64_t code, uint64_t sp) {
    if (recount_frame_made((uint64_t)address, size, code, sp))
        atomic_store_explicit(plain_at(code), code, memory_order_relaxed);
    return address;
}

/* CALL is the next operator new's; where the site is plain it is a jump. */
#define PASS_ON(call)                                                                                                  \
    uint64_t code = (uint64_t)__builtin_return_address(0);                                                             \
    if (rt_likely(atomic_load_explicit(plain_at(code), memory_order_relaxed) == code))                                 \
        return call;                                                                                                   \
    return tell(call, size, code, (uint64_t)__builtin_dwarf_cfa())
#define NEXT(name) RT_NEXT(#name, &real)

/* The names are the Itanium C++ ABI's: operator new(size_t), with std::nothrow_t const &, with std::align_val_t. */
RT_EXPORT void *_Znwm(size_t size);
RT_EXPORT void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow);
RT_EXPORT void *_ZnwmSt11align_val_t(size_t size, size_t alignment);
RT_EXPORT void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow);

void *_Znwm(size_t size) {
    static rt_function *_Atomic real;
    PASS_ON(((void *(*)(size_t))NEXT(_Znwm))(size));
}

void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow) {
    static rt_function *_Atomic real;
    PASS_ON(((void *(*)(size_t, const void *))NEXT(_ZnwmRKSt9nothrow_t))(size, nothrow));
}

void *_ZnwmSt11align_val_t(size_t size, size_t alignment) {
    static rt_function *_Atomic real;
    PASS_ON(((void *(*)(size_t, size_t))NEXT(_ZnwmSt11align_val_t))(size, alignment));
}

void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *nothrow) {
    static rt_function *_Atomic real;
    PASS_ON(
        ((void *(*)(size_t, size_t, const void *))NEXT(_ZnwmSt11align_val_tRKSt9nothrow_t))(size, alignment, nothrow));
}
