#include "compare/render/heading.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

/* A merged file: whose numbers are added up here. */
static void print_runs(FILE *out, const struct rc_report *report) {
    if (report->profile->n_runs < 2)
        return;
    if (report->pid)
        fprintf(out, ", process %" PRIu32 " in %zu of %zu runs", report->pid, report->runs, report->profile->n_runs);
    else
        fprintf(out, ", %zu run%s", report->runs, rc_plural(report->runs));
    if (report->hosts)
        fprintf(out, " of %zu host%s", report->hosts, rc_plural(report->hosts));
}

void rc_print_heading(const struct rc_paper *paper, const struct rc_report *report) {
    FILE *out = paper->out;
    fputs(rc_colour_on(RC_BOLD, paper->colour), out);
    rc_print_wrapped(out, *report->profile->command ? report->profile->command : "(command not recorded)", 0, 4,
                     paper->width);
    fputs(rc_colour_off(paper->colour), out);
    fprintf(out, "%s wall, %s sample%s", rc_text_time(report->wall_ns).s, rc_text_count(report->samples).s,
            rc_plural(report->samples));
    if (report->profile->sample_hz)
        fprintf(out, " at %" PRIu32 " Hz", report->profile->sample_hz);
    fprintf(out, ", %s thread%s", rc_text_count(report->threads).s, rc_plural(report->threads));
    if (report->tasks)
        fprintf(out, ", %s task%s", rc_text_count(report->tasks).s, rc_plural(report->tasks));
    if (report->n_parts > 1)
        fprintf(out, ", %zu processes", report->n_parts);
    print_runs(out, report);
    if (report->lost_samples || report->lost_contexts || report->lost_events)
        fprintf(out, "; lost %s samples, %s entries without a context, %s events",
                rc_text_count(report->lost_samples).s, rc_text_count(report->lost_contexts).s,
                rc_text_count(report->lost_events).s);
    else
        fputs("; nothing lost", out);
    fputs("\n\n", out);
}

/* In the order of names, namesakes are neighbours. */
bool *rc_namesakes(const struct rc_report *report) {
    const struct rc_function **by_name = rc_functions_ordered(report, RC_SORT_NAME);
    bool *namesake = calloc(report->n_functions + 1, sizeof *namesake);
    if (!by_name || !namesake) {
        free(by_name);
        free(namesake);
        return NULL;
    }
    for (size_t i = 1; i < report->n_functions; i++)
        if (strcmp(by_name[i]->name, by_name[i - 1]->name) == 0)
            namesake[by_name[i] - report->functions] = namesake[by_name[i - 1] - report->functions] = true;
    free(by_name);
    return namesake;
}

const char *rc_function_title(const struct rc_function *function, bool namesake, char *to, size_t room) {
    const char *slash = function->file ? strrchr(function->file, '/') : NULL,
               *file = slash ? slash + 1 : function->file;
    if (!file || !namesake)
        return function->name;
    snprintf(to, room, "%s (%s)", function->name, file);
    return to;
}
