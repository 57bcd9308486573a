/* What two runs say, on paper and as JSON: the story's profile, and a run asleep of the same program. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "compare/explain/pair.h"
#include "compare/render/render.h"
#include "tests/unit/render_story.h"

struct runs {
    struct fixture *awake, *asleep;
    struct rc_report *report;
};

static uint64_t code_of(const struct fixture *f, const char *name) {
    for (size_t i = 0; i < f->n_symbols; i++)
        if (strcmp(f->symbols[i].name, name) == 0)
            return f->symbols[i].start;
    cr_assert_fail("no symbol %s", name);
    return 0;
}

static void sleep_in(struct fixture *f, const char *name, size_t n) {
    uint32_t native = fixture_native(f, RC_NONE, code_of(f, name) + 0x20, true);
    while (n--)
        fixture_sample(f, RC_NONE, native);
}

static struct runs runs_new(void) {
    struct runs runs = {.awake = render_story(), .asleep = render_story()};
    struct rc_process *process = &runs.asleep->process;
    struct rc_error err = {""};
    process->n_nodes = process->n_samples = process->n_paths = process->n_stacks = process->n_calls = 0;
    process->samples_taken = process->samples_lost = 0;
    process->kernel_seen = runs.awake->process.kernel_seen = true;
    sleep_in(runs.asleep, "get_character", 300);
    sleep_in(runs.asleep, "main", 100);
    process->cpu_ns = 400000000;
    runs.awake->process.cpu_ns = 1000000000;
    runs.report = fixture_report(runs.awake);
    rc_causes_find(runs.report);
    cr_assert_eq(rc_pair_add(runs.report, &runs.asleep->profile, &runs.asleep->lookup, 0, &err), 0, "%s", err.text);
    rc_causes_find(runs.report);
    return runs;
}

static void runs_free(struct runs *runs) {
    rc_report_free(runs->report);
    fixture_free(runs->awake);
    fixture_free(runs->asleep);
}

static void has(const char *text, const char *part) {
    cr_assert(strstr(text, part), "no '%s' in:\n%s", part, text);
}

Test(render_pair, words) {
    cr_assert_str_eq(rc_text_signed_time(1.2e9).s, "+1.20 s");
    cr_assert_str_eq(rc_text_signed_time(-3e7).s, "-30.0 ms");
    cr_assert_str_eq(rc_text_signed_time(0.2).s, "0");
    cr_assert_str_eq(rc_text_effect((struct rc_estimate){5e6, -1e6, 9e6}).s, "+5.00 ms [-1.00 ms, +9.00 ms]");
    cr_assert_str_eq(rc_text_ratio((struct rc_estimate){2, 1.5, 2.5}).s, "2.00x [1.50, 2.50]");
    cr_assert_str_eq(rc_text_ratio((struct rc_estimate){-1, 4, -1}).s, "at least 4.00x");
    cr_assert_str_eq(rc_text_ratio((struct rc_estimate){-1, 0, -1}).s, "-");
}

Test(render_pair, table) {
    struct runs runs = runs_new();
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 160};
    struct rc_table_options options = {RC_SORT_SELF, 0, ""};
    cr_assert_eq(rc_render_table(&paper, runs.report, &options, &err), 0);
    fclose(paper.out);
    has(text, "Counts from the run awake, times from the run asleep");
    has(text, "The hooks cost 2.50x: 1.00 s of CPU time awake, 400 ms asleep.");
    has(text, "9,605");
    has(text, "Probe effect");
    has(text, "[all samples]");
    free(text);
    runs_free(&runs);
}

Test(render_pair, story) {
    struct runs runs = runs_new();
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 160};
    cr_assert_eq(rc_render_story(&paper, runs.report, fixture_function(runs.report, "get_character"), &err), 0);
    fclose(paper.out);
    has(text, "Own CPU time, as the sampler saw it:");
    has(text, "300 ms [");
    has(text, "sampler asleep 75.0%");
    free(text);
    runs_free(&runs);
}

/* The last key of a path is looked for in objects and by number in arrays. */
static double number(const cJSON *json, const char *path) {
    char copy[128], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, ".", &rest); key; key = strtok_r(NULL, ".", &rest))
        cr_assert(json = cJSON_GetObjectItemCaseSensitive(json, key), "no %s", path);
    return json->valuedouble;
}

static cJSON *json_of(const struct runs *runs) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(rc_render_json(out, runs->report, "", &err), 0);
    fclose(out);
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert(json, "%s", text);
    free(text);
    return json;
}

static const cJSON *function_of(const cJSON *json, const char *name) {
    const cJSON *function;
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(json, "functions")) {
        if (strcmp(cJSON_GetObjectItem(function, "name")->valuestring, name) == 0)
            return function;
    }
    cr_assert_fail("no function %s", name);
    return NULL;
}

Test(render_pair, json) {
    struct runs runs = runs_new();
    cJSON *json = json_of(&runs);
    const cJSON *f = function_of(json, "get_character");
    cr_assert_str_eq(cJSON_GetObjectItem(json, "times_from")->valuestring, "asleep");
    cr_assert_eq(number(json, "cpu_ns"), 4e8);
    cr_assert_eq(number(json, "pair.awake.cpu_ns"), 1e9);
    cr_assert_eq(number(json, "pair.effect_ns"), 6e8);
    cr_assert_float_eq(number(json, "pair.cpu_ratio"), 2.5, 1e-9);
    cr_assert_eq(number(f, "entries"), 9605);
    cr_assert_eq(number(f, "self_ns"), 3e8);
    cr_assert_eq(number(f, "time_ns.probes"), 0);
    cr_assert_float_eq(number(f, "self_share.sampler"), 0.75, 1e-9);
    cr_assert_float_eq(number(f, "self_share.tracer"), 0.75, 1e-9);
    cr_assert_float_eq(number(f, "probe_effect.asleep.ns"), 3e8, 1);
    cr_assert_float_eq(number(f, "probe_effect.ns"), number(f, "probe_effect.awake.ns") - 3e8, 1);
    cr_assert(number(f, "probe_effect.low_ns") < number(f, "probe_effect.ns"));
    cr_assert(number(f, "probe_effect.ns") < number(f, "probe_effect.high_ns"));
    cr_assert(number(f, "awake.self_ns") < 3e8, "the tracer's own figure is kept");
    cr_assert_eq(number(f, "time_ns.total"), number(f, "time_ns.running") + number(f, "time_ns.blocked") +
                                                 number(f, "time_ns.awaiting") + number(f, "time_ns.queued"));
    cJSON_Delete(json);
    runs_free(&runs);
}

/* The effects of all functions with hooks and of the code without are the difference of the two runs. */
Test(render_pair, effects_add_up) {
    struct runs runs = runs_new();
    cJSON *json = json_of(&runs);
    double sum = number(json, "pair.code_without_hooks.ns") - number(json, "pair.hooks_asleep.ns");
    const cJSON *function;
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(json, "functions")) {
        if (number(function, "entries") > 0)
            sum += number(function, "probe_effect.ns");
    }
    cr_assert_float_eq(sum, number(json, "pair.effect_ns"), 10);
    cJSON_Delete(json);
    runs_free(&runs);
}
