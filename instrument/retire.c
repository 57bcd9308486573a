/*
 * After dlclose another library may come to the same addresses. What the tree knows of the one that is gone gets the
 * number of its load into the address's upper bits (rf_address): no hook's address is equal to it any more, so the
 * next library's functions are contexts of their own.
 */
#include "instrument/runtime.h"

#include "instrument/sleep.h"

#include "instrument/safe.h"

static void retire(uint64_t *address, uint64_t lo, uint64_t hi, uint64_t mark) {
    uint64_t was = __atomic_load_n(address, __ATOMIC_RELAXED);
    if (was >= lo && was < hi)
        __atomic_store_n(address, was | mark, __ATOMIC_RELAXED);
}

static void retire_chunk(struct rf_chunk *chunk, uint64_t lo, uint64_t hi, uint64_t mark) {
    uint64_t used = __atomic_load_n(&chunk->used, __ATOMIC_ACQUIRE);
    if (chunk->kind == RF_NODES) {
        struct rf_node *nodes = rt_payload(chunk);
        for (uint64_t i = 0; i < used / sizeof *nodes; i++) {
            retire(&nodes[i].fn, lo, hi, mark);
            retire(&nodes[i].cs, lo, hi, mark);
        }
    } else if (chunk->kind == RF_AWAITS) {
        struct rf_await *awaits = rt_payload(chunk);
        for (uint64_t i = 0; i < used / sizeof *awaits; i++)
            if (!awaits[i].line)
                retire(&awaits[i].site, lo, hi, mark);
    } else if (chunk->kind == RF_IDENTITIES) {
        struct rf_identity *identities = rt_payload(chunk);
        for (uint64_t i = 0; i < used / sizeof *identities; i++) {
            retire(&identities[i].fn, lo, hi, mark);
            for (int k = 0; identities[i].width == 8 && k < RF_STATES_MOST; k++)
                retire(&identities[i].state[k], lo, hi, mark);
        }
    }
}

/* Nodes are their threads' to write; but no thread runs code that is gone, and so none writes these words. */
void rt_code_gone(uint64_t lo, uint64_t hi, uint32_t generation) {
    rt_sites_gone(lo, hi);
    rt_sleep_gone(lo, hi);
    uint64_t mark = (uint64_t)(generation & 0xffff) << RF_ADDRESS_BITS;
    rt_protothreads_gone(lo, hi);
    uint64_t tail = __atomic_load_n(&rt.file->tail, __ATOMIC_ACQUIRE);
    uint64_t end = tail < rt.mapped ? tail : rt.mapped;
    for (uint64_t at = RF_PAGE; at < end;) {
        struct rf_chunk *chunk = (struct rf_chunk *)(rt.base + at);
        bool made = at < __atomic_load_n(&rt.file->reserved, __ATOMIC_ACQUIRE) &&
                    __atomic_load_n(&chunk->magic, __ATOMIC_ACQUIRE) == RF_CHUNK_MAGIC;
        if (made && chunk->process == rt.process->ordinal)
            retire_chunk(chunk, lo, hi, mark);
        at += made ? chunk->size : RF_PAGE;
    }
}
