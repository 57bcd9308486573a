/* Text for people: nothing is cut but names, nothing of a profile reaches the terminal raw. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "compare/explain/find.h"
#include "compare/explain/numbers.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"
#include "compare/render/table.h"
#include "tests/unit/render_story.h"

static char *table_of(struct fixture *f, unsigned width, size_t top, enum rc_sort sort) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_report *report = fixture_report(f);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = width};
    struct rc_table_options options = {sort, top, ""};
    rc_causes_find(report);
    cr_assert_eq(rc_render_table(&paper, report, &options, &err), 0);
    fclose(paper.out);
    rc_report_free(report);
    return text;
}

/* A function all of whose calls had their ramps inlined: 2,000 resumes, 3,000 destroyed frames. */
static char *inlined_ramps(bool story) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct fixture *fixture = render_story();
    struct rc_report *report = fixture_report(fixture);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 300};
    struct rc_table_options options = {RC_SORT_SELF, 0, ""};
    struct rc_function *f = (struct rc_function *)fixture_function(report, "get_character");
    f->entries = 5000, f->calls = f->calls_without_entry = 1000, f->resumes = 2000, f->internal = 3000;
    cr_assert_eq(story ? rc_render_story(&paper, report, f, &err) : rc_render_table(&paper, report, &options, &err), 0);
    fclose(paper.out);
    rc_report_free(report);
    fixture_free(fixture);
    return text;
}

static char *story_of(struct fixture *f, const char *name) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err;
    struct rc_report *report = fixture_report(f);
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 110};
    rc_causes_find(report);
    cr_assert_eq(rc_render_story(&paper, report, fixture_function(report, name), &err), 0);
    fclose(paper.out);
    rc_report_free(report);
    return text;
}

static bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

Test(render_text, numbers) {
    cr_assert_str_eq(rc_text_count(0).s, "0");
    cr_assert_str_eq(rc_text_count(9605).s, "9,605");
    cr_assert_str_eq(rc_text_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
    cr_assert_str_eq(rc_text_signed(-1234).s, "-1,234");
    cr_assert_str_eq(rc_text_signed(INT64_MIN).s, "-9,223,372,036,854,775,808");
    cr_assert_str_eq(rc_text_time(999).s, "999 ns");
    cr_assert_str_eq(rc_text_time(1000).s, "1.00 us");
    cr_assert_str_eq(rc_text_time(999949).s, "1.00 ms");
    cr_assert_str_eq(rc_text_time(12345678).s, "12.3 ms");
    cr_assert_str_eq(rc_text_time(UINT64_C(4211000000)).s, "4.21 s");
}

Test(render_text, table) {
    struct fixture *f = render_story();
    char *text = table_of(f, 120, 25, RC_SORT_SELF);
    cr_assert(has(text, "get_character"), "%s", text);
    cr_assert(has(text, " 9,605 "), "%s", text);
    cr_assert(has(text, " 1,234,567 "), "%s", text);
    cr_assert(has(text,
                  "get_character: 9,605 entries are 300 calls and 9,305 resumes at 31 await points; it waited 4.09 s "
                  "and ran 336 ms."),
              "%s", text);
    cr_assert(has(text, "\nEvery entry is explained"), "%s", text);
    cr_assert_not(has(text, "event_base_loop"), "%s", text); /* never in its own code, no hooks: not a row */
    free(text);
    fixture_free(f);
}

/* A re-entered function stands in the table even where it would not make the top. */
Test(render_text, top_keeps_reentered) {
    struct fixture *f = render_story();
    char *text = table_of(f, 120, 1, RC_SORT_NAME);
    cr_assert(has(text, "re-entered:"), "%s", text);
    cr_assert(has(text, "\nget_character"), "%s", text);
    cr_assert(has(text, "\n3 more functions; --top 0 shows all."), "%s", text);
    free(text);
    fixture_free(f);
}

Test(render_text, unexplained) {
    struct fixture *f = render_story();
    f->nodes[6].count += 12;
    char *text = table_of(f, 120, 25, RC_SORT_SELF);
    cr_assert(has(text, "12 entries unexplained in get_character"), "%s", text);
    cr_assert_not(has(text, "Every entry is explained"), "%s", text);
    free(text);
    text = story_of(f, "get_character");
    cr_assert(has(text, "            12  unexplained"), "%s", text);
    free(text);
    fixture_free(f);
}

/* What is printed adds up: such calls are no part of the sum. */
Test(render_text, calls_without_entry) {
    char *text = inlined_ramps(false);
    cr_assert(has(text,
                  "\nEvery entry is explained: entries = calls with an entry + resumes + internal in each function; "
                  "1,000 calls of 1 function have no entry, for the compiler inlined the ramp.\n"),
              "%s", text);
    free(text);
    text = inlined_ramps(true);
    cr_assert(has(text, "\n             0  calls\n         2,000  resumes "), "%s", text);
    cr_assert(has(text, "\n         3,000  internal   frames destroyed, and "), "%s", text);
    cr_assert(has(text, "\n         5,000  entries    as the hooks counted them\n         1,000  calls      besides, "
                        "without an entry: "),
              "%s", text);
    free(text);
}

Test(render_text, story) {
    struct fixture *f = render_story();
    char *text = story_of(f, "get_character");
    static const char *const lines[] = {
        "           300  calls ",
        "         9,305  resumes ",
        "         9,605  entries ",
        "app.c:100  db_query(self->db, \"query 0\", co)       305       5  122 ms  400 us  12.2 ms  40.0 us   3.3%\n",
        "together                                         9,305       5  3.72 s  400 us   372 ms  40.0 us      -\n",
        "Identity: told by the program",
        "Calls, by who made them\n           300  dispatch_request\n",
        "         9,305  on_query_done\n           300  dispatch_request\n",
        "   3722.000 ms  awaiting ",
        "   4434.200 ms  total ",
        "The samples saw 120 different calls, so there were at least 122 (95%); calls 300, entries 9,605.",
        "   async_reentry ",
        "   suspended_inside ",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert(has(text, lines[i]), "no '%s' in:\n%s", lines[i], text);
    free(text);
    fixture_free(f);
}

/* Escape sequences and broken bytes in names stay in the file. */
Test(render_text, hostile_names) {
    struct fixture *f = render_story();
    f->profile.command = (char *)"app \033]0;owned\007 \xff";
    f->symbols[2].base = "evil\033[2J\xc3\n\xc2\x9bname";
    char *text = table_of(f, 120, 0, RC_SORT_SELF);
    for (const char *at = text; *at; at++)
        cr_assert(*at == '\n' || (*at >= ' ' && *at < 0x7f), "byte %02x", (unsigned char)*at);
    cr_assert(has(text, "evil?[2J???name"), "%s", text);
    free(text);
    fixture_free(f);
}

static char *print_table(const struct rc_table *table, size_t width) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(rc_table_print(table, out, 0, width, false), 0);
    fclose(out);
    return text;
}

/* Names give way in the middle, whole characters at a time; numbers never. */
Test(render_text, narrow_table) {
    static const struct rc_column columns[] = {{NULL, "name", RC_LEFT | RC_FLEXIBLE}, {NULL, "count", RC_RIGHT}};
    struct rc_table *table = rc_table_new(columns, 2);
    rc_table_cell(table, "alphabet_soup_\xc3\xa4\xc3\xb6\xc3\xbc_and_a_long_name_with_an_end", RC_PLAIN);
    rc_table_cell(table, "1,234,567", RC_PLAIN);
    char *text = print_table(table, 36);
    cr_assert_str_eq(text, "name                           count\nalphabet_so...with_an_end  1,234,567\n", "%s", text);
    free(text);
    text = print_table(table, 80);
    cr_assert(has(text, "_\xc3\xa4\xc3\xb6\xc3\xbc_and_"), "%s", text);
    free(text);
    rc_table_free(table);
}

/* A note behind a name stays whole, on paper that is too narrow for both. */
Test(render_text, note_is_kept) {
    static const struct rc_column columns[] = {{NULL, "name", RC_LEFT | RC_FLEXIBLE | RC_NAME},
                                               {NULL, "count", RC_RIGHT}};
    struct rc_table *table = rc_table_new(columns, 2);
    rc_table_cell(table, "parse_all_of_them_at_once  (asleep in 1 of 3 runs)", RC_PLAIN);
    rc_table_cell(table, "1", RC_PLAIN);
    char *text = print_table(table, 44);
    cr_assert(has(text, "\nparse_all...  (asleep in 1 of 3 runs) "), "%s", text);
    free(text);
    text = print_table(table, 10);
    cr_assert(has(text, "\nparse_...  (asleep in 1 of 3 runs) "), "%s", text);
    free(text);
    rc_table_free(table);
}

Test(render_text, find) {
    static const struct {
        const char *text, *found, *error;
    } cases[] = {
        {"get_character", "get_character", NULL},
        {"parse<(anonymous namespace)::value>",
         "json::parse<(anonymous namespace)::value>(char const*, unsigned long, json::options const&)", NULL},
        {"query", "on_query_done", NULL},
        {"get_charakter", NULL, "no function 'get_charakter' in the profile; near it: get_character"},
        {"zzzzzzzzzzzz", NULL, "no function 'zzzzzzzzzzzz' in the profile; 'recount report --top 0' lists all"},
        {"s", NULL, NULL},
        {"", NULL, "the function's name is empty"},
    };
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct rc_function *found;
        struct rc_error err = {""};
        int result = rc_function_find(&found, report, cases[i].text, &err);
        cr_assert_eq(result, cases[i].found ? 0 : -1, "%s: %s", cases[i].text, err.text);
        if (cases[i].found)
            cr_assert_str_eq(found->name, cases[i].found);
        if (cases[i].error)
            cr_assert_str_eq(err.text, cases[i].error);
    }
    rc_report_free(report);
    fixture_free(f);
}

/* A verdict on what samples told on both sides is no proof, and does not look like one. */
Test(render_text, verdict_of_samples) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    struct rc_table_options options = {RC_SORT_SELF, 0, ""};
    for (int sampled = 0; sampled < 2; sampled++) {
        char *text = NULL;
        size_t size = 0;
        struct rc_error err;
        struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 200};
        for (size_t i = 0; i < report->n_functions; i++)
            report->functions[i].self_sampled_ns = sampled ? report->functions[i].self_ns : 0;
        cr_assert_eq(rc_render_table(&paper, report, &options, &err), 0);
        fclose(paper.out);
        cr_assert_eq(has(text, "  agree"), !sampled, "%s", text);
        cr_assert_eq(has(text, "  ~agree"), sampled, "%s", text);
        cr_assert_eq(has(text, "~agree, ~disagree: the tracer's share is mostly what samples told"), sampled);
        free(text);
    }
    rc_report_free(report);
    fixture_free(f);
}

/* What some runs counted alone is said to be theirs. */
Test(render_text, asleep_in_one_run) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    struct rc_table_options options = {RC_SORT_SELF, 0, ""};
    struct rc_function *one = NULL;
    for (size_t i = 0; i < report->n_functions; i++)
        if (strcmp(report->functions[i].name, "get_character") == 0)
            one = &report->functions[i];
    cr_assert(one);
    one->asleep = true;
    report->n_asleep = 1;
    for (int partly = 0; partly < 2; partly++) {
        char *text = NULL;
        size_t size = 0;
        struct rc_error err;
        struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 400};
        report->runs = partly ? 9 : 1;
        one->asleep_runs = partly ? 2 : 0;
        report->asleep_partly = partly ? 1 : 0;
        report->asleep_counted = partly ? 0 : 1;
        cr_assert_eq(rc_render_table(&paper, report, &options, &err), 0);
        fclose(paper.out);
        cr_assert_eq(has(text, "by a runtime that cannot sleep"), !partly, "%s", text);
        cr_assert_eq(has(text, "get_character  (asleep in 2 of 9 runs) "), partly, "%s", text);
        cr_assert_eq(has(text,
                         "get_character: asleep by filter in 2 of 9 runs. Its entries, calls and times are those of "
                         "the 7 runs awake, 42.9 calls and 1,372.1 entries a run;"),
                     partly, "%s", text);
        cr_assert_not(has(text, "so not counted"), "%s", text);
        free(text);
    }
    struct rc_function *caller = (struct rc_function *)fixture_function(report, "dispatch_request");
    struct rc_tallies leaves = caller->leaves;
    for (int slept = 0; slept < 2; slept++) {
        char *text = NULL;
        size_t size = 0;
        struct rc_error err;
        struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 110};
        struct rc_tally leaf = {slept ? one->name : "memcpy", NULL, 76};
        caller->leaves = (struct rc_tallies){&leaf, 1};
        cr_assert_eq(rc_render_story(&paper, report, caller, &err), 0);
        fclose(paper.out);
        cr_assert(has(text, slept ? "samples in code whose hooks slept, or without hooks\n"
                                  : "samples in code without hooks\n"),
                  "%s", text);
        free(text);
    }
    caller->leaves = leaves;
    rc_report_free(report);
    fixture_free(f);
}

/* Half of the samples are in hooks; the ledger knows of that what the calibration says. */
Test(render_text, dearer_probes) {
    for (int known = 0; known <= 1; known++) {
        struct fixture *f = fixture_new();
        uint64_t main_ = fixture_symbol(f, "main", 0), work = fixture_symbol(f, "work", 0);
        uint32_t top = fixture_node(f, 0, main_, 0, 1), node = fixture_node(f, top, work, 0, 1000);
        f->nodes[top].long_count = 1;
        f->nodes[top].long_ticks = 200000000;
        f->nodes[node].long_count = 1000;
        f->nodes[node].long_ticks = 100000000;
        f->process.cpu_ns = 200000000;
        f->process.probe_count_ps = f->process.probe_timed_ps = known ? 90000000 : 2000;
        uint32_t path = fixture_path(f, fixture_path(f, RC_NONE, top, 1), node, 1);
        for (int i = 0; i < 200; i++)
            fixture_sample(f, path, fixture_native(f, RC_NONE, work + 9, true))->flags = i % 2 ? RF_SAMPLE_IN_PROBE : 0;
        char *text = table_of(f, 200, 10, RC_SORT_SELF);
        cr_assert_eq(has(text, "The probes column, by calibration, has 2.00 us of about 100 ms that they cost"), !known,
                     "%s", text);
        cr_assert_eq(has(text, "The probes column"), !known, "%s", text);
        free(text);
        fixture_free(f);
    }
}
