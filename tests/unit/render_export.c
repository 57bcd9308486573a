/* The other viewers' formats. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/render/export.h"
#include "tests/unit/render_story.h"

static char *export(struct fixture *f, const char *name, int wanted) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err = {""};
    FILE *out = open_memstream(&text, &size);
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(rc_export_named(name)->write(out, report, &err), wanted, "%s", err.text);
    fclose(out);
    rc_report_free(report);
    return text;
}

/* The logical path, and library code below its leaf; sorted, one line a stack. */
Test(render_export, folded) {
    struct fixture *f = render_story();
    f->symbols[2].base = "dispatch;request";
    char *text = export(f, "folded", 0);
    cr_assert_str_eq(
        text,
        "main 146\n"
        "main;dispatch:request 40\n"
        "main;dispatch:request;get_character 240\n"
        "main;on_query_done 160\n"
        "main;json::parse<(anonymous namespace)::value>(char const*, unsigned long, json::options const&) 340\n"
        "main;event_base_loop 74\n",
        "%s", text);
    free(text);
    fixture_free(f);
}

Test(render_export, speedscope) {
    struct fixture *f = render_story();
    f->samples[0].flags = RF_SAMPLE_IN_PROBE;
    f->samples[1].thread = RC_NONE;
    char *text = export(f, "speedscope", 0);
    cJSON *json = cJSON_Parse(text), *profile;
    cr_assert(json);
    int frames = cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "shared"), "frames"));
    cJSON *profiles = cJSON_GetObjectItem(json, "profiles");
    cr_assert_eq(cJSON_GetArraySize(profiles), 2);
    cJSON_ArrayForEach(profile, profiles) {
        const cJSON *weight, *stack, *frame;
        double sum = 0;
        cJSON_ArrayForEach(weight, cJSON_GetObjectItem(profile, "weights")) sum += weight->valuedouble;
        cr_assert_eq(sum, cJSON_GetObjectItem(profile, "endValue")->valuedouble);
        cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(profile, "weights")),
                     cJSON_GetArraySize(cJSON_GetObjectItem(profile, "samples")));
        cJSON_ArrayForEach(stack, cJSON_GetObjectItem(profile, "samples")) cJSON_ArrayForEach(frame, stack)
            cr_assert(frame->valueint >= 0 && frame->valueint < frames);
    }
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetArrayItem(profiles, 0), "samples"), 0);
    cr_assert_eq(cJSON_GetArrayItem(first, cJSON_GetArraySize(first) - 1)->valueint, frames - 1); /* the probe */
    cJSON_Delete(json);
    free(text);
    fixture_free(f);
}

/* Without the tracer's calls (the kernel's samples have none) the native stack alone tells. An adapter of ours that a
 * library calls stands in it, and hides nothing; the hooks do. */
Test(render_export, natives_around_the_runtime) {
    struct fixture *f = fixture_new();
    uint64_t main_ = fixture_symbol(f, "main", 0), work = fixture_symbol(f, "work", 0);
    uint64_t loop = fixture_library(f, "loop"), ours = fixture_library(f, "adapter");
    f->symbols[3].object = "/lib/librecount.so";
    uint32_t top = fixture_node(f, 0, main_, 0, 1);
    fixture_node(f, top, work, 0, 5);
    f->process.hooks_lo = ours + 0x800;
    f->process.hooks_hi = ours + 0x900;
    uint32_t natives = fixture_native(f, fixture_native(f, RC_NONE, main_ + 9, false), loop + 9, false);
    uint32_t adapted = fixture_native(f, fixture_native(f, natives, ours + 9, false), work + 9, true);
    uint32_t hook = fixture_native(f, fixture_native(f, natives, work + 9, false), ours + 0x809, false);
    fixture_sample(f, RC_NONE, adapted);
    fixture_sample(f, RC_NONE, fixture_native(f, hook, ours + 0x20, true));
    fixture_sample(f, RC_NONE, fixture_native(f, natives, ours + 0x20, true));
    char *text = export(f, "folded", 0);
    cr_assert(strstr(text, "main;loop;work 1\n"), "%s", text);
    cr_assert(strstr(text, "main;loop;work;[probe] 1\n"), "%s", text);
    cr_assert(strstr(text, "main;loop;[probe] 1\n"), "%s", text);
    free(text);
    fixture_free(f);
}

Test(render_export, nothing_sampled) {
    struct fixture *f = fixture_new();
    char *text = export(f, "folded", 0);
    cr_assert_str_eq(text, "");
    free(text);
    free(export(f, "speedscope", -1));
    cr_assert_null(rc_export_named("svg"));
    fixture_free(f);
}
