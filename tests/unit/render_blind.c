/* Blind spots on paper; and a proposed filter is one that the filter's own reader takes, for any name. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/filter/rules.h"
#include "compare/render/blind.h"
#include "tests/unit/model_fixture.h"

/* Functions that are nothing but hooks, each dearer than the next; and samples in main, memcpy and hooks. */
static struct fixture *scene(const char *const *names, uint64_t entries) {
    struct fixture *f = fixture_new();
    f->process.probe_count_ps = 10000;
    f->process.probe_timed_ps = 10000;
    f->process.cpu_ns = 2000000000;
    f->process.hooks_lo = 0x900000;
    f->process.hooks_hi = 0x901000;
    uint64_t main = fixture_symbol(f, "main", RC_CLONE_NONE), memcpy = fixture_library(f, "memcpy");
    uint32_t node = fixture_node(f, 0, main, 0, 1), first = RC_NONE;
    for (; *names; names++, entries /= 2) {
        uint32_t at = fixture_node(f, node, fixture_symbol(f, *names, RC_CLONE_NONE), 0, entries);
        first = first == RC_NONE ? at : first;
    }
    uint32_t path = fixture_path(f, RC_NONE, node, 1), native = fixture_native(f, RC_NONE, main + 0x100, true);
    uint32_t library = fixture_native(f, native, memcpy + 8, true), hook = fixture_native(f, native, 0x900010, true);
    uint32_t inner = fixture_path(f, path, first, 7);
    for (int i = 0; i < 300; i++)
        fixture_sample(f, i % 3 == 1 ? inner : path, i % 3 == 0 ? native : i % 3 == 1 ? hook : library);
    return f;
}

static char *rendered(struct fixture *f, char form) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_blind *blind;
    struct rc_filter_wish wish = {.save = 1};
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(rc_blind_build(&blind, report, &f->lookup, &wish, &err), 0);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 110};
    int result = form == 't'   ? rc_render_blind(&paper, report, blind, 25, &err)
                 : form == 'j' ? rc_render_blind_json(paper.out, report, blind, &err)
                               : rc_render_filter(paper.out, report, blind, "x.data", &err);
    cr_assert_eq(result, 0);
    fclose(paper.out);
    rc_blind_free(blind);
    rc_report_free(report);
    return text;
}

static const char *const plain[] = {"leaf", "branch", NULL};

static void expect(const char *text, const char *part) {
    cr_expect(strstr(text, part), "no '%s' in:\n%s", part, text);
}

Test(render_blind, text) {
    struct fixture *f = scene(plain, 1000000);
    char *text = rendered(f, 't');
    expect(text, "code with hooks");
    expect(text, "the hooks themselves");
    expect(text, "1.70 s of 2.00 s of CPU time (85.0%) have no sample");
    expect(text, "library     memcpy    lib.so      100  33.3%");
    expect(text, "main 100%");
    expect(text, "calibration  sleep");
    expect(text, "100 samples  sleep");
    expect(text, "Asleep, 2 of them would save 0 to ");
    free(text);
    fixture_free(f);
}

/* A single function is one, and no "These 1". */
Test(render_blind, one_function) {
    static const char *const alone[] = {"leaf", NULL};
    struct fixture *f = scene(alone, 1000000);
    char *text = rendered(f, 't');
    expect(text, "Asleep, one of them would save 0 to ");
    free(text);
    text = rendered(f, 'f');
    expect(text, "\n# This function: predicted to save 0 to ");
    free(text);
    fixture_free(f);
}

Test(render_blind, json) {
    struct fixture *f = scene(plain, 1000000);
    char *text = rendered(f, 'j');
    cJSON *json = cJSON_Parse(text);
    cr_assert(json);
    const cJSON *kinds = cJSON_GetObjectItem(json, "kinds"), *probe = NULL;
    cr_expect_eq(cJSON_GetArraySize(kinds), RC_SIGHT_KINDS);
    double sum = 0;
    cJSON_ArrayForEach(probe, kinds) {
        sum += cJSON_GetObjectItem(probe, "share")->valuedouble;
    }
    cr_expect(sum > 0.999999 && sum < 1.000001);
    probe = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "probes"), 0);
    cr_expect_str_eq(cJSON_GetObjectItem(probe, "name")->valuestring, "leaf");
    cr_expect_str_eq(cJSON_GetObjectItem(probe, "by")->valuestring, "samples");
    cr_expect_eq(cJSON_GetObjectItem(probe, "samples")->valuedouble, 100);
    cr_expect_eq(cJSON_GetObjectItem(probe, "sampled_ns")->valuedouble, 100e6);
    cr_expect_eq(cJSON_GetObjectItem(probe, "calibrated_ns")->valuedouble, 10e6);
    cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(probe, "proposed")));
    const cJSON *proposal = cJSON_GetObjectItem(json, "proposal");
    cr_expect_eq(cJSON_GetObjectItem(proposal, "functions")->valuedouble, 2);
    cr_expect_eq(cJSON_GetObjectItem(proposal, "hooks_ns")->valuedouble, 105e6);
    cJSON_Delete(json);
    free(text);
    fixture_free(f);
}

Test(render_blind, a_filter_that_its_reader_takes) {
    static const char *const names[] = {"leaf",
                                        "ns::f(int, char const*)",
                                        "operator*(V, V)",
                                        "S::operator()(int) const",
                                        "main::{lambda(int)#1}::operator()(int) const",
                                        "f[abi:cxx11](char)",
                                        "operator new(unsigned long)",
                                        "stay in touch",
                                        NULL};
    struct fixture *f = scene(names, 100000000);
    char *text = rendered(f, 'f');
    struct rc_rules rules;
    struct rc_error err = {""};
    cr_assert_eq(rc_rules_parse(&rules, text, strlen(text), "F", &err), 0, "%s", err.text);
    cr_assert_eq(rules.n, 8, "%s", text);
    for (size_t name = 0; names[name]; name++) {
        size_t matches = 0;
        for (size_t i = 0; i < rules.n; i++)
            matches += rc_rule_names(&rules.items[i], names[name], "x");
        cr_expect(matches == 1, "%s: %zu rules", names[name], matches);
    }
    for (size_t i = 0; i < rules.n; i++)
        cr_expect_str_eq(rules.items[i].object, "app");
    expect(text, "# Proposed by recount filter from x.data: app --flag\n");
    expect(text, "# 100,000,000 entries, ");
    expect(text, "by 100 samples in them\nsleep leaf in app\n");
    rc_rules_free(&rules);
    free(text);
    fixture_free(f);
}
