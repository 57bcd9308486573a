/* The tree and the await ledger on paper and as JSON. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "compare/model/tree.h"
#include "compare/render/render.h"
#include "tests/unit/render_story.h"

static char *tree_of(struct fixture *f, enum rc_tree_kind kind, struct rc_tree_options options, unsigned width,
                     bool utf8) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_report *report = fixture_report_with(f, kind);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = width, .utf8 = utf8};
    cr_assert_eq(rc_render_tree(&paper, report, &options, &err), 0);
    fclose(paper.out);
    rc_report_free(report);
    return text;
}

static bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

static size_t lines_with(const char *text, const char *part) {
    size_t n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

Test(render_tree, logical) {
    struct fixture *f = render_story();
    struct rc_tree_options all = {.top = 0};
    char *text = tree_of(f, RC_TREE_LOGICAL, all, 160, true);
    cr_assert(has(text, "   596 ms   300 ms         -       -       -        -          -  -        [process]\n"), "%s",
              text);
    cr_assert(has(text, "      get_character  \u21bb 9,305, 5 idle\n"), "%s", text);
    cr_assert(has(text, "      300    9,605   336 ms "), "%s", text);
    cr_assert(has(text, "  22.9%    24.0%  21.5-26.7  agree          get_character"), "%s", text);
    cr_assert(has(text, "\n\u21bb: entered again"), "%s", text);
    free(text);
    text = tree_of(f, RC_TREE_LOGICAL, all, 160, false);
    cr_assert(has(text, "      get_character  (resumed: 9,305), 5 idle\n"), "%s", text);
    for (const char *at = text; *at; at++)
        cr_assert(!(*at & 0x80), "%s", at);
    free(text);
    fixture_free(f);
}

/* Less paper, less of the sampler's side; what disagrees is said below the tree on any. */
Test(render_tree, sampler_side) {
    struct fixture *f = render_story();
    struct rc_tree_options all = {.top = 0};
    for (size_t i = 0; i < f->process.n_samples; i++) /* main's samples become dispatch_request's */
        if (f->samples[i].path == 0)
            f->samples[i].path = 1, f->samples[i].native = RC_NONE;
    char *text = tree_of(f, RC_TREE_LOGICAL, all, 120, true);
    cr_assert(has(text, "  24.0%  agree           get_"), "%s", text);
    cr_assert_not(has(text, "21.5-26.7"), "%s", text);
    cr_assert(has(text, "\nDisagree: tracer 23.5%, sampler 0.0% [0.0, 0.4] in [process] > main\n"), "%s", text);
    cr_assert(has(text, "\nDisagree: tracer 3.4%, sampler 26.0% [23.4, 28.8] in [process] > main > dispatch_request\n"),
              "%s", text);
    free(text);
    text = tree_of(f, RC_TREE_LOGICAL, all, 90, true);
    cr_assert_not(has(text, "own share"), "%s", text);
    cr_assert(has(text, "\nDisagree: tracer 23.5%"), "%s", text);
    free(text);
    fixture_free(f);
}

Test(render_tree, physical) {
    struct fixture *f = render_story();
    char *text = tree_of(f, RC_TREE_PHYSICAL, (struct rc_tree_options){.top = 0}, 120, true);
    cr_assert(has(text, "get_character  (slices: 9,305)\n"), "%s", text);
    cr_assert(has(text, "get_character  (slices elsewhere: 9,305)\n"), "%s", text);
    cr_assert_not(has(text, "\u21bb"), "%s", text);
    free(text);
    fixture_free(f);
}

/* The heaviest rows make a tree; what is left out is one row with its time. */
Test(render_tree, pruned) {
    struct fixture *f = render_story();
    uint32_t tiny = fixture_symbol(f, "tiny", 0) ? fixture_node(f, 2, fixture_symbol(f, "small", 0), 0, 7) : 0;
    fixture_node(f, tiny, f->symbols[f->n_symbols - 2].start, 0, 9);
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.least = 0.005}, 120, true);
    cr_assert_not(has(text, "small"), "%s", text);
    cr_assert(has(text, "  ... 2 more, 16 entries\n"), "%s", text);
    free(text);
    text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.top = 1}, 120, true);
    cr_assert(has(text, "  main\n"), "%s", text);
    cr_assert(has(text, "    ... 6 more, "), "%s", text);
    cr_assert_not(has(text, "  dispatch_request\n"), "%s", text);
    free(text);
    text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.top = 0}, 120, true);
    cr_assert(has(text, "      tiny\n"), "%s", text);
    cr_assert_not(has(text, " more, "), "%s", text);
    free(text);
    fixture_free(f);
}

/* Who only waits, and whoever stands above, is no small matter. */
Test(render_tree, waiting_counts) {
    struct fixture *f = render_story();
    uint32_t above = fixture_node(f, 2, fixture_symbol(f, "brief", 0), 0, 1);
    uint32_t waits = fixture_node(f, above, fixture_symbol(f, "waits", 0), 0, 1);
    fixture_extra(f, waits)->awaiting_ticks = 2000000000;
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.least = 0.1}, 120, true);
    cr_assert(has(text, "    brief\n"), "%s", text);
    cr_assert(has(text, "      waits\n"), "%s", text);
    free(text);
    fixture_free(f);
}

/* In a program that mostly waits, what ran is the larger part of what ran. */
Test(render_tree, idle_program) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t works = fixture_node(f, main_, fixture_symbol(f, "works", 0), 0, 1);
    f->nodes[main_].long_count = f->nodes[works].long_count = 1;
    f->nodes[main_].long_ticks = 5000000000;
    f->nodes[main_].off_ns = 4990000000;
    f->nodes[works].long_ticks = 9000000;
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.least = 0.005}, 120, true);
    cr_assert(has(text, "    works\n"), "%s", text);
    cr_assert_not(has(text, "overlap"), "%s", text);
    free(text);
    fixture_free(f);
}

/* Children that are estimated to have run longer than their parent: as the report says it. */
Test(render_tree, unclosed) {
    struct fixture *f = render_story();
    f->nodes[2].long_ticks = 300000000;
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.top = 0}, 120, true);
    cr_assert(has(text, "\nEstimated times overlap by "), "%s", text);
    free(text);
    fixture_free(f);
}

/* Paths of any depth, on any paper, with any bytes in their names. */
Test(render_tree, deep_and_hostile) {
    struct fixture *f = fixture_new();
    uint64_t a = fixture_symbol(f, "\x1b[31mevil\n", 0), b = fixture_symbol(f, "b", 0);
    uint32_t at = fixture_node(f, 0, a, 0, 1);
    for (int i = 0; i < 1000; i++)
        at = fixture_node(f, at, i % 2 ? a : b, 0, 1);
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.top = 0}, 60, true);
    cr_assert(has(text, "  ?[31mevil?\n"), "%s", text);
    cr_assert_not(has(text, "\x1b"));
    cr_assert(has(text, "[1001] ?[31mevil?\n"), "%s", text + strlen(text) - 300);
    cr_assert_eq(lines_with(text, "evil"), 501);
    free(text);
    fixture_free(f);
}

Test(render_tree, empty) {
    struct fixture *f = fixture_new();
    char *text = tree_of(f, RC_TREE_LOGICAL, (struct rc_tree_options){.top = 0}, 80, true);
    cr_assert(has(text, "there is no tree."), "%s", text);
    free(text);
    fixture_free(f);
}

static const cJSON *key(const cJSON *json, const char *name) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, name);
    cr_assert(found, "no %s", name);
    return found;
}

/* What samples told on both sides looks here as it does in the flat table. */
Test(render_tree, told_by_samples) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
    struct rc_tree_options all = {.top = 0};
    for (int sampled = 0; sampled < 2; sampled++) {
        char *text = NULL, *json = NULL;
        size_t size = 0;
        struct rc_error err;
        for (size_t i = 0; i < report->tree->n; i++) {
            report->tree->rows[i].own_sampled_ns = sampled ? report->tree->rows[i].own.running : 0;
            report->tree->rows[i].estimated_ns = sampled ? report->tree->rows[i].time.total : 0;
        }
        struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 160, .utf8 = true};
        cr_assert_eq(rc_render_tree(&paper, report, &all, &err), 0);
        fclose(paper.out);
        cr_assert_eq(has(text, "  22.9%    24.0%  21.5-26.7  agree          get_character"), !sampled, "%s", text);
        cr_assert_eq(has(text, " ~22.9%    24.0%  21.5-26.7  ~agree         get_character"), sampled, "%s", text);
        cr_assert_eq(has(text, " ~336 ms "), sampled, "%s", text);
        cr_assert_eq(has(text, "\n~agree, ~disagree: the tracer's share is mostly what samples told"), sampled);
        cr_assert_eq(has(text, "\n~: estimated: "), sampled);
        FILE *out = open_memstream(&json, &size);
        cr_assert_eq(rc_render_tree_json(out, report, &err), 0);
        fclose(out);
        cr_assert_eq(has(json, "\"share_from\":\t\"sampler\""), sampled, "%s", json);
        cr_assert_eq(has(json, "\"independent\":\ttrue"), !sampled, "%s", json);
        free(text);
        free(json);
    }
    rc_report_free(report);
    fixture_free(f);
}

Test(render_tree, json) {
    struct fixture *f = render_story();
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    FILE *out = open_memstream(&text, &size);
    struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
    cr_assert_eq(rc_render_tree_json(out, report, &err), 0);
    fclose(out);
    cJSON *json = cJSON_Parse(text);
    cr_assert(json, "%s", text);
    cr_assert_str_eq(key(json, "tree")->valuestring, "logical");
    const cJSON *rows = key(json, "rows"), *row;
    cr_assert_eq((size_t)cJSON_GetArraySize(rows), report->tree->n);
    size_t at = 0, found = 0;
    cJSON_ArrayForEach(row, rows) {
        cr_assert_eq(key(row, "parent")->valuedouble,
                     report->tree->rows[at].parent == RC_NONE ? -1.0 : (double)report->tree->rows[at].parent);
        if (strcmp(key(row, "name")->valuestring, "get_character") == 0) {
            found++;
            cr_assert_eq(key(row, "calls")->valuedouble, 300);
            cr_assert_eq(key(row, "entries")->valuedouble, 9605);
            cr_assert_eq(key(row, "resumes")->valuedouble, 9305);
            cr_assert_eq(key(key(row, "time_ns"), "awaiting")->valuedouble, 3722000000.0);
        }
        at++;
    }
    cr_assert_eq(found, 1);
    cJSON_Delete(json);
    free(text);
    rc_report_free(report);
    fixture_free(f);
}

static char *awaits_of(struct fixture *f, size_t top, bool as_json) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_report *report = fixture_report(f);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 140};
    cr_assert_eq(as_json ? rc_render_awaits_json(paper.out, report, &err) : rc_render_awaits(&paper, report, top, &err),
                 0);
    fclose(paper.out);
    rc_report_free(report);
    return text;
}

/* Longest first; a wait whose end nobody told is not "queued 0". */
Test(render_tree, awaits) {
    struct fixture *f = render_story();
    struct rc_await *await = fixture_await(f, 2, 77, "");
    await->count = 2;
    await->awaiting_ticks = 9000000000;
    char *text = awaits_of(f, 3, false);
    const char *first = strstr(text, "app.c:77"), *second = strstr(text, "app.c:100");
    cr_assert(first && second && first < second, "%s", text);
    cr_assert(has(text, "  9.00 s  4.50 s  not told        - "), "%s", text);
    cr_assert(has(text, "29 more await points; --top 0 shows all."), "%s", text);
    cr_assert(has(text, "\nnot told: "), "%s", text);
    free(text);
    text = awaits_of(f, 0, true);
    cJSON *json = cJSON_Parse(text);
    const cJSON *item = cJSON_GetArrayItem(key(json, "awaits"), 0);
    cr_assert_str_eq(key(item, "function")->valuestring, "main");
    cr_assert(cJSON_IsFalse(key(item, "ready_told")));
    cr_assert_float_eq(key(item, "share")->valuedouble, 9.0 / (9.0 + 9305 * 0.00044), 1e-6);
    cr_assert_eq(cJSON_GetArraySize(key(json, "awaits")), 32);
    cJSON_Delete(json);
    free(text);
    fixture_free(f);
}

/* Resumes whose place is not known have a row of their own, with the waiting that no other row has. */
Test(render_tree, awaits_without_a_place) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t body = fixture_node(f, main_, fixture_symbol(f, "body()", RC_CLONE_RESUME), 0, 7);
    struct rc_await *await = fixture_await(f, body, 77, "timer");
    await->count = 3;
    await->awaiting_ticks = 1000000000;
    fixture_extra(f, body)->resumes = 7;
    fixture_extra(f, body)->awaiting_ticks = 3000000000;
    char *text = awaits_of(f, 0, false);
    cr_assert(has(text, "(not known)"), "%s", text);
    cr_assert(has(text, "  4 "), "%s", text);
    cr_assert(has(text, "2.00 s"), "%s", text);
    free(text);
    fixture_free(f);
}

Test(render_tree, no_awaits) {
    struct fixture *f = fixture_new();
    char *text = awaits_of(f, 25, false);
    cr_assert(has(text, "No call was suspended"), "%s", text);
    free(text);
    fixture_free(f);
}
