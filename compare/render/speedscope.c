/* speedscope's file format: sampled profiles, one a thread, weights in nanoseconds of CPU time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/render/export.h"
#include "compare/render/json.h"
#include "compare/render/stacks.h"

static void add_frame(struct rc_json *json, cJSON *frames, const char *name, const char *file, uint32_t line) {
    cJSON *frame = rc_json_object(json, frames, NULL);
    rc_json_text(json, frame, "name", name);
    if (file)
        rc_json_text(json, frame, "file", file);
    if (file && line)
        rc_json_count(json, frame, "line", line);
}

/* Frames stand at the index of their function; the probes come last. */
static void add_frames(struct rc_json *json, const struct rc_report *report) {
    cJSON *shared = rc_json_object(json, json->root, "shared");
    cJSON *frames = rc_json_array(json, shared, "frames");
    for (size_t f = 0; f < report->n_functions; f++)
        add_frame(json, frames, report->functions[f].name, report->functions[f].file, report->functions[f].line);
    add_frame(json, frames, rc_frame_name(report, RC_FRAME_PROBE), NULL, 0);
}

static uint64_t add_samples(struct rc_json *json, const struct rc_report *report, const struct rc_resolved *part,
                            uint32_t thread, cJSON *samples, cJSON *weights) {
    uint32_t frames[RC_STACK_MOST];
    uint64_t sum = 0;
    for (size_t s = 0; s < part->process->n_samples && !json->failed; s++) {
        const struct rc_sample *sample = &part->process->samples[s];
        if (sample->kind != RF_ON_CPU || sample->thread != thread)
            continue;
        size_t n = rc_stack_of_sample(report, part, sample, frames);
        if (!n)
            continue;
        cJSON *stack = rc_json_array(json, samples, NULL);
        for (size_t i = 0; i < n; i++)
            rc_json_count(json, stack, NULL, frames[i] == RC_FRAME_PROBE ? report->n_functions : frames[i]);
        rc_json_count(json, weights, NULL, sample->period_ns);
        sum += sample->period_ns;
    }
    return sum;
}

static void add_thread(struct rc_json *json, const struct rc_report *report, const struct rc_resolved *part,
                       uint32_t thread, cJSON *profiles) {
    char name[96];
    if (thread == RC_NONE)
        snprintf(name, sizeof name, "threads without hooks (pid %" PRIu32 ")", part->process->pid);
    else
        snprintf(name, sizeof name, "%.16s (pid %" PRIu32 ", tid %" PRIu32 ")", part->process->threads[thread].name,
                 part->process->pid, part->process->threads[thread].tid);
    struct rc_json one = {.root = cJSON_CreateObject()};
    rc_json_text(&one, one.root, "type", "sampled");
    rc_json_text(&one, one.root, "name", name);
    rc_json_text(&one, one.root, "unit", "nanoseconds");
    rc_json_count(&one, one.root, "startValue", 0);
    cJSON *samples = rc_json_array(&one, one.root, "samples");
    cJSON *weights = rc_json_array(&one, one.root, "weights");
    uint64_t sum = add_samples(&one, report, part, thread, samples, weights);
    rc_json_count(&one, one.root, "endValue", sum);
    json->failed |= one.failed;
    if (one.failed || !sum || !cJSON_AddItemToArray(profiles, one.root))
        cJSON_Delete(one.root);
}

int rc_export_speedscope(FILE *out, const struct rc_report *report, struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_text(&json, json.root, "$schema", "https://www.speedscope.app/file-format-schema.json");
    rc_json_text(&json, json.root, "name", report->profile->command);
    rc_json_text(&json, json.root, "exporter", "recount");
    rc_json_count(&json, json.root, "activeProfileIndex", 0);
    add_frames(&json, report);
    cJSON *profiles = rc_json_array(&json, json.root, "profiles");
    for (size_t p = 0; p < report->n_parts; p++) {
        for (uint32_t t = 0; t < report->parts[p].process->n_threads; t++)
            add_thread(&json, report, &report->parts[p], t, profiles);
        add_thread(&json, report, &report->parts[p], RC_NONE, profiles);
    }
    if (!json.failed && cJSON_GetArraySize(profiles) == 0) {
        cJSON_Delete(json.root);
        return rc_fail(err, "the profile holds no samples on a CPU: there is nothing for speedscope to show");
    }
    return rc_json_print(&json, out, false, err);
}
