/* What the runtime inferred about functions that are entered again. */
#include <string.h>

#include "compare/load/loading.h"

static void take_identity(struct rc_loading *loading, const struct rf_identity *raw) {
    struct rc_process *process = loading->process;
    if (!raw->fn)
        return;
    if ((raw->width != 2 && raw->width != 8) || raw->offset % raw->width) {
        ++*loading->damage;
        return;
    }
    struct rc_identity *identity = process->identities + process->n_identities++;
    *identity = (struct rc_identity){.fn = raw->fn,
                                     .objects = raw->objects,
                                     .changed = raw->changed,
                                     .unseen = raw->unseen,
                                     .unread = raw->unread,
                                     .unlisted = raw->unlisted,
                                     .offset = raw->offset,
                                     .width = raw->width};
    memcpy(identity->state, raw->state, sizeof identity->state);
    while (identity->n_states < RF_STATES_MOST && identity->state[identity->n_states])
        identity->n_states++;
}

int rc_load_identities(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_IDENTITIES, sizeof(struct rf_identity)))
        return -1;
    loading->process->identities = rc_load_room(loading, table.total, sizeof *loading->process->identities);
    if (!loading->process->identities)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++)
            take_identity(loading, rc_table_record(&table, table.spans + s, i));
    return 0;
}
