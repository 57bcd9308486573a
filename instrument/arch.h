/* What depends on the processor, x86-64 alone so far. All of it is async-signal-safe. */
#ifndef RECOUNT_INSTRUMENT_ARCH_H
#define RECOUNT_INSTRUMENT_ARCH_H

#ifndef __x86_64__
#error "recount's runtime knows x86-64 only"
#endif

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <x86intrin.h>

/** The time stamp counter; its two low bits are the frame's flags (rf_frame.t0). Not serializing: an error of some
 * ten cycles is below what the probe itself costs. */
static inline uint64_t rt_ticks(void) {
    return __rdtsc() & ~UINT64_C(3);
}

/** Adds one in a single instruction, so that a signal's handler cannot come between the load and the store. */
static inline void rt_bump(uint64_t *counter) {
    __asm__("incq %0" : "+m"(*counter) : : "cc");
}

/** Two words at once, 16 bytes aligned: from `before` to `after`. @return false: they were not `before`. A full fence.
 */
static inline bool rt_swap_two(void *words, const uint64_t before[2], const uint64_t after[2]) {
    bool swapped;
    uint64_t low = before[0], high = before[1];
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(swapped), "+m"(*(uint64_t(*)[2])words), "+a"(low), "+d"(high)
                     : "b"(after[0]), "c"(after[1])
                     : "memory");
    return swapped;
}

/** Whether a return address is the kernel's way back from a signal handler: mov $15 (rt_sigreturn), %rax; syscall. */
static inline bool rt_is_sigreturn(uint64_t return_address) {
    static const unsigned char code[] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
    const unsigned char *at = (const unsigned char *)return_address;
    const uint64_t least = UINT64_C(1) << 16, most = UINT64_C(1) << 47; /* a fiber's first function returns nowhere */
    if (return_address < least || return_address > most - sizeof code)
        return false;
    return at[0] == code[0] && memcmp(at, code, sizeof code) == 0;
}

#endif
