/*
 * Which stack an address lies on: a radix tree over pages, for all threads of the process, because a fiber may be
 * left by one and resumed by another. A page knows two stacks, which is enough for stacks of a page and more.
 *
 * Lock-free: inner tables are published by compare-and-swap and never go; an entry is one word. Adding and removing
 * are async-signal-safe. An entry is written by who announces the stack or runs on it, and the host orders that
 * against whoever runs on it next.
 */
#include "instrument/runtime.h"

#include "instrument/safe.h"

#define PAGE_BITS 12
#define LEAF_BITS 11
#define INNER_BITS 12
#define ADDRESS_BITS 47 /* user space, AMD64 with four levels of page tables */
#define SLOTS 2
#define RANGE_MOST (UINT64_C(64) << 20) /* of a larger stack the high end, where it is used */

struct leaf {
    struct rf_stack *_Atomic slot[1 << LEAF_BITS][SLOTS];
};
struct inner {
    struct leaf *_Atomic leaf[1 << INNER_BITS];
};
static struct inner *_Atomic root[1 << INNER_BITS];
static_assert(PAGE_BITS + LEAF_BITS + 2 * INNER_BITS == ADDRESS_BITS, "the whole address is used");

static void *publish(void *_Atomic *where, size_t bytes) {
    void *fresh = rt_pages(bytes), *there = NULL;
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong_explicit(where, &there, fresh, memory_order_acq_rel, memory_order_acquire))
        return fresh;
    rt_pages_free(fresh, bytes);
    return there;
}

/* The two entries of a page; NULL: none yet, and not to be made or had. */
static struct rf_stack *_Atomic *page_of(uint64_t page, bool make) {
    if (page >> (ADDRESS_BITS - PAGE_BITS))
        return NULL;
    struct inner *_Atomic *at = &root[page >> (LEAF_BITS + INNER_BITS)];
    struct inner *inner = atomic_load_explicit(at, memory_order_acquire);
    if (!inner && make)
        inner = publish((void *_Atomic *)at, sizeof *inner);
    if (!inner)
        return NULL;
    struct leaf *_Atomic *below = &inner->leaf[page >> LEAF_BITS & ((1u << INNER_BITS) - 1)];
    struct leaf *leaf = atomic_load_explicit(below, memory_order_acquire);
    if (!leaf && make)
        leaf = publish((void *_Atomic *)below, sizeof *leaf);
    return leaf ? leaf->slot[page & ((1u << LEAF_BITS) - 1)] : NULL;
}

static bool covers(const struct rf_stack *stack, uint64_t lo, uint64_t hi) {
    return stack->lo < hi && lo < stack->hi;
}

struct rf_stack *rt_place_find(uint64_t lo, uint64_t hi, const struct rf_stack *but) {
    if (hi <= lo)
        return NULL;
    lo = hi - lo > RANGE_MOST ? hi - RANGE_MOST : lo;
    for (uint64_t page = lo >> PAGE_BITS; page <= (hi - 1) >> PAGE_BITS; page++) {
        struct rf_stack *_Atomic *slot = page_of(page, false);
        for (int i = 0; slot && i < SLOTS; i++) {
            struct rf_stack *stack = atomic_load_explicit(&slot[i], memory_order_acquire);
            if (stack && stack != but && covers(stack, lo, hi))
                return stack;
        }
    }
    return NULL;
}

bool rt_place_add(struct rf_stack *stack, uint64_t lo, uint64_t hi) {
    bool all = hi > lo;
    if (!all)
        return false;
    lo = hi - lo > RANGE_MOST ? hi - RANGE_MOST : lo;
    for (uint64_t page = lo >> PAGE_BITS; page <= (hi - 1) >> PAGE_BITS; page++) {
        struct rf_stack *_Atomic *slot = page_of(page, true);
        bool there = false;
        for (int i = 0; slot && i < SLOTS && !there; i++) {
            struct rf_stack *empty = NULL;
            there = atomic_load_explicit(&slot[i], memory_order_relaxed) == stack ||
                    atomic_compare_exchange_strong_explicit(&slot[i], &empty, stack, memory_order_release,
                                                            memory_order_relaxed);
        }
        all = all && there;
    }
    return all;
}

void rt_place_remove(const struct rf_stack *stack) {
    if (stack->hi <= stack->lo)
        return;
    uint64_t low = stack->hi - stack->lo > RANGE_MOST ? stack->hi - RANGE_MOST : stack->lo;
    for (uint64_t page = low >> PAGE_BITS; page <= (stack->hi - 1) >> PAGE_BITS; page++) {
        struct rf_stack *_Atomic *slot = page_of(page, false);
        for (int i = 0; slot && i < SLOTS; i++)
            if (atomic_load_explicit(&slot[i], memory_order_relaxed) == stack)
                atomic_store_explicit(&slot[i], NULL, memory_order_release);
    }
}

void rt_places_reset(void) {
    for (size_t i = 0; i < 1 << INNER_BITS; i++) {
        struct inner *inner = atomic_exchange_explicit(&root[i], NULL, memory_order_relaxed);
        for (size_t j = 0; inner && j < 1 << INNER_BITS; j++)
            if (inner->leaf[j])
                rt_pages_free(inner->leaf[j], sizeof(struct leaf));
        if (inner)
            rt_pages_free(inner, sizeof *inner);
    }
}
