/* By what evidence the entries of a function were told to be calls or their resumes. */
#include "compare/model/build.h"

/* What says more of its calls is there already (identity.c). */
static void note(struct rc_function *function, enum rc_evidence evidence) {
    if (function->identity.by == RC_EVIDENCE_NONE)
        function->identity.by = evidence;
}

static void note_linked(struct rc_report *report, const struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE && rc_extra_of(part, n)->moved_in)
            note(&report->functions[part->work[n].function], RC_EVIDENCE_LINK);
}

void rc_find_evidence(struct rc_build *build) {
    struct rc_report *report = build->report;
    for (size_t p = 0; p < build->n_parts; p++)
        note_linked(report, &build->parts[p]);
    for (size_t f = 0; f < report->n_functions; f++)
        if (report->functions[f].fiber_starts || report->functions[f].time.awaiting)
            note(&report->functions[f], RC_EVIDENCE_STACK);
}
