#include <stdbool.h>
#include <stdlib.h>

#include "compare/load/loading.h"

/* Marks in node_map while the order is being found; above every index that a table can give. */
enum { UNSEEN = -2, PENDING = -3 };
#define MARK(x) ((uint32_t)(x))

/* What the ordering needs, by record number. */
struct order {
    uint32_t *parent; /* record number, RC_NONE for a root */
    uint32_t *path;   /* from a record up to the first one that is settled */
    uint32_t next;    /* index to give */
};

/* A thread's or a fiber's root, or the root of what signals enter. */
static bool stands_alone(const struct rf_node *raw) {
    return !raw->parent && (raw->flags & (RF_NODE_ROOT | RF_NODE_SIGNAL));
}

static bool filled(const struct rf_node *raw) {
    return raw->fn || stands_alone(raw) || (raw->flags & (RF_NODE_ROOT | RF_NODE_LOST));
}

static int bad_parent(struct rc_loading *loading, const struct rf_node *raw, const char *what) {
    return rc_fail(loading->err, "%s: is damaged: the context at offset %llu %s; record again", loading->image->path,
                   (unsigned long long)((const unsigned char *)raw - loading->image->bytes), what);
}

/* Says for each record whether it is a context at all, and which record is its parent. */
static int find_parents(struct rc_loading *loading, struct order *order) {
    const struct rc_table *table = &loading->nodes;
    for (size_t s = 0; s < table->n; s++) {
        const struct rc_span *span = table->spans + s;
        for (uint32_t i = 0; i < span->records; i++) {
            const struct rf_node *raw = rc_table_record(table, span, i);
            uint32_t at = span->first + i;
            uint64_t parent = (uint64_t)(uintptr_t)raw->parent;
            order->parent[at] = parent ? rc_table_index(table, parent) : RC_NONE;
            loading->node_map[at] = RC_NONE;
            if (!filled(raw))
                continue;
            if (parent && order->parent[at] == RC_NONE)
                return bad_parent(loading, raw, "has a parent that is none");
            if ((parent || stands_alone(raw)) && rc_load_thread(loading, raw->thread) != RC_NONE)
                loading->node_map[at] = MARK(UNSEEN);
            else
                ++*loading->damage;
        }
    }
    return 0;
}

/* Gives indices to `record` and to those of its ancestors that have none yet, ancestors first. */
static int settle(struct rc_loading *loading, struct order *order, uint32_t record) {
    uint32_t *map = loading->node_map;
    uint32_t n = 0, at = record;
    while (at != RC_NONE && map[at] == MARK(UNSEEN)) {
        map[at] = MARK(PENDING);
        order->path[n++] = at;
        at = order->parent[at];
    }
    if (at != RC_NONE && map[at] == MARK(PENDING))
        return rc_fail(loading->err, "%s: is damaged: its contexts form a circle; record again", loading->image->path);
    bool dropped = at != RC_NONE && map[at] == RC_NONE;
    while (n)
        map[order->path[--n]] = dropped ? (++*loading->damage, RC_NONE) : order->next++;
    return 0;
}

static int settle_all(struct rc_loading *loading, struct order *order) {
    for (uint32_t i = 0; i < loading->nodes.total; i++)
        if (settle(loading, order, i))
            return -1;
    return 0;
}

static void copy_node(const struct rc_loading *loading, struct rc_node *out, uint32_t index,
                      const struct rf_node *raw) {
    *out = (struct rc_node){.parent = raw->parent ? rc_load_node(loading, raw->parent) : RC_NONE,
                            .home = index,
                            .thread = rc_load_thread(loading, raw->thread),
                            .fn = raw->fn,
                            .cs = raw->cs,
                            .count = raw->count,
                            .timed = raw->timed,
                            .timed_ticks = raw->timed_ticks,
                            .long_count = raw->long_count,
                            .long_ticks = raw->long_ticks,
                            .off_ns = raw->off_ns,
                            .flags = raw->flags,
                            .extra = RC_NONE};
}

static int copy_nodes(struct rc_loading *loading, uint32_t n) {
    const struct rc_table *table = &loading->nodes;
    struct rc_process *process = loading->process;
    process->nodes = rc_load_room(loading, n, sizeof *process->nodes);
    if (!process->nodes)
        return -1;
    process->n_nodes = n;
    for (size_t s = 0; s < table->n; s++) {
        const struct rc_span *span = table->spans + s;
        for (uint32_t i = 0; i < span->records; i++) {
            uint32_t index = loading->node_map[span->first + i];
            if (index != RC_NONE)
                copy_node(loading, process->nodes + index, index, rc_table_record(table, span, i));
        }
    }
    return 0;
}

static bool is_home(const struct rc_node *home, const struct rc_node *site) {
    return home->fn == site->fn && !(home->flags & (RF_NODE_ROOT | RF_NODE_LOST));
}

/* Another call site names its context's home as its parent, and the home comes before it: what is above is known. */
static void find_homes(struct rc_process *process, uint64_t *damage) {
    for (size_t i = 0; i < process->n_nodes; i++) {
        struct rc_node *node = process->nodes + i;
        if (node->parent == RC_NONE)
            continue;
        uint32_t home = process->nodes[node->parent].home;
        *damage += home != node->parent; /* nothing hangs under another call site */
        node->parent = home;
        if (!(node->flags & RF_NODE_SITE))
            continue;
        if (!is_home(process->nodes + home, node)) {
            node->flags &= ~RF_NODE_SITE;
            ++*damage;
            continue;
        }
        node->home = home;
        node->parent = process->nodes[home].parent;
    }
}

int rc_load_nodes(struct rc_loading *loading) {
    if (rc_load_table(loading, &loading->nodes, RF_NODES, sizeof(struct rf_node)))
        return -1;
    uint32_t total = loading->nodes.total;
    struct order order = {0};
    int result = -1;
    loading->node_map = rc_load_room(loading, total, sizeof *loading->node_map);
    order.parent = rc_load_room(loading, total, sizeof *order.parent);
    order.path = rc_load_room(loading, total, sizeof *order.path);
    if (loading->node_map && order.parent && order.path)
        result =
            find_parents(loading, &order) || settle_all(loading, &order) || copy_nodes(loading, order.next) ? -1 : 0;
    if (result == 0)
        find_homes(loading->process, loading->damage);
    free(order.parent);
    free(order.path);
    return result;
}

/* A context has one extra, or two when a signal's handler made one while its thread was about to. */
static void add_extra(struct rc_extra *to, const struct rf_extra *raw) {
    to->begins += raw->begins;
    to->resumes += raw->resumes;
    to->ends += raw->ends;
    to->idle += raw->idle;
    to->resumed += raw->resumed;
    to->resumed_ticks += raw->resumed_ticks;
    to->passed_ticks += raw->passed_ticks;
    to->passed += raw->passed;
    to->awaiting_ticks += raw->awaiting_ticks;
    to->queued_ticks += raw->queued_ticks;
    to->lost_exits += raw->lost_exits;
    to->internal += raw->internal;
    to->moved_out += raw->moved_out;
    to->moved_in += raw->moved_in;
    to->interrupted_ticks += raw->interrupted_ticks;
}

static void take_extra(struct rc_loading *loading, const struct rf_extra *raw) {
    struct rc_process *process = loading->process;
    uint32_t node = rc_load_node(loading, raw->node);
    if (node == RC_NONE) {
        ++*loading->damage;
        return;
    }
    if (process->nodes[node].extra == RC_NONE) {
        process->nodes[node].extra = (uint32_t)process->n_extras;
        process->extras[process->n_extras++].node = node;
    }
    add_extra(process->extras + process->nodes[node].extra, raw);
}

/* Contexts whose extra was not found. */
static void count_missing(struct rc_loading *loading) {
    const struct rc_table *table = &loading->nodes;
    for (size_t s = 0; s < table->n; s++)
        for (uint32_t i = 0; i < table->spans[s].records; i++) {
            const struct rf_node *raw = rc_table_record(table, table->spans + s, i);
            uint32_t node = loading->node_map[table->spans[s].first + i];
            if (raw->extra && node != RC_NONE && loading->process->nodes[node].extra == RC_NONE)
                ++*loading->damage;
        }
}

/* The contexts as written are most of a big image, and from here on only their numbers are asked for. */
static void drop_raw(struct rc_loading *loading) {
    for (size_t s = 0; s < loading->nodes.n; s++)
        rc_image_drop(loading->image, loading->nodes.spans[s].offset, loading->nodes.spans[s].room);
}

int rc_load_extras(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_EXTRAS, sizeof(struct rf_extra)))
        return -1;
    loading->process->extras = rc_load_room(loading, table.total, sizeof *loading->process->extras);
    if (!loading->process->extras)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++) {
            const struct rf_extra *raw = rc_table_record(&table, table.spans + s, i);
            if (raw->node)
                take_extra(loading, raw);
        }
    count_missing(loading);
    drop_raw(loading);
    return 0;
}
