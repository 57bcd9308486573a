#include "compare/render/sleep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

enum { ASLEEP_MOST = 8 };

static struct rc_sleep sum_of(const struct rc_report *report) {
    struct rc_sleep sum = {0};
    for (size_t i = 0; i < report->n_parts; i++) {
        const struct rc_sleep *part = &report->parts[i].process->sleep;
        sum.hooks_left += part->hooks_left;
        sum.sites_asleep += part->sites_asleep;
        sum.sites_refused += part->sites_refused;
        sum.sites_inlined += part->sites_inlined;
        sum.sites_unknown += part->sites_unknown;
    }
    return sum;
}

static bool is_any(const struct rc_sleep *sleep) {
    return sleep->hooks_left || sleep->sites_asleep;
}

bool rc_slept(const struct rc_report *report) {
    struct rc_sleep sum = sum_of(report);
    return is_any(&sum);
}

void rc_print_sleep(const struct rc_paper *paper, const struct rc_report *report) {
    char line[512];
    struct rc_sleep sum = sum_of(report);
    uint64_t others = sum.sites_refused + sum.sites_inlined + sum.sites_unknown;
    if (!is_any(&sum))
        return;
    int used = snprintf(line, sizeof line, "Sleeping hooks: %s call%s taken out of the program, %s left in",
                        rc_text_count(sum.sites_asleep).s, rc_plural(sum.sites_asleep), rc_text_count(others).s);
    if (others && used > 0 && (size_t)used < sizeof line)
        used += snprintf(line + used, sizeof line - (size_t)used,
                         " (%s in code that others were inlined into, %s the kernel let nobody change, %s of a form "
                         "that is not known)",
                         rc_text_count(sum.sites_inlined).s, rc_text_count(sum.sites_refused).s,
                         rc_text_count(sum.sites_unknown).s);
    if (used > 0 && (size_t)used < sizeof line)
        snprintf(line + used, sizeof line - (size_t)used, "; hooks left early at least %s times.",
                 rc_text_count(sum.hooks_left).s);
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

void rc_json_sleep(struct rc_json *json, cJSON *item, const struct rc_sleep *sleep) {
    if (!is_any(sleep)) {
        rc_json_text(json, item, "sleeping_hooks", NULL);
        return;
    }
    cJSON *object = rc_json_object(json, item, "sleeping_hooks");
    rc_json_count(json, object, "taken_out", sleep->sites_asleep);
    rc_json_count(json, object, "inlined", sleep->sites_inlined);
    rc_json_count(json, object, "refused", sleep->sites_refused);
    rc_json_count(json, object, "unknown", sleep->sites_unknown);
    rc_json_count(json, object, "left_early", sleep->hooks_left);
}

/* What is counted in some runs alone is not what all of them did. */
static void print_partly_asleep(const struct rc_paper *paper, const struct rc_report *report) {
    size_t listed = 0;
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        char line[1024];
        if (!function->hooked || !function->asleep_runs || listed++ >= ASLEEP_MOST)
            continue;
        size_t awake = report->runs - function->asleep_runs;
        snprintf(line, sizeof line,
                 "%.300s: asleep by filter in %" PRIu32
                 " of %zu runs. Its entries, calls and times are those of the %zu "
                 "run%s awake, %s calls and %s entries a run; where it slept, what it did is its callers', by both "
                 "witnesses.",
                 function->name, function->asleep_runs, report->runs, awake, rc_plural(awake),
                 rc_text_rate(function->calls, awake).s, rc_text_rate(function->entries, awake).s);
        rc_print_wrapped(paper->out, line, 0, 2, paper->width);
    }
    if (listed > ASLEEP_MOST)
        fprintf(paper->out, "%zu functions slept in some runs and were counted in others (--json lists all).\n",
                listed);
}

/* Without this line, no entries would look like never called. */
void rc_print_asleep(const struct rc_paper *paper, const struct rc_report *report) {
    char line[1024];
    size_t listed = 0;
    int used = snprintf(line, sizeof line, "Asleep by filter, so not counted, and what they did is their callers': ");
    for (size_t f = 0; f < report->n_functions && listed < ASLEEP_MOST; f++)
        if (report->functions[f].asleep && !report->functions[f].hooked && (size_t)used < sizeof line)
            used += snprintf(line + used, sizeof line - (size_t)used, "%s%.100s", listed++ ? ", " : "",
                             report->functions[f].name);
    size_t never_counted = report->n_asleep - report->asleep_counted - report->asleep_partly;
    if (never_counted > listed && (size_t)used < sizeof line)
        used += snprintf(line + used, sizeof line - (size_t)used, " and %zu more (--json lists all)",
                         never_counted - listed);
    if (listed && (size_t)used < sizeof line - 1) {
        strcpy(line + used, ".");
        rc_print_wrapped(paper->out, line, 0, 2, paper->width);
    }
    print_partly_asleep(paper, report);
    if (report->asleep_counted)
        fprintf(paper->out, "%zu function%s of the filter w%s counted all the same: by a runtime that cannot sleep.\n",
                report->asleep_counted, rc_plural(report->asleep_counted), report->asleep_counted == 1 ? "as" : "ere");
    if (report->asleep_unknown)
        fprintf(paper->out, "%s more place%s of the filter: in objects that were not loaded, or are not there now.\n",
                rc_text_count(report->asleep_unknown).s, rc_plural(report->asleep_unknown));
    if (report->asleep_unmatched)
        fprintf(paper->out, "%s rule%s of the filter matched no function%s.\n",
                rc_text_count(report->asleep_unmatched).s, rc_plural(report->asleep_unmatched),
                report->runs > 1 ? ", each run's counted" : "");
}
