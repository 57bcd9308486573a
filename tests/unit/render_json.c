/* The JSON has the names and meanings that docs/report-json.md gives them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "compare/render/render.h"
#include "tests/unit/render_story.h"

static cJSON *json_of(struct fixture *f, const char *function) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    FILE *out = open_memstream(&text, &size);
    struct rc_report *report = fixture_report(f);
    rc_causes_find(report);
    int result = function ? rc_render_function_json(out, report, fixture_function(report, function), &err)
                          : rc_render_json(out, report, "/lib/a.so: gone\n/lib/b.so: gone", &err);
    cr_assert_eq(result, 0);
    fclose(out);
    rc_report_free(report);
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    cr_assert(json, "%s", text);
    free(text);
    return json;
}

static const cJSON *at(const cJSON *json, const char *path) {
    char copy[128], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, ".", &rest); key && json; key = strtok_r(NULL, ".", &rest))
        json = *key >= '0' && *key <= '9' ? cJSON_GetArrayItem(json, atoi(key))
                                          : cJSON_GetObjectItemCaseSensitive(json, key);
    cr_assert(json, "no %s", path);
    return json;
}

static const cJSON *function_named(const cJSON *json, const char *name) {
    const cJSON *function;
    cJSON_ArrayForEach(function, at(json, "functions")) {
        if (strcmp(at(function, "name")->valuestring, name) == 0)
            return function;
    }
    cr_assert_fail("no function %s", name);
    return NULL;
}

static void equals(const cJSON *json, const char *path, double wanted) {
    cr_assert_eq(at(json, path)->valuedouble, wanted, "%s is %g", path, at(json, path)->valuedouble);
}

Test(render_json, report) {
    struct fixture *f = render_story();
    cJSON *json = json_of(f, NULL);
    equals(json, "schema", 1);
    cr_assert_str_eq(at(json, "command")->valuestring, "app --flag");
    equals(json, "wall_ns", 1e9);
    equals(json, "sample_hz", 1000);
    equals(json, "threads", 1);
    equals(json, "tasks", 300);
    equals(json, "samples", 1000);
    equals(json, "lost.samples", 0);
    equals(json, "lost.contexts", 0);
    equals(json, "lost.events", 0);
    cr_assert_str_eq(at(json, "missing_symbols.1")->valuestring, "/lib/b.so: gone");
    cr_assert_eq(cJSON_GetArraySize(at(json, "functions")), 6);
    cr_assert(cJSON_IsArray(at(json, "stalls")));
    cJSON_Delete(json);
    fixture_free(f);
}

Test(render_json, function) {
    static const struct {
        const char *path;
        double value;
    } values[] = {{"line", 10},
                  {"entries", 9605},
                  {"calls", 300},
                  {"resumes", 9305},
                  {"idle_resumes", 5},
                  {"internal", 0},
                  {"recursive", 0},
                  {"from_signal", 0},
                  {"unexplained", 0},
                  {"time_ns.awaiting", 3722e6},
                  {"time_ns.queued", 372.2e6},
                  {"time_ns.total", 4434.2e6},
                  {"seen.self", 240},
                  {"seen.total", 240},
                  {"seen.distinct_calls", 120},
                  {"callers.0.calls", 300},
                  {"physical_callers.0.entries", 9305},
                  {"awaits.0.line", 100},
                  {"awaits.0.count", 305},
                  {"awaits.0.awaiting_ns", 122e6},
                  {"awaits.0.queued_ns", 12.2e6}};
    struct fixture *f = render_story();
    cJSON *json = json_of(f, NULL);
    const cJSON *function = function_named(json, "get_character");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        equals(function, values[i].path, values[i].value);
    double time = at(function, "time_ns.running")->valuedouble + at(function, "time_ns.blocked")->valuedouble +
                  at(function, "time_ns.awaiting")->valuedouble + at(function, "time_ns.queued")->valuedouble +
                  at(function, "time_ns.probes")->valuedouble;
    equals(function, "time_ns.total", time);
    cr_assert(at(function, "self_share.tracer")->valuedouble > 0.2);
    cr_assert(at(function, "self_share.low")->valuedouble < at(function, "self_share.sampler")->valuedouble);
    cr_assert(at(function, "self_share.high")->valuedouble > at(function, "self_share.sampler")->valuedouble);
    cr_assert_str_eq(at(function, "verdict")->valuestring, "agree");
    cr_assert_str_eq(at(function, "causes.0")->valuestring, "async_reentry");
    cr_assert_str_eq(at(function, "causes.1")->valuestring, "suspended_inside");
    cr_assert_str_eq(at(function, "callers.0.name")->valuestring, "dispatch_request");
    cr_assert_str_eq(at(function, "awaits.0.awaited")->valuestring, "db_query(self->db, \"query 0\", co)");
    cJSON_Delete(json);
    fixture_free(f);
}

/* Whole numbers are printed whole, beyond what a double holds, and any bytes become valid text. */
Test(render_json, large_and_hostile) {
    struct fixture *f = fixture_new();
    uint32_t node = fixture_node(f, 0, fixture_symbol(f, "a\x80\"\n\xed\xa0\x80", 0), 0, UINT64_C(9007199254740993));
    cr_assert(node);
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    FILE *out = open_memstream(&text, &size);
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(rc_render_json(out, report, "", &err), 0);
    fclose(out);
    cr_assert(strstr(text, "\"entries\":\t9007199254740993,"), "%s", text);
    cr_assert(strstr(text, "\"a?\\\"????\""), "%s", text);
    free(text);
    rc_report_free(report);
    fixture_free(f);
}

Test(render_json, explanation) {
    struct fixture *f = render_story();
    cJSON *json = json_of(f, "get_character");
    equals(json, "schema", 1);
    equals(json, "function.calls", 300);
    cr_assert_str_eq(at(json, "reasons.0.cause")->valuestring, "async_reentry");
    cr_assert(strstr(at(json, "reasons.0.text")->valuestring, "9,305 of the 9,605 entries"));
    cr_assert(cJSON_IsNull(at(json, "doubt")));
    cJSON_Delete(json);
    fixture_free(f);
}

/* A stall with the call that was late because of it. */
Test(render_json, stalls) {
    struct fixture *f = render_story();
    f->stalls[0] = (struct rc_stall){
        .node = 2, .await = RC_NONE, .start = 1000 + 5000000, .duration = 40000000, .off_ns = 30000000, .syscall = 35};
    f->stalls[1] = (struct rc_stall){.node = 5,
                                     .await = 3,
                                     .call = RF_CALL_ASYNC | UINT64_C(7) << RF_CALL_SERIAL_SHIFT,
                                     .start = 1000 + 25000000,
                                     .duration = 60000000,
                                     .syscall = -1,
                                     .late = true};
    f->process.n_stalls = 2;
    cJSON *json = json_of(f, NULL);
    cr_assert_eq(cJSON_GetArraySize(at(json, "stalls")), 1);
    equals(json, "stalls.0.start_ns", 5e6);
    equals(json, "stalls.0.duration_ns", 40e6);
    equals(json, "stalls.0.on_cpu", 0.25);
    cr_assert_str_eq(at(json, "stalls.0.task")->valuestring, "main (thread 100)");
    cr_assert_str_eq(at(json, "stalls.0.function")->valuestring, "main");
    cr_assert_str_eq(at(json, "stalls.0.syscall")->valuestring, "nanosleep");
    cr_assert_str_eq(at(json, "stalls.0.victims.0.task")->valuestring, "get_character #7");
    equals(json, "stalls.0.victims.0.late_ns", 20e6);
    cJSON_Delete(json);
    fixture_free(f);
}

static uint64_t function_of(const struct fixture *f, const char *name) {
    for (size_t i = 0; i < f->n_symbols; i++)
        if (strcmp(f->symbols[i].base, name) == 0)
            return f->symbols[i].start;
    cr_assert_fail("no function %s", name);
    return 0;
}

static const char *text(const cJSON *json, const char *path) {
    const char *said = cJSON_GetStringValue(at(json, path));
    return said ? said : "(null)";
}

Test(render_json, identity) {
    struct fixture *f = render_story();
    cJSON *json = json_of(f, NULL);
    cr_expect_str_eq(text(function_named(json, "get_character"), "identity.by"), "told");
    cr_expect_str_eq(text(function_named(json, "main"), "identity.by"), "entry");
    cr_expect(cJSON_IsTrue(at(function_named(json, "main"), "identity.proven")));
    cJSON_Delete(json);
    f->identities[0] = (struct rc_identity){
        .fn = function_of(f, "get_character"), .offset = 12, .width = 2, .objects = 7, .n_states = 1, .state = {100}};
    f->process.n_identities = 1;
    json = json_of(f, "get_character");
    cr_expect_str_eq(text(json, "function.identity.by"), "state");
    cr_expect(cJSON_IsTrue(at(json, "function.identity.proven")));
    cr_expect(cJSON_IsNull(at(json, "function.identity.doubt")));
    cr_expect_str_eq(text(json, "function.identity.states_are"), "lines");
    equals(json, "function.identity.states", 1);
    equals(json, "function.identity.objects", 7);
    equals(json, "function.identity.fresh", 300);
    equals(json, "function.identity.offset", 12);
    equals(json, "function.calls", 300);
    cr_expect(strstr(text(json, "evidence"), "the word at offset 12 behind the first argument: 0 begins one"));
    cJSON_Delete(json);
    fixture_free(f);
}

/* What is not proven is not counted as a fact. */
Test(render_json, doubted_identity) {
    struct fixture *f = render_story();
    f->identities[0] = (struct rc_identity){
        .fn = function_of(f, "get_character"), .width = 2, .objects = 5, .changed = 1, .n_states = 1, .state = {100}};
    f->process.n_identities = 1;
    cJSON *json = json_of(f, "get_character");
    cr_expect(cJSON_IsFalse(at(json, "function.identity.proven")));
    cr_expect_str_eq(text(json, "function.identity.doubt"), "the word was changed from outside");
    cr_expect(strstr(text(json, "headline"), "9,605 entries on at least 5 objects, looks like re-entry, not proven"));
    cr_expect(
        strstr(text(json, "evidence"), "But the word was changed from outside: each entry is counted as a call."));
    equals(json, "function.calls", 9605);
    equals(json, "function.resumes", 0);
    equals(json, "function.unexplained", 0);
    cJSON_Delete(json);
    fixture_free(f);
}
