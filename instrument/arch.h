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
