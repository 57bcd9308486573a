/* By what evidence the entries of a function were told to be calls or their resumes. */
#include "compare/model/build.h"

static void note_linked(struct rc_report *report, const struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE && rc_extra_of(part, n)->moved_in)
            report->functions[part->work[n].function].evidence = RC_EVIDENCE_LINK;
}

/* The compiler's frame comes first: it holds for every call of the function, however else one was linked. */
void rc_find_evidence(struct rc_build *build) {
    struct rc_report *report = build->report;
    for (size_t p = 0; p < build->n_parts; p++)
        note_linked(report, &build->parts[p]);
    for (size_t f = 0; f < report->n_functions; f++) {
        struct rc_function *function = &report->functions[f];
        if (function->coroutine)
            function->evidence = RC_EVIDENCE_FRAME;
        else if (function->announced)
            function->evidence = RC_EVIDENCE_TOLD;
        else if (function->evidence == RC_EVIDENCE_NONE && (function->fiber_starts || function->time.awaiting))
            function->evidence = RC_EVIDENCE_STACK;
    }
}
