#include "compare/render/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/json.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

static const char *const states[] = {[RC_HELD] = "held", [RC_BROKEN] = "BROKEN", [RC_UNSURE] = "unsure"};
static const char *const state_keys[] = {[RC_HELD] = "held", [RC_BROKEN] = "broken", [RC_UNSURE] = "unsure"};
static const enum rc_colour colours[] = {[RC_HELD] = RC_GREEN, [RC_BROKEN] = RC_RED, [RC_UNSURE] = RC_BOLD};

size_t rc_findings(const struct rc_budget *budget, const struct rc_finding *findings, enum rc_finding_state state) {
    size_t n = 0;
    for (size_t i = 0; i < budget->n; i++)
        n += findings[i].state == state;
    return n;
}

/* One line each, as compilers write it: editors and logs find it. */
static int print_finding(const struct rc_paper *paper, const char *file, const struct rc_budget_rule *rule,
                         const struct rc_finding *finding) {
    char *text = rc_printable(finding->text), *words = rc_printable(rule->text);
    if (text && words)
        fprintf(paper->out, "%s%-6s%s  %s:%u: %s: %s\n", rc_colour_on(colours[finding->state], paper->colour),
                states[finding->state], rc_colour_off(paper->colour), file, rule->line, words, text);
    int result = text && words ? 0 : -1;
    free(text);
    free(words);
    return result;
}

int rc_render_check(const struct rc_paper *paper, const char *file, const struct rc_budget *budget,
                    const struct rc_finding *findings, struct rc_error *err) {
    for (size_t i = 0; i < budget->n; i++)
        if (print_finding(paper, file, &budget->rules[i], &findings[i]))
            return rc_fail(err, "no memory");
    size_t broken = rc_findings(budget, findings, RC_BROKEN), unsure = rc_findings(budget, findings, RC_UNSURE);
    fprintf(paper->out, "%zu budget%s: %zu held, %zu broken", budget->n, rc_plural(budget->n),
            budget->n - broken - unsure, broken);
    if (unsure)
        fprintf(paper->out, ", %zu unsure", unsure);
    fputc('\n', paper->out);
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}

int rc_render_check_json(FILE *out, const struct rc_report *report, const char *file, const struct rc_budget *budget,
                         const struct rc_finding *findings, struct rc_error *err) {
    static const char *const units[] = {[RC_UNIT_COUNT] = "count", [RC_UNIT_TIME] = "ns", [RC_UNIT_SHARE] = "share"};
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "command", report->profile->command);
    rc_json_text(&json, json.root, "budget", file);
    for (enum rc_finding_state state = RC_HELD; state <= RC_UNSURE; state++)
        rc_json_count(&json, json.root, state_keys[state], rc_findings(budget, findings, state));
    cJSON *rules = rc_json_array(&json, json.root, "rules");
    for (size_t i = 0; i < budget->n; i++) {
        cJSON *item = rc_json_object(&json, rules, NULL);
        rc_json_count(&json, item, "line", budget->rules[i].line);
        rc_json_text(&json, item, "rule", budget->rules[i].text);
        rc_json_text(&json, item, "state", state_keys[findings[i].state]);
        rc_json_text(&json, item, "unit", units[budget->rules[i].unit]);
        if (findings[i].measured)
            rc_json_real(&json, item, "value", findings[i].value);
        rc_json_text(&json, item, "found", findings[i].text);
    }
    return rc_json_print(&json, out, true, err);
}
