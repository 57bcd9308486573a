#include "compare/load/loading.h"

#include <stdlib.h>

#include "compare/load/text.h"

static int no_memory(struct rc_loading *loading) {
    return rc_fail(loading->err, "%s: no memory to load it", loading->image->path);
}

void *rc_load_room(struct rc_loading *loading, size_t n, size_t size) {
    void *out = calloc(n ? n : 1, size);
    if (!out)
        no_memory(loading);
    return out;
}

char *rc_load_text(struct rc_loading *loading, const char *field, size_t size) {
    char *out = rc_text_copy(field, size);
    if (!out)
        no_memory(loading);
    return out;
}

uint32_t rc_load_thread(const struct rc_loading *loading, uint32_t ordinal) {
    size_t low = 0, high = loading->process->n_threads;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (loading->process->threads[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == loading->process->n_threads || loading->process->threads[low].ordinal != ordinal)
        return RC_NONE;
    return (uint32_t)low;
}

uint32_t rc_load_node(const struct rc_loading *loading, const void *address) {
    uint32_t record = rc_table_index(&loading->nodes, (uint64_t)(uintptr_t)address);
    return record == RC_NONE ? RC_NONE : loading->node_map[record];
}

uint32_t rc_load_await(const struct rc_loading *loading, const void *address) {
    uint32_t record = rc_table_index(&loading->awaits, (uint64_t)(uintptr_t)address);
    return record == RC_NONE ? RC_NONE : loading->await_map[record];
}

int rc_load_table(struct rc_loading *loading, struct rc_table *out, uint32_t kind, size_t record) {
    return rc_table_make(out, loading->image, loading->spans, loading->n_spans, kind, record, loading->base,
                         loading->err);
}
