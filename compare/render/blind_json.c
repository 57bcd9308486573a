/* `recount report --blind --json`, as docs/report-json.md describes it. */
#include <math.h>

#include "compare/explain/numbers.h"
#include "compare/render/blind.h"
#include "compare/render/json.h"

static void add_sighted(struct rc_json *json, cJSON *object, const struct rc_sighted *seen) {
    rc_json_count(json, object, "samples", seen->samples);
    rc_json_real(json, object, "share", seen->share);
    rc_json_real(json, object, "low", seen->low);
    rc_json_real(json, object, "high", seen->high);
}

static void add_kinds(struct rc_json *json, const struct rc_blind *blind) {
    cJSON *kinds = rc_json_array(json, json->root, "kinds");
    for (enum rc_sight_kind k = 0; k < RC_SIGHT_KINDS; k++) {
        cJSON *item = rc_json_object(json, kinds, NULL);
        rc_json_text(json, item, "kind", rc_sight_word(k));
        add_sighted(json, item, &blind->kinds[k]);
    }
}

static void add_places(struct rc_json *json, const struct rc_blind *blind) {
    cJSON *places = rc_json_array(json, json->root, "places");
    for (size_t i = 0; i < blind->n_places; i++) {
        const struct rc_blind_place *place = &blind->places[i];
        cJSON *item = rc_json_object(json, places, NULL);
        rc_json_text(json, item, "kind", rc_sight_word(place->kind));
        rc_json_text(json, item, "name", place->name);
        rc_json_text(json, item, "object", place->object);
        add_sighted(json, item, &place->seen);
        cJSON *under = rc_json_array(json, item, "under");
        for (size_t u = 0; u < place->under.n; u++) {
            cJSON *one = rc_json_object(json, under, NULL);
            rc_json_text(json, one, "name", place->under.items[u].name);
            rc_json_count(json, one, "samples", place->under.items[u].count);
        }
    }
}

static cJSON *add_function(struct rc_json *json, cJSON *array, const struct rc_report *report, uint32_t f) {
    const struct rc_function *function = &report->functions[f];
    cJSON *item = rc_json_object(json, array, NULL);
    rc_json_text(json, item, "name", function->name);
    rc_json_text(json, item, "file", function->file);
    rc_json_text(json, item, "object", function->object);
    rc_json_count(json, item, "entries", function->entries);
    rc_json_count(json, item, "self_ns", function->self_ns);
    return item;
}

static void add_unsampled(struct rc_json *json, const struct rc_report *report, const struct rc_blind *blind) {
    cJSON *array = rc_json_array(json, json->root, "never_sampled");
    for (size_t i = 0; i < blind->n_unsampled; i++) {
        const struct rc_unsampled *row = &blind->unsampled[i];
        cJSON *item = add_function(json, array, report, row->function);
        rc_json_real(json, item, "expected_samples", row->expected);
        rc_json_real(json, item, "probability", row->probability);
        rc_json_bool(json, item, "surprising", row->surprising);
    }
}

static void add_probes(struct rc_json *json, const struct rc_report *report, const struct rc_blind *blind) {
    cJSON *array = rc_json_array(json, json->root, "probes");
    for (size_t i = 0; i < blind->n_probes; i++) {
        const struct rc_probe_cost *row = &blind->probes[i];
        cJSON *item = add_function(json, array, report, row->function);
        rc_json_real(json, item, "cost_ns", row->cost_ns);
        rc_json_text(json, item, "by", row->sampled ? "samples" : "calibration");
        rc_json_real(json, item, "calibrated_ns", row->counted_ns);
        rc_json_count(json, item, "samples", row->samples);
        rc_json_real(json, item, "sampled_ns", row->sampled_ns);
        rc_json_real(json, item, "sampled_low_ns", row->low);
        rc_json_real(json, item, "sampled_high_ns", row->high);
        rc_json_bool(json, item, "proposed", row->keep == RC_KEEP_NOT);
        rc_json_text(json, item, "kept", row->keep == RC_KEEP_NOT ? NULL : rc_keep_word(row->keep));
    }
}

static void add_proposal(struct rc_json *json, const struct rc_report *report, const struct rc_blind *blind) {
    cJSON *proposal = rc_json_object(json, json->root, "proposal");
    rc_json_count(json, proposal, "functions", blind->n_proposed);
    const struct rc_prediction *predicted = &blind->predicted;
    double cpu = report->cpu_ns ? (double)report->cpu_ns : INFINITY;
    rc_json_real(json, proposal, "hooks_ns", blind->proposed_ns);
    rc_json_real(json, proposal, "saving_ns", predicted->ns);
    rc_json_real(json, proposal, "saving_low_ns", predicted->low_ns);
    rc_json_real(json, proposal, "saving_high_ns", predicted->high_ns);
    rc_json_real(json, proposal, "of_cpu", predicted->ns / cpu);
    rc_json_real(json, proposal, "of_cpu_low", predicted->low_ns / cpu);
    rc_json_real(json, proposal, "of_cpu_high", predicted->high_ns / cpu);
    rc_json_text(json, proposal, "by", predicted->sampled ? "samples" : "calibration");
    add_sighted(json, rc_json_object(json, proposal, "sampled"), &blind->saving);
    add_sighted(json, rc_json_object(json, proposal, "code_around"), &predicted->around);
}

int rc_render_blind_json(FILE *out, const struct rc_report *report, const struct rc_blind *blind,
                         struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "command", report->profile->command);
    rc_json_count(&json, json.root, "cpu_ns", report->cpu_ns);
    rc_json_count(&json, json.root, "unsampled_ns", blind->unsampled_ns);
    rc_json_bool(&json, json.root, "kernel_unseen", report->kernel_unseen);
    rc_json_count(&json, json.root, "samples", blind->samples);
    add_kinds(&json, blind);
    add_places(&json, blind);
    add_unsampled(&json, report, blind);
    add_probes(&json, report, blind);
    add_proposal(&json, report, blind);
    return rc_json_print(&json, out, true, err);
}
