#include "compare/render/sleep.h"

#include <stdio.h>

#include "compare/explain/numbers.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

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
