#include "compare/explain/pair.h"
#include "compare/render/pair.h"

static void add_run(struct rc_json *json, cJSON *object, const char *key, const struct rc_run_totals *run) {
    cJSON *to = rc_json_object(json, object, key);
    rc_json_count(json, to, "wall_ns", run->wall_ns);
    rc_json_count(json, to, "cpu_ns", run->cpu_ns);
    rc_json_count(json, to, "sampled_ns", run->sampled_ns);
    rc_json_count(json, to, "samples", run->samples);
    rc_json_count(json, to, "lost_samples", run->lost);
    rc_json_count(json, to, "kept_samples", run->kept);
    rc_json_count(json, to, "probe_samples", run->in_probe);
    rc_json_count(json, to, "compared_samples", run->scoped);
    rc_json_count(json, to, "entries", run->entries);
    rc_json_count(json, to, "processes", run->processes);
}

static void add_estimate(struct rc_json *json, cJSON *object, const char *key, struct rc_estimate estimate) {
    cJSON *to = rc_json_object(json, object, key);
    rc_json_real(json, to, "ns", estimate.value);
    rc_json_real(json, to, "low_ns", estimate.low);
    rc_json_real(json, to, "high_ns", estimate.high);
}

static void add_known(struct rc_json *json, cJSON *object, const char *key, double value) {
    if (value < 0)
        rc_json_text(json, object, key, NULL);
    else
        rc_json_real(json, object, key, value);
}

static void add_difference(struct rc_json *json, cJSON *object, const struct rc_effect *effect) {
    rc_json_real(json, object, "ns", effect->effect.value);
    rc_json_real(json, object, "low_ns", effect->effect.low);
    rc_json_real(json, object, "high_ns", effect->effect.high);
    add_known(json, object, "ratio", effect->ratio.value);
    add_known(json, object, "ratio_low", effect->ratio.low);
    add_known(json, object, "ratio_high", effect->ratio.high);
    add_estimate(json, object, "awake", effect->awake);
    add_estimate(json, object, "asleep", effect->asleep);
}

void rc_json_pair(struct rc_json *json, cJSON *object, const struct rc_report *report) {
    const struct rc_pair *pair = report->pair;
    char text[640];
    rc_json_text(json, object, "times_from", pair || report->profile->asleep ? "asleep" : "awake");
    if (!pair) {
        rc_json_text(json, object, "pair", NULL);
        return;
    }
    cJSON *to = rc_json_object(json, object, "pair");
    rc_json_text(json, to, "plain", pair->profile->plain ? pair->profile->command : NULL);
    add_run(json, to, "awake", &pair->awake);
    add_run(json, to, "asleep", &pair->asleep);
    add_known(json, to, "cpu_ratio", pair->cpu_ratio > 0 ? pair->cpu_ratio : -1);
    rc_json_signed(json, to, "effect_ns", (int64_t)(pair->awake.cpu_ns - pair->asleep.cpu_ns));
    add_difference(json, rc_json_object(json, to, "code_without_hooks"), &pair->foreign);
    add_estimate(json, to, "hooks_asleep", pair->still_awake.asleep);
    rc_pair_sentence(pair, text, sizeof text);
    rc_json_text(json, to, "sentence", text);
    cJSON *doubts = rc_json_array(json, to, "doubts");
    for (size_t i = 0; rc_pair_doubt(pair, i, text, sizeof text); i++)
        rc_json_text(json, doubts, NULL, text);
}

static void add_awake(struct rc_json *json, cJSON *object, const struct rc_effect *effect,
                      const struct rc_share *share) {
    cJSON *awake = rc_json_object(json, object, "awake");
    rc_json_count(json, awake, "self_ns", effect->self_ns);
    rc_json_real(json, awake, "self_share", effect->share.tracer);
    rc_json_real(json, awake, "self_share_error", share->tracer_error);
    rc_json_real(json, awake, "sampler_share", effect->share.sampler);
    cJSON *apart = rc_json_object(json, awake, "share_apart");
    rc_json_real(json, apart, "value", effect->apart.value);
    rc_json_real(json, apart, "low", effect->apart.low);
    rc_json_real(json, apart, "high", effect->apart.high);
    cJSON *time = rc_json_object(json, awake, "time_ns");
    rc_json_count(json, time, "running", effect->time.running);
    rc_json_count(json, time, "blocked", effect->time.blocked);
    rc_json_count(json, time, "awaiting", effect->time.awaiting);
    rc_json_count(json, time, "queued", effect->time.queued);
    rc_json_count(json, time, "probes", effect->time.probes);
    rc_json_count(json, time, "total", effect->time.total);
    rc_json_count(json, awake, "samples", effect->seen.self);
    rc_json_count(json, awake, "samples_in_probe", effect->seen.in_probe);
}

void rc_json_effect(struct rc_json *json, cJSON *object, const struct rc_report *report,
                    const struct rc_function *function) {
    char text[640];
    if (!report->pair)
        return;
    size_t f = (size_t)(function - report->functions);
    const struct rc_effect *effect = &report->pair->effects[f];
    rc_json_text(json, object, "times_from", effect->timed_asleep ? "asleep" : "awake");
    rc_json_text(json, object, "in_run", rc_in_run_word(effect->in));
    cJSON *to = rc_json_object(json, object, "probe_effect");
    add_difference(json, to, effect);
    add_estimate(json, to, "asleep_inclusive", effect->inclusive);
    rc_effect_sentence(report, f, text, sizeof text);
    rc_json_text(json, to, "sentence", text);
    add_awake(json, object, effect, &function->share);
}
