/* By what evidence the entries of a function were told to be calls or their resumes. */
#include "compare/model/build.h"

/* What says more of its calls is there already (identity.c). */
static void note(struct rc_function *function, enum rc_evidence evidence) {
    if (function->identity.by == RC_EVIDENCE_NONE)
        function->identity.by = evidence;
}

static void note_links(struct rc_report *report, const struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_node *node = &part->process->nodes[n];
        if (rc_extra_of(part, n)->moved_in && part->work[n].function != RC_NONE)
            note(&report->functions[part->work[n].function], RC_EVIDENCE_LINK);
        if (node->flags & RF_NODE_LINKED && node->parent != RC_NONE && part->work[node->parent].function != RC_NONE)
            report->functions[part->work[node->parent].function].registers = true;
    }
}

void rc_find_evidence(struct rc_build *build) {
    struct rc_report *report = build->report;
    for (size_t p = 0; p < build->n_parts; p++)
        note_links(report, &build->parts[p]);
    for (size_t f = 0; f < report->n_functions; f++) {
        struct rc_function *function = &report->functions[f];
        if (function->fiber_starts || (function->time.awaiting && !function->registers))
            note(function, RC_EVIDENCE_STACK);
    }
}
