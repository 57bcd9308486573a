/*
 * Samples in the profile. Stacks and open calls are kept as trees whose nodes exist once, so that a sample is two
 * indices; the samples themselves are a reservoir (Vitter's algorithm R, 1985): when it is full each new one replaces
 * a random old one with the probability that keeps all equally likely. The file therefore stops growing.
 */
#include "sampler/sampler.h"

#include <string.h>

#include "instrument/runtime.h"

#include "instrument/safe.h"

#define CHUNK_PAYLOAD (65536u - sizeof(struct rf_chunk))
#define SAMPLES_MOST (UINT64_C(1) << 20)
#define TREE_MOST (UINT64_C(1) << 21)
#define CALLS_MOST (TREE_MOST / 2) /* from here on paths no longer tell one call from another: contexts are finite */
#define CHUNKS_MOST 8192u

/* Records by number: all chunks of a kind hold equally many. */
struct series {
    struct rt_pool pool;
    uint64_t count;
    char *chunks[CHUNKS_MOST];
};

/* A tree in a series; its hash holds index + 1. A record's key is its first `key` bytes and its caller. */
struct tree {
    struct series records;
    uint32_t *slots;
    uint64_t mask;
};

static struct series samples;
static struct tree natives, paths;

static void series_begin(struct series *series, uint32_t kind, uint32_t record) {
    memset(series, 0, sizeof *series);
    uint32_t per_chunk = (uint32_t)(CHUNK_PAYLOAD / record);
    series->pool =
        (struct rt_pool){.kind = kind, .record = record, .records_next = per_chunk, .records_most = per_chunk};
}

static void *series_at(const struct series *series, uint64_t index) {
    uint64_t per_chunk = series->pool.records_most;
    return series->chunks[index / per_chunk] + index % per_chunk * series->pool.record;
}

static void *series_add(struct series *series) {
    if (series->count / series->pool.records_most >= CHUNKS_MOST)
        return NULL;
    void *record = rt_pool_take(&series->pool);
    if (!record)
        return NULL;
    if (series->count % series->pool.records_most == 0)
        series->chunks[series->count / series->pool.records_most] = record;
    series->count++;
    return record;
}

void rs_store_begin(void) {
    series_begin(&samples, RF_SAMPLES, sizeof(struct rf_sample));
    struct tree *both[] = {&natives, &paths};
    for (int i = 0; i < 2; i++) {
        if (both[i]->slots)
            rt_pages_free(both[i]->slots, (both[i]->mask + 1) * sizeof(uint32_t));
        both[i]->slots = NULL;
        both[i]->mask = 0;
    }
    series_begin(&natives.records, RF_NATIVE, sizeof(struct rf_native));
    series_begin(&paths.records, RF_PATHS, sizeof(struct rf_path));
}

static uint64_t hash_bytes(const void *record, uint32_t bytes) { /* FNV-1a over words */
    uint64_t hash = UINT64_C(14695981039346656037), word;
    for (uint32_t i = 0; i + sizeof word <= bytes; i += (uint32_t)sizeof word) {
        memcpy(&word, (const char *)record + i, sizeof word);
        hash = (hash ^ word) * UINT64_C(1099511628211);
        hash ^= hash >> 29;
    }
    return hash;
}

static bool tree_grow(struct tree *tree) {
    uint64_t slots = tree->slots ? (tree->mask + 1) * 2 : 1024;
    uint32_t *fresh = rt_pages(slots * sizeof *fresh);
    if (!fresh)
        return false;
    for (uint64_t i = 0; i < tree->records.count; i++) {
        uint64_t j = hash_bytes(series_at(&tree->records, i), tree->records.pool.record) & (slots - 1);
        while (fresh[j])
            j = (j + 1) & (slots - 1);
        fresh[j] = (uint32_t)i + 1;
    }
    if (tree->slots)
        rt_pages_free(tree->slots, (tree->mask + 1) * sizeof *tree->slots);
    tree->slots = fresh;
    tree->mask = slots - 1;
    return true;
}

/* Index + 1 of the record equal to `wanted`, added if new; 0: no room. */
static uint32_t tree_find(struct tree *tree, const void *wanted) {
    uint32_t bytes = tree->records.pool.record;
    if ((!tree->slots || tree->records.count * 2 > tree->mask) && !tree_grow(tree))
        return 0;
    uint64_t i = hash_bytes(wanted, bytes) & tree->mask;
    for (; tree->slots[i]; i = (i + 1) & tree->mask)
        if (memcmp(series_at(&tree->records, tree->slots[i] - 1), wanted, bytes) == 0)
            return tree->slots[i];
    void *record = tree->records.count < TREE_MOST ? series_add(&tree->records) : NULL;
    if (!record)
        return 0;
    memcpy(record, wanted, bytes);
    return tree->slots[i] = (uint32_t)tree->records.count;
}

uint32_t rs_store_native(const uint64_t *ips, uint32_t count) {
    uint32_t at = 0;
    for (uint32_t i = count; i-- > 0;) {
        struct rf_native wanted = {.ip = ips[i], .caller = at, .leaf = i == 0};
        if (!(at = tree_find(&natives, &wanted)))
            return 0;
    }
    return at;
}

uint32_t rs_store_path(const struct rs_open_call *open, uint32_t count) {
    bool tell_calls = paths.records.count < CALLS_MOST;
    uint32_t at = 0;
    for (uint32_t i = count; i-- > 0;) {
        struct rf_path wanted = {.node = open[i].node, .call = tell_calls ? open[i].call : 0, .caller = at};
        if (!(at = tree_find(&paths, &wanted)))
            return 0;
    }
    return at;
}

struct rf_sample *rs_store_sample(const struct rf_sample *sample) {
    static uint64_t seq;
    struct rf_sample *slot;
    if (samples.count == 0)
        seq = 0;
    seq++;
    if (samples.count < SAMPLES_MOST && (slot = series_add(&samples))) {
        /* a fresh slot */
    } else {
        uint64_t at = samples.count ? rs_random() % seq : 1;
        if (at >= samples.count)
            return NULL;
        slot = series_at(&samples, at);
    }
    /* seq 0 while the slot is half written: a reader of a killed program passes it over. */
    __atomic_store_n(&slot->seq, 0, __ATOMIC_RELAXED);
    atomic_signal_fence(memory_order_seq_cst);
    uint64_t keep = seq;
    memcpy((char *)slot + sizeof slot->seq, (const char *)sample + sizeof sample->seq, sizeof *slot - sizeof slot->seq);
    __atomic_store_n(&slot->seq, keep, __ATOMIC_RELEASE);
    return slot;
}

#define GONE_MOST 64u

/* Written by the thread that unloads, taken by the sampler's: it alone writes the stacks. */
static struct { uint64_t lo, hi, mark; } gone[GONE_MOST];
static _Atomic uint32_t gone_told, gone_taken;

void rs_store_gone(uint64_t lo, uint64_t hi, uint32_t generation) {
    uint32_t at = atomic_load_explicit(&gone_told, memory_order_relaxed);
    if (at - atomic_load_explicit(&gone_taken, memory_order_acquire) == GONE_MOST) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return;
    }
    gone[at % GONE_MOST].lo = lo;
    gone[at % GONE_MOST].hi = hi;
    gone[at % GONE_MOST].mark = (uint64_t)(generation & 0xffff) << RF_ADDRESS_BITS;
    atomic_store_explicit(&gone_told, at + 1, memory_order_release);
}

void rs_store_settle(void) {
    uint32_t told = atomic_load_explicit(&gone_told, memory_order_acquire), at = gone_taken;
    if (at == told)
        return;
    for (; at != told; at++) {
        for (uint64_t i = 0; i < natives.records.count; i++) {
            struct rf_native *native = series_at(&natives.records, i);
            if (native->ip >= gone[at % GONE_MOST].lo && native->ip < gone[at % GONE_MOST].hi)
                native->ip |= gone[at % GONE_MOST].mark;
        }
    }
    atomic_store_explicit(&gone_taken, told, memory_order_release);
    rs_unwind_forget();
}
