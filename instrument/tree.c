/*
 * A thread's calling context tree (Ammons, Ball and Larus, "Exploiting Hardware Performance Counters with Flow and
 * Context Sensitive Profiling", 1997): one node a path of (function, call site). In front of the hash stand a few
 * child pointers in each node, which the hooks try first.
 *
 * Only the owning thread comes here, but a signal's handler may, in the middle of itself. Every step leaves the
 * table usable; the worst that can happen is one context with two nodes, which the reader adds up.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

/* Equals no function: the children of a fresh node, and its own. */
struct rf_node rt_nil = {.kid = {&rt_nil, &rt_nil, &rt_nil, &rt_nil}};
static_assert(RF_KIDS == 4, "rt_nil names its children");

struct rt_table {
    uint64_t mask;
    uint64_t used;
    void *slot[];
};

#define TABLE_FIRST 256u

static size_t table_bytes(uint64_t slots) {
    return sizeof(struct rt_table) + slots * sizeof(void *);
}

static uint64_t mix(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t h =
        (a >> 6) * UINT64_C(0x9E3779B97F4A7C15) ^ b * UINT64_C(0xC2B2AE3D27D4EB4F) ^ c * UINT64_C(0x165667B19E3779F9);
    return h ^ h >> 32;
}

#define HOME_TAG UINT64_C(1) /* on a slot's pointer: found by (parent, fn) alone */

static struct rf_node *node_of(const void *slot) {
    return (struct rf_node *)((uint64_t)slot & ~HOME_TAG);
}

static uint64_t node_hash(const void *slot) {
    const struct rf_node *node = node_of(slot);
    return mix((uint64_t)rt_node_parent(node), node->fn, (uint64_t)slot & HOME_TAG ? 0 : node->cs);
}

static uint64_t await_hash(const void *record) {
    const struct rf_await *await = record;
    return mix((uint64_t)await->node, await->site, 0);
}

/* Published in one store; a handler that still sees the old table at worst makes a node twice. */
static void table_grow(struct rt_thread *self, struct rt_table **where, uint64_t (*hash)(const void *)) {
    struct rt_table *old = *where;
    if (self->growing)
        return;
    self->growing = 1;
    uint64_t slots = old ? (old->mask + 1) * 2 : TABLE_FIRST;
    struct rt_table *table = rt_pages(table_bytes(slots));
    if (table) {
        table->mask = slots - 1;
        for (uint64_t i = 0; old && i <= old->mask; i++) {
            if (!old->slot[i])
                continue;
            uint64_t j = hash(old->slot[i]) & table->mask;
            while (table->slot[j])
                j = (j + 1) & table->mask;
            table->slot[j] = old->slot[i];
            table->used++;
        }
        __atomic_store_n(where, table, __ATOMIC_RELEASE);
        /* The code that this handler interrupted, if it is one, may be looking into the old table: it goes next time.
         */
        if (self->replaced)
            rt_pages_free(self->replaced, table_bytes(self->replaced->mask + 1));
        self->replaced = old;
    }
    __atomic_store_n(&self->growing, 0, __ATOMIC_RELEASE);
}

/* Room for one more: three quarters full at most, or nothing is added and the record is found by nobody. */
static bool table_ready(struct rt_thread *self, struct rt_table **where, uint64_t (*hash)(const void *)) {
    struct rt_table *table = *where;
    if (!table || table->used * 2 > table->mask)
        table_grow(self, where, hash);
    table = *where;
    return table && table->used * 4 < table->mask * 3;
}

static void table_add(struct rt_table *table, void *record, uint64_t hash) {
    uint64_t i = hash & table->mask;
    void *empty = NULL;
    while (!__atomic_compare_exchange_n(&table->slot[i], &empty, record, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
        i = (i + 1) & table->mask;
        empty = NULL;
    }
    rt_bump(&table->used);
}

struct rf_node *rt_node_new(struct rt_thread *self, struct rf_node *parent, uint64_t fn, uint64_t cs, uint16_t flags) {
    struct rf_node *node = rt_pool_take(&self->nodes);
    if (!node)
        return NULL;
    for (int i = 0; i < RF_KIDS; i++)
        node->kid[i] = &rt_nil;
    node->next_timed = rt.timestamps == RF_TIME_NONE ? UINT64_MAX : 1;
    node->parent = parent;
    node->cs = cs;
    node->flags = flags;
    node->thread = self->shared.ordinal;
    __atomic_store_n(&node->fn, fn, __ATOMIC_RELEASE); /* what makes it count for a reader */
    self->shared.contexts++;
    return node;
}

/* With HOME_TAG: the context's first node, whatever its call site. */
static struct rf_node *table_find(const struct rt_table *table, const struct rf_node *parent, uint64_t fn, uint64_t cs,
                                  uint64_t tag) {
    if (!table)
        return NULL;
    for (uint64_t i = mix((uint64_t)parent, fn, cs) & table->mask; table->slot[i]; i = (i + 1) & table->mask) {
        struct rf_node *node = node_of(table->slot[i]);
        if (((uint64_t)table->slot[i] & HOME_TAG) == tag && node->fn == fn && (tag || node->cs == cs) &&
            rt_node_parent(node) == parent)
            return node;
    }
    return NULL;
}

struct rf_node *rt_node_get(struct rt_thread *self, struct rf_node *parent, uint64_t fn, uint64_t cs, uint16_t flags) {
    if (parent == self->lost)
        return self->lost;
    parent = rt_home(parent);
    bool room = table_ready(self, &self->table, node_hash);
    struct rt_table *table = self->table;
    struct rf_node *node = table_find(table, parent, fn, cs, 0);
    if (node)
        return node;
    struct rf_node *home = table_find(table, parent, fn, 0, HOME_TAG);
    if (room)
        node = rt_node_new(self, home ? home : parent, fn, cs, flags | (home ? RF_NODE_SITE : 0));
    if (!node)
        return self->lost;
    table_add(table, node, mix((uint64_t)parent, fn, cs));
    if (!home)
        table_add(table, (void *)((uint64_t)node | HOME_TAG), mix((uint64_t)parent, fn, 0));
    return node;
}

/* Not by recursion: it may run on a fiber's small stack, below a deep recursion of the program's. */
struct rf_node *rt_node_mirror(struct rt_thread *self, struct rf_node *node) {
    enum { STEP = 64 };
    struct rf_node *path[STEP], *at = node;
    size_t depth = 0;
    if (node->thread == self->shared.ordinal)
        return node;
    for (; rt_node_parent(at); at = rt_node_parent(at))
        depth++;
    struct rf_node *here = at->flags & RF_NODE_SIGNAL ? self->shared.signal_root : self->shared.root;
    while (depth) { /* the outermost ones first, as many as the path holds */
        size_t n = depth < STEP ? depth : STEP;
        at = node;
        for (size_t skip = depth - n; skip; skip--)
            at = rt_node_parent(at);
        for (size_t i = n; i-- > 0; at = rt_node_parent(at))
            path[i] = at;
        for (size_t i = 0; i < n; i++)
            here = rt_node_get(self, here, path[i]->fn, path[i]->cs, path[i]->flags & (uint16_t)~RF_NODE_SITE);
        depth -= n;
    }
    return here;
}

struct rf_extra *rt_extra_get(struct rt_thread *self, struct rf_node *node) {
    if (node->extra)
        return node->extra;
    struct rf_extra *extra = rt_pool_take(&self->extras);
    if (!extra) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    extra->node = node;
    node->extra = extra;
    return extra;
}

struct rf_await *rt_await_get(struct rt_thread *self, struct rf_node *node, uint64_t site) {
    bool room = table_ready(self, &self->awaits, await_hash);
    struct rt_table *table = self->awaits;
    uint64_t hash = mix((uint64_t)node, site, 0);
    if (table) {
        for (uint64_t i = hash & table->mask; table->slot[i]; i = (i + 1) & table->mask) {
            struct rf_await *await = table->slot[i];
            if (await->node == node && await->site == site)
                return await;
        }
    }
    struct rf_await *await = room ? rt_pool_take(&self->await_pool) : NULL;
    if (!await) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    await->site = site;
    await->node = node;
    table_add(table, await, hash);
    return await;
}
