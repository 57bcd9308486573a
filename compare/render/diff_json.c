/* `recount diff --json`, as docs/report-json.md describes it. */
#include <math.h>

#include "compare/model/diff.h"
#include "compare/render/json.h"
#include "compare/render/render.h"

static const char *const sides[] = {[RC_BEFORE] = "before", [RC_AFTER] = "after"};

/* What is not a number is null. */
static void add_real(struct rc_json *json, cJSON *object, const char *key, double value) {
    if (isfinite(value))
        rc_json_real(json, object, key, value);
    else
        json->failed |= object && !cJSON_AddNullToObject(object, key);
}

static void add_power(struct rc_json *json, cJSON *object, const struct rc_diff *diff,
                      const struct rc_diff_time *time) {
    static const double changes[] = {0.01, 0.03, 0.1, 0.3, 0.5};
    if (time->verdict != RC_DIFF_SAME && time->verdict != RC_DIFF_CHANGED)
        return;
    cJSON *array = rc_json_array(json, object, "power");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        cJSON *item = rc_json_object(json, array, NULL);
        rc_json_real(json, item, "change", changes[i]);
        rc_json_real(json, item, "found", rc_diff_power(diff, time, changes[i]));
    }
}

static void add_time(struct rc_json *json, cJSON *parent, const char *key, const struct rc_diff *diff,
                     const struct rc_diff_time *time) {
    static const char *const verdicts[] = {"not_tested",     "small", "too_few", "one_run",
                                           "beyond_sampler", "same",  "changed"};
    cJSON *object = rc_json_object(json, parent, key);
    double low = NAN, high = NAN;
    rc_diff_interval(time, &low, &high);
    bool error = time->error[RC_BEFORE] > 0;
    rc_json_real(json, object, "before_ns", time->mean[RC_BEFORE]);
    rc_json_real(json, object, "after_ns", time->mean[RC_AFTER]);
    add_real(json, object, "change", time->mean[RC_BEFORE] > 0 ? time->change : NAN);
    add_real(json, object, "low", low);
    add_real(json, object, "high", high);
    add_real(json, object, "error_before_ns", error ? time->error[RC_BEFORE] : NAN);
    add_real(json, object, "error_after_ns", error ? time->error[RC_AFTER] : NAN);
    add_real(json, object, "degrees", error ? time->degrees : NAN);
    rc_json_real(json, object, "p_value", time->p_value);
    add_real(json, object, "detectable", rc_diff_detectable(diff, time));
    rc_json_text(json, object, "verdict", verdicts[time->verdict]);
    add_power(json, object, diff, time);
}

static void add_count(struct rc_json *json, cJSON *parent, const char *key, const struct rc_diff_count *count) {
    static const char *const verdicts[] = {"none", "same", "changed", "varies", "shifted", "unknown"};
    cJSON *object = rc_json_object(json, parent, key);
    for (int side = 0; side < RC_SIDES; side++) {
        cJSON *at = rc_json_object(json, object, sides[side]);
        rc_json_count(json, at, "low", count->low[side]);
        rc_json_count(json, at, "high", count->high[side]);
        rc_json_real(json, at, "mean", count->mean[side]);
    }
    rc_json_real(json, object, "p_value", count->p_value);
    rc_json_text(json, object, "verdict", verdicts[count->verdict]);
}

static void add_row(struct rc_json *json, cJSON *object, const struct rc_diff *diff, const struct rc_diff_row *row) {
    static const char *const presences[] = {"both", "appeared", "disappeared"};
    static const char *const kinds[] = {"calls", "resumes", "idle_resumes", "internal", "entries"};
    rc_json_text(json, object, "name", row->name);
    rc_json_text(json, object, "object", row->object);
    rc_json_text(json, object, "object_before", row->object_before);
    rc_json_text(json, object, "file", row->file);
    rc_json_text(json, object, "file_before", row->file_before);
    rc_json_text(json, object, "presence", presences[row->presence]);
    if (row->ambiguous)
        rc_json_bool(json, object, "ambiguous", true);
    cJSON *counts = rc_json_object(json, object, "counts");
    for (int kind = 0; kind < RC_DIFF_COUNTS; kind++)
        add_count(json, counts, kinds[kind], &row->counts[kind]);
    cJSON *samples = rc_json_object(json, object, "samples"), *share = rc_json_object(json, object, "share");
    for (int side = 0; side < RC_SIDES; side++) {
        rc_json_count(json, samples, sides[side], row->samples[side]);
        rc_json_real(json, share, sides[side], row->share[side]);
    }
    add_time(json, object, "own", diff, &row->own);
    add_time(json, object, "per_call", diff, &row->per_call);
}

static void add_runs(struct rc_json *json, const struct rc_diff *diff) {
    cJSON *runs = rc_json_array(json, json->root, "runs");
    for (size_t i = 0; i < diff->n_runs; i++) {
        const struct rc_diff_run *run = &diff->runs[i];
        cJSON *object = rc_json_object(json, runs, NULL);
        rc_json_text(json, object, "side", sides[run->side]);
        rc_json_text(json, object, "command", run->command);
        rc_json_text(json, object, "host", *run->host ? run->host : NULL);
        rc_json_count(json, object, "start_real_ns", run->start_real_ns);
        rc_json_count(json, object, "wall_ns", run->wall_ns);
        rc_json_real(json, object, "cpu_ns", run->cpu_ns);
        rc_json_count(json, object, "samples", run->samples);
        rc_json_count(json, object, "lost_contexts", run->lost_contexts);
        rc_json_count(json, object, "per", run->per);
    }
}

int rc_render_diff_json(FILE *out, const struct rc_diff *diff, const char *missing, struct rc_error *err) {
    static const char *const times_from[] = {"awake", "asleep", "plain"};
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "per", diff->per);
    rc_json_text(&json, json.root, "times", diff->tracer_times ? "tracer" : "sampler");
    rc_json_text(&json, json.root, "times_from", times_from[diff->times_of]);
    rc_json_count(&json, json.root, "changed_times", diff->changed_times);
    rc_json_count(&json, json.root, "changed_counts", diff->changed_counts);
    rc_json_count(&json, json.root, "tests", diff->tests);
    rc_json_real(&json, json.root, "level_times", RC_DIFF_LEVEL_TIMES);
    rc_json_real(&json, json.root, "level_counts", RC_DIFF_LEVEL_COUNTS);
    rc_json_bool(&json, json.root, "recorded_apart", diff->apart);
    rc_json_bool(&json, json.root, "hosts_differ", diff->hosts_differ);
    rc_json_bool(&json, json.root, "rates_differ", diff->rates_differ);
    rc_json_bool(&json, json.root, "filters_differ", diff->filters_differ);
    rc_json_count(&json, json.root, "moved", diff->moved);
    rc_json_count(&json, json.root, "ambiguous", diff->ambiguous);
    rc_json_count(&json, json.root, "nameless", diff->nameless);
    rc_json_text(&json, json.root, "missing_symbols", *missing ? missing : NULL);
    add_runs(&json, diff);
    add_time(&json, json.root, "cpu", diff, &diff->cpu);
    add_time(&json, json.root, "wall", diff, &diff->wall);
    cJSON *functions = rc_json_array(&json, json.root, "functions");
    for (size_t i = 0; i < diff->n_rows; i++)
        add_row(&json, rc_json_object(&json, functions, NULL), diff, &diff->rows[i]);
    return rc_json_print(&json, out, true, err);
}
