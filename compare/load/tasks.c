/* Await points, async calls that are alive, and stalls. */
#include <stdlib.h>

#include "compare/load/loading.h"

static int copy_await(struct rc_loading *loading, struct rc_await *out, const struct rf_await *raw, uint32_t node) {
    *out = (struct rc_await){.node = node,
                             .site = raw->site,
                             .count = raw->count,
                             .idle = raw->idle,
                             .awaiting_ticks = raw->awaiting_ticks,
                             .queued_ticks = raw->queued_ticks,
                             .line = raw->line};
    out->file = rc_load_text(loading, raw->file, sizeof raw->file);
    out->awaited = rc_load_text(loading, raw->awaited, sizeof raw->awaited);
    return out->file && out->awaited ? 0 : -1;
}

static int take_await(struct rc_loading *loading, const struct rf_await *raw, uint32_t record) {
    struct rc_process *process = loading->process;
    uint32_t node = rc_load_node(loading, raw->node);
    loading->await_map[record] = RC_NONE;
    if (!raw->node)
        return 0;
    if (node == RC_NONE) {
        ++*loading->damage;
        return 0;
    }
    loading->await_map[record] = (uint32_t)process->n_awaits;
    return copy_await(loading, process->awaits + process->n_awaits++, raw, node);
}

int rc_load_awaits(struct rc_loading *loading) {
    struct rc_table *table = &loading->awaits;
    if (rc_load_table(loading, table, RF_AWAITS, sizeof(struct rf_await)))
        return -1;
    loading->await_map = rc_load_room(loading, table->total, sizeof *loading->await_map);
    loading->process->awaits = rc_load_room(loading, table->total, sizeof *loading->process->awaits);
    if (!loading->await_map || !loading->process->awaits)
        return -1;
    for (size_t s = 0; s < table->n; s++)
        for (uint32_t i = 0; i < table->spans[s].records; i++) {
            const struct rc_span *span = table->spans + s;
            if (take_await(loading, rc_table_record(table, span, i), span->first + i))
                return -1;
        }
    return 0;
}

/* A coroutine's frame says in one word whether it is suspended and since when, runs, or has ended. */
static uint32_t state_of(const struct rf_call *raw) {
    if (!(raw->flags & RF_CALL_FRAME) || raw->state == RF_CALL_FREE || raw->state >= RF_CALL_ENDED)
        return raw->state;
    if (!raw->suspended)
        return RF_CALL_ENDED;
    return raw->suspended & RF_CALL_RUNS ? RF_CALL_RUNNING : RF_CALL_SUSPENDED;
}

static void take_call(struct rc_loading *loading, const struct rf_call *raw) {
    uint32_t state = state_of(raw);
    if (state == RF_CALL_FREE || state == RF_CALL_ENDED || state == RF_CALL_MADE)
        return;
    struct rc_process *process = loading->process;
    uint32_t node = rc_load_node(loading, raw->node);
    uint32_t physical = rc_load_node(loading, raw->physical);
    uint32_t await = rc_load_await(loading, raw->await);
    if (state > RF_CALL_MADE || !raw->id || node == RC_NONE) {
        ++*loading->damage;
        return;
    }
    if ((raw->physical && physical == RC_NONE) || (raw->await && await == RC_NONE))
        ++*loading->damage;
    process->calls[process->n_calls++] = (struct rc_call){.key = raw->key,
                                                          .id = raw->id,
                                                          .awaiter = raw->awaiter,
                                                          .begin = raw->begin,
                                                          .suspended = raw->suspended,
                                                          .ready = raw->ready,
                                                          .resumed = raw->resumed,
                                                          .slices = raw->slices,
                                                          .node = node,
                                                          .physical = physical,
                                                          .await = await,
                                                          .state = state,
                                                          .flags = raw->flags};
}

int rc_load_calls(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_CALLS, sizeof(struct rf_call)))
        return -1;
    loading->process->calls = rc_load_room(loading, table.total, sizeof *loading->process->calls);
    if (!loading->process->calls)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++)
            take_call(loading, rc_table_record(&table, table.spans + s, i));
    return 0;
}

static void take_stall(struct rc_loading *loading, const struct rf_stall *raw) {
    if (!raw->node)
        return;
    struct rc_process *process = loading->process;
    uint32_t node = rc_load_node(loading, raw->node);
    uint32_t thread = rc_load_thread(loading, raw->thread);
    uint32_t await = rc_load_await(loading, raw->await);
    if (node == RC_NONE || thread == RC_NONE || (raw->await && await == RC_NONE))
        ++*loading->damage;
    if (node == RC_NONE || thread == RC_NONE)
        return;
    process->stalls[process->n_stalls++] = (struct rc_stall){.node = node,
                                                             .thread = thread,
                                                             .await = await,
                                                             .call = raw->call,
                                                             .start = raw->start,
                                                             .duration = raw->duration,
                                                             .off_ns = raw->off_ns,
                                                             .syscall = raw->syscall,
                                                             .late = raw->late != 0};
}

int rc_load_stalls(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_STALLS, sizeof(struct rf_stall)))
        return -1;
    loading->process->stalls = rc_load_room(loading, table.total, sizeof *loading->process->stalls);
    if (!loading->process->stalls)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++)
            take_stall(loading, rc_table_record(&table, table.spans + s, i));
    return 0;
}
