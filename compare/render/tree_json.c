/* `recount report --tree --json`: all rows in the order of display, each with its parent's place in the list. A list,
 * because a path may be deeper than what readers of JSON take. */
#include <stdlib.h>

#include "compare/model/tree.h"
#include "compare/render/json.h"
#include "compare/render/render.h"

static void add_counts(struct rc_json *json, cJSON *item, const struct rc_tree_row *row) {
    rc_json_count(json, item, "calls", row->calls);
    rc_json_count(json, item, "entries", row->entries);
    rc_json_count(json, item, "resumes", row->resumes);
    rc_json_count(json, item, "idle_resumes", row->idle);
    rc_json_count(json, item, "internal", row->internal);
    rc_json_count(json, item, "recursive", row->recursive);
    rc_json_count(json, item, "linked", row->linked);
    rc_json_count(json, item, "slices_passed", row->passed);
    rc_json_count(json, item, "slices_elsewhere", row->moved);
}

static void add_times(struct rc_json *json, cJSON *item, const struct rc_tree_row *row) {
    cJSON *time = rc_json_object(json, item, "time_ns"), *own = rc_json_object(json, item, "own_ns");
    rc_json_count(json, time, "running", row->time.running);
    rc_json_count(json, time, "blocked", row->time.blocked);
    rc_json_count(json, time, "awaiting", row->time.awaiting);
    rc_json_count(json, time, "queued", row->time.queued);
    rc_json_count(json, time, "probes", row->time.probes);
    rc_json_count(json, time, "total", row->time.total);
    rc_json_count(json, own, "running", row->own.running);
    rc_json_count(json, own, "blocked", row->own.blocked);
    rc_json_count(json, own, "probes", row->own.probes);
    rc_json_count(json, item, "passed_ns", row->passed_ns);
    rc_json_count(json, item, "own_sampled_ns", row->own_sampled_ns);
    rc_json_count(json, item, "estimated_ns", row->estimated_ns);
    rc_json_text(json, item, "share_from", rc_row_is_sampled(row) ? "sampler" : "tracer");
}

static void add_sight(struct rc_json *json, cJSON *item, const struct rc_tree_row *row,
                      const struct rc_tree_sight *sight) {
    static const char *const verdicts[] = {"too_few", "agree", "disagree"};
    cJSON *seen = rc_json_object(json, item, "seen"), *share = rc_json_object(json, item, "self_share");
    rc_json_count(json, seen, "self", sight->self);
    rc_json_count(json, seen, "total", sight->total);
    rc_json_count(json, seen, "confirmed", sight->confirmed);
    rc_json_share(json, share, &sight->share);
    rc_json_text(json, item, "verdict", sight->share.compared ? verdicts[sight->verdict] : NULL);
    rc_json_bool(json, item, "independent", sight->share.compared && !rc_row_is_sampled(row));
}

static void add_row(struct rc_json *json, const struct rc_report *report, size_t at) {
    const struct rc_tree_row *row = &report->tree->rows[at];
    static const char *const clones[] = {NULL, "resume", "actor", "destroy"};
    const struct rc_function *function = row->function == RC_NONE ? NULL : &report->functions[row->function];
    cJSON *item = json->root;
    rc_json_text(json, item, "name", rc_tree_row_name(report, row));
    rc_json_text(json, item, "file", function ? function->file : NULL);
    rc_json_text(json, item, "object", function ? function->object : NULL);
    rc_json_signed(json, item, "parent", row->parent == RC_NONE ? -1 : (int64_t)row->parent);
    rc_json_count(json, item, "depth", row->depth);
    rc_json_text(json, item, "clone", clones[row->clone]);
    rc_json_bool(json, item, "fiber", row->fiber);
    add_counts(json, item, row);
    add_times(json, item, row);
    add_sight(json, item, row, &report->tree->sights[at]);
}

int rc_render_tree_json(FILE *out, const struct rc_report *report, struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "command", report->profile->command);
    rc_json_count(&json, json.root, "wall_ns", report->wall_ns);
    rc_json_text(&json, json.root, "tree", report->tree->kind == RC_TREE_LOGICAL ? "logical" : "physical");
    rc_json_count(&json, json.root, "compared_samples", report->scoped_samples);
    rc_json_count(&json, json.root, "unplaced_samples", report->tree->unplaced);
    rc_json_begin_rows(&json, out, "rows");
    for (size_t i = 0; i < report->tree->n && !json.failed; i++) {
        add_row(&json, report, i);
        rc_json_row(&json, out);
    }
    return rc_json_end_rows(&json, out, err);
}
