/* Chance, for the ticks and the reservoir: xorshift64* (Vigna 2016). */
#include "instrument/arch.h"
#include "sampler/sampler.h"

#include "instrument/safe.h"

uint64_t rs_random(void) {
    static uint64_t random_state;
    if (!random_state)
        random_state = rt_ticks() | 1;
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * UINT64_C(0x2545F4914F6CDD1D) >> 16;
}
