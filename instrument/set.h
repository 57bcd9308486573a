/*
 * A small set of addresses that many threads add to, for answers that need not be worked out twice: it may be full,
 * and then an answer is worked out again. Async-signal-safe, no locks; a word each, written whole.
 */
#ifndef RECOUNT_INSTRUMENT_SET_H
#define RECOUNT_INSTRUMENT_SET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RT_SET_BITS 14
#define RT_SET_PROBES 16u
#define RT_SET_GONE (UINT64_C(1) << 63) /* beside a key that was removed: its place waits for it */

struct rt_set {
    _Atomic uint64_t keys[1u << RT_SET_BITS]; /* 0: free */
};

static inline _Atomic uint64_t *rt_set_slot(struct rt_set *set, uint64_t key, uint64_t probe) {
    uint64_t first = key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - RT_SET_BITS);
    return &set->keys[(first + probe) & ((1u << RT_SET_BITS) - 1)];
}

static inline bool rt_set_has(struct rt_set *set, uint64_t key) {
    for (uint64_t i = 0; i < RT_SET_PROBES; i++) {
        uint64_t there = atomic_load_explicit(rt_set_slot(set, key, i), memory_order_relaxed);
        if (there == key)
            return true;
        if (!there)
            return false;
    }
    return false;
}

static inline bool rt_set_put(_Atomic uint64_t *slot, uint64_t there, uint64_t key, bool *known) {
    bool put = atomic_compare_exchange_strong_explicit(slot, &there, key, memory_order_relaxed, memory_order_relaxed);
    *known = !put && there == key;
    return put;
}

/** @return whether this call put it there: false when it was there, or there is no room. Of many threads with one key
 * one is told so, since its place is the first free one or the one it had: but where all are taken, two may each find
 * one that another key has left. */
static inline bool rt_set_add(struct rt_set *set, uint64_t key) {
    bool known = false;
    _Atomic uint64_t *left = NULL;
    for (uint64_t i = 0; i < RT_SET_PROBES; i++) {
        _Atomic uint64_t *slot = rt_set_slot(set, key, i);
        uint64_t there = atomic_load_explicit(slot, memory_order_relaxed);
        if (there == key)
            return false;
        if (!there || there == (key | RT_SET_GONE)) {
            if (rt_set_put(slot, there, key, &known))
                return true;
            if (known)
                return false;
        } else if (!left && there & RT_SET_GONE) {
            left = slot;
        }
    }
    uint64_t gone = left ? atomic_load_explicit(left, memory_order_relaxed) : 0;
    return gone & RT_SET_GONE && rt_set_put(left, gone, key, &known);
}

/** Forgets the keys in [lo, hi), their bits outside of `mask` left out of account. */
static inline void rt_set_remove(struct rt_set *set, uint64_t lo, uint64_t hi, uint64_t mask) {
    for (size_t i = 0; i < sizeof set->keys / sizeof *set->keys; i++) {
        uint64_t there = atomic_load_explicit(&set->keys[i], memory_order_relaxed);
        if (there && (there & mask) >= lo && (there & mask) < hi)
            atomic_store_explicit(&set->keys[i], there | RT_SET_GONE, memory_order_relaxed);
    }
}

#endif
