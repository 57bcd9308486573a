/* Matching and counts, on runs made by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/diff.h"
#include "compare/render/render.h"

static struct rc_diff_seen function(const char *name, const char *object, const char *file, uint64_t calls) {
    struct rc_diff_seen seen = {.name = name, .object = object, .file = file, .hooked = true};
    seen.counts[RC_DIFF_CALLS] = seen.counts[RC_DIFF_ENTRIES] = calls;
    return seen;
}

static int add_at(struct rc_diff *diff, enum rc_side side, uint64_t start, const struct rc_diff_seen *functions,
                  size_t n, struct rc_error *err) {
    struct rc_diff_run run = {.side = side,
                              .command = "app",
                              .host = "",
                              .start_real_ns = start,
                              .cpu_ns = 1e8,
                              .wall_ns = 100000000,
                              .samples = 100,
                              .sample_ns = 1e6,
                              .traced = true};
    return rc_diff_add(diff, &run, functions, n, err);
}

static void add(struct rc_diff *diff, enum rc_side side, const struct rc_diff_seen *functions, size_t n) {
    struct rc_error err = {""};
    cr_assert(add_at(diff, side, 0, functions, n, &err) == 0, "%s", err.text);
}

static void judge(struct rc_diff *diff) {
    struct rc_error err = {""};
    cr_assert(rc_diff_judge(diff, &err) == 0, "%s", err.text);
}

static const struct rc_diff_row *row(const struct rc_diff *diff, const char *name) {
    for (size_t i = 0; i < diff->n_rows; i++)
        if (strcmp(diff->rows[i].name, name) == 0)
            return &diff->rows[i];
    return NULL;
}

static enum rc_count_verdict calls_verdict(const struct rc_diff *diff, const char *name) {
    return row(diff, name)->counts[RC_DIFF_CALLS].verdict;
}

Test(diff_rows, a_function_is_found_again_under_other_paths) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("f", "/b1/app-old", "/b1/src/f.c", 7),
                                    function("inflate", "/lib/libz.so.1.2", "/z1/inflate.c", 5),
                                    function("g", "/lib/libg-1.2.so", NULL, 3)};
    struct rc_diff_seen after[] = {function("f", "/b2/app-new", "/b2/src/f.c", 7),
                                   function("inflate", "/lib/libz.so.1.3", "/z2/inflate.c", 6),
                                   function("g", "/lib/libg-1.3.so", NULL, 3)};
    before[0].main_object = after[0].main_object = true;
    add(diff, RC_BEFORE, before, 3);
    add(diff, RC_AFTER, after, 3);
    judge(diff);
    cr_assert_eq(diff->n_rows, 3);
    cr_expect_eq(calls_verdict(diff, "f"), RC_COUNT_SAME);
    cr_expect_eq(calls_verdict(diff, "g"), RC_COUNT_SAME);
    cr_expect_eq(calls_verdict(diff, "inflate"), RC_COUNT_CHANGED);
    cr_expect(strcmp(row(diff, "f")->object, "/b2/app-new") == 0 && row(diff, "f")->object_before);
    cr_expect_eq(diff->changed_counts, 1);
    rc_diff_free(diff);
}

/* Two statics of one name and one file name, in two folders, are two functions on each side. */
Test(diff_rows, two_functions_of_one_name_stay_two) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("init", "/app", "/old/a/util.c", 1),
                                    function("init", "/app", "/old/b/util.c", 2)};
    struct rc_diff_seen after[] = {function("init", "/app", "/new/a/util.c", 1),
                                   function("init", "/app", "/new/b/util.c", 2)};
    add(diff, RC_BEFORE, before, 2);
    add(diff, RC_AFTER, after, 2);
    judge(diff);
    cr_expect_eq(diff->n_rows, 4, "which is which cannot be told");
    rc_diff_free(diff);
}

/* Its file was renamed; by its name it is the only one that went and the only one that came. */
Test(diff_rows, a_function_is_found_again_in_another_file) {
    for (int turn = 0; turn < 2; turn++) { /* whichever side is added first */
        struct rc_diff *diff = rc_diff_new(NULL, false);
        struct rc_diff_seen before[] = {function("f", "/app", "/src/old.c", 7), function("g", "/app", "/src/old.c", 1),
                                        function("h", "/app", NULL, 2)};
        struct rc_diff_seen after[] = {function("f", "/app", "/src/new.c", 7), function("g", "/app", "/src/g.c", 2),
                                       function("h", "/app", "/src/h.c", 2)};
        add(diff, turn ? RC_AFTER : RC_BEFORE, turn ? after : before, 3);
        add(diff, turn ? RC_BEFORE : RC_AFTER, turn ? before : after, 3);
        judge(diff);
        cr_assert_eq(diff->n_rows, 3);
        cr_expect(row(diff, "f")->presence == RC_PRESENT && calls_verdict(diff, "f") == RC_COUNT_SAME);
        cr_expect_str_eq(row(diff, "f")->file_before, "/src/old.c");
        cr_expect_str_eq(row(diff, "f")->file, "/src/new.c");
        cr_expect_eq(calls_verdict(diff, "g"), RC_COUNT_CHANGED);
        cr_expect(calls_verdict(diff, "h") == RC_COUNT_SAME && !row(diff, "h")->file_before);
        cr_expect(diff->moved == 2 && diff->changed_counts == 1);
        rc_diff_free(diff);
    }
}

/* One of them went, one came, and a third one stays, which is itself. */
Test(diff_rows, what_stays_leaves_its_namesakes_to_one_another) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("init", "/app", "a.c", 1), function("init", "/app", "c.c", 2)};
    struct rc_diff_seen after[] = {function("init", "/app", "b.c", 1), function("init", "/app", "c.c", 2)};
    add(diff, RC_BEFORE, before, 2);
    add(diff, RC_AFTER, after, 2);
    judge(diff);
    cr_assert(diff->n_rows == 2 && diff->moved == 1 && diff->changed_counts == 0 && diff->ambiguous == 0);
    for (size_t i = 0; i < 2; i++) {
        const struct rc_diff_row *init = &diff->rows[i];
        bool moved = strcmp(init->file, "b.c") == 0;
        cr_expect(init->namesake && (moved ? init->file_before && strcmp(init->file_before, "a.c") == 0
                                           : strcmp(init->file, "c.c") == 0 && !init->file_before));
    }
    rc_diff_free(diff);
}

static char *text_of(const struct rc_diff *diff) {
    char *text = NULL;
    size_t size = 0;
    struct rc_error err = {""};
    struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 400};
    const struct rc_diff_options options = {.missing = "", .all = true};
    cr_assert_eq(rc_render_diff(&paper, diff, &options, &err), 0);
    fclose(paper.out);
    return text;
}

/* Of two that went and two that came nothing says which became which; of two that went and none that came, all. */
Test(diff_rows, statics_whose_files_all_have_other_names) {
    for (size_t came = 0; came <= 2; came++) {
        struct rc_diff *diff = rc_diff_new(NULL, false);
        struct rc_diff_seen before[] = {function("step", "/app", "/v1/a.c", 3), function("step", "/app", "/v1/b.c", 5),
                                        function("main", "/app", "/v1/m.c", 1)};
        struct rc_diff_seen after[] = {function("main", "/app", "/v2/m.c", 1),
                                       function("step", "/app", "/v2/alpha.c", 3),
                                       function("step", "/app", "/v2/beta.c", 5)};
        add(diff, RC_BEFORE, before, 3);
        add(diff, RC_AFTER, after, 1 + came);
        judge(diff);
        cr_expect(diff->n_rows == 3 + came && diff->moved == 0);
        cr_expect_eq(diff->ambiguous, came ? 2 + came : 0);
        char *text = text_of(diff);
        cr_expect(strstr(text, "step (a.c) ") && strstr(text, "step (b.c) ") && !strstr(text, "main ("), "%s", text);
        cr_expect_eq(strstr(text, "step (beta.c) ") != NULL, came == 2, "%s", text);
        cr_expect_eq(strstr(text, " appeared, or moved") != NULL, came > 0, "%s", text);
        cr_expect_eq(strstr(text, " Some of that may only have moved.") != NULL, came > 0, "%s", text);
        cr_expect_eq(strstr(text, "rows may be the same functions in other files") != NULL, came > 0, "%s", text);
        free(text);
        rc_diff_free(diff);
    }
}

Test(diff_rows, figures_are_sentences) {
    static const uint64_t wall[] = {1000000, 2000000, 400000000, 1000000, 900000000, 3000000};
    struct rc_diff *diff = rc_diff_new("request", false);
    struct rc_error err = {""};
    for (size_t i = 0; i < 6; i++) {
        struct rc_diff_seen seen[] = {function("request", "/app", "a.c", 2), function("f", "/app", "a.c", 10010),
                                      function("g", "/app", "a.c", 12345), function("app+0x12", "/app", NULL, 0)};
        struct rc_diff_run run = {.side = i % 2 ? RC_AFTER : RC_BEFORE,
                                  .command = "app",
                                  .host = "",
                                  .cpu_ns = 1e8,
                                  .wall_ns = wall[i],
                                  .traced = true};
        seen[1].counts[RC_DIFF_CALLS] += i % 2;
        cr_assert_eq(rc_diff_add(diff, &run, seen, 4, &err), 0);
    }
    judge(diff);
    char *text = text_of(diff);
    cr_expect(strstr(text, "no detectable change (its runs differ too much to see any rise)\n"), "%s", text);
    cr_expect(!strstr(text, "see - or more") && !strstr(text, "..]") && strstr(text, "[95%: any change]"), "%s", text);
    cr_expect(strstr(text, " 5,005  5,005.50 ") && strstr(text, " 6,172.50  6,172.50 "), "%s", text);
    cr_expect(strstr(text, "1 place has no name (its code has no symbols), only an address"), "%s", text);
    free(text);
    rc_diff_free(diff);
}

/* Of one name in two objects: that both moved is no doubt. One without a name is nobody. */
Test(diff_rows, objects_are_told_apart_and_addresses_are_no_names) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("f", "/lib/a.so", "a1.c", 1), function("f", "/lib/b.so", "b1.c", 2),
                                    function("a.so+0x12", "/lib/a.so", "x.c", 1)};
    struct rc_diff_seen after[] = {function("f", "/lib/a.so", "a2.c", 1), function("f", "/lib/b.so", "b2.c", 2),
                                   function("a.so+0x12", "/lib/a.so", "y.c", 1)};
    add(diff, RC_BEFORE, before, 3);
    add(diff, RC_AFTER, after, 3);
    judge(diff);
    cr_expect(diff->n_rows == 4 && diff->moved == 2 && diff->changed_counts == 0);
    rc_diff_free(diff);
}

/* Runs of 100 ms awake and 40 ms asleep, of which f has 60 and 10. @param second  by run: 'a'sleep, 'p'lain, '-' none
 */
static struct rc_diff *paired(const char *second, bool awake, bool tracer) {
    struct rc_diff *diff = rc_diff_new(NULL, tracer);
    struct rc_error err = {""};
    diff->awake_times = awake;
    for (int i = 0; second[i]; i++) {
        struct rc_diff_seen f = function("f", "/app", "a.c", 7);
        struct rc_diff_run run = {.side = i % 2 ? RC_AFTER : RC_BEFORE,
                                  .command = "app",
                                  .host = "",
                                  .cpu_ns = 1e8,
                                  .wall_ns = 100000000,
                                  .samples = 100,
                                  .sample_ns = 1e6,
                                  .traced = true,
                                  .probes_ns = 1e6,
                                  .paired = second[i] != '-',
                                  .plain = second[i] == 'p',
                                  .second_cpu_ns = 4e7,
                                  .second_wall_ns = 41000000,
                                  .second_samples = 40,
                                  .second_sample_ns = 1e6};
        f.samples = 60;
        f.own_ns = f.tracer_ns = 6e7;
        f.second = (struct rc_diff_second){10, 1e7, 40};
        cr_assert_eq(rc_diff_add(diff, &run, &f, 1, &err), 0, "%s", err.text);
    }
    judge(diff);
    return diff;
}

/* Times are the second runs' where all have one of one kind; then they are of them all. */
Test(diff_rows, times_of_second_runs) {
    static const struct {
        const char *second;
        bool awake, tracer;
        enum rc_diff_times_of times_of;
        bool left;
    } cases[] = {
        {"aaaaaa", false, false, RC_DIFF_OF_ASLEEP, false}, {"pppppp", false, false, RC_DIFF_OF_PLAIN, false},
        {"aaaa-a", false, false, RC_DIFF_OF_AWAKE, true},   {"aaaapa", false, false, RC_DIFF_OF_AWAKE, true},
        {"aaaaaa", true, false, RC_DIFF_OF_AWAKE, false},   {"aaaaaa", false, true, RC_DIFF_OF_AWAKE, false},
        {"------", false, false, RC_DIFF_OF_AWAKE, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rc_diff *diff = paired(cases[i].second, cases[i].awake, cases[i].tracer);
        bool second = cases[i].times_of != RC_DIFF_OF_AWAKE;
        cr_assert_eq(diff->times_of, cases[i].times_of, "%zu", i);
        cr_expect_eq(diff->seconds_left, cases[i].left, "%zu", i);
        cr_expect_float_eq(row(diff, "f")->own.mean[RC_BEFORE], second ? 1e7 : 6e7, 1, "%zu", i);
        cr_expect_float_eq(diff->cpu.mean[RC_AFTER], second ? 4e7 : 1e8, 1, "%zu", i);
        cr_expect_float_eq(diff->wall.mean[RC_AFTER], second ? 41e6 : 1e8, 1, "%zu", i);
        cr_expect_eq(row(diff, "f")->samples[RC_BEFORE], second ? 30 : 180, "%zu", i);
        cr_expect_eq(calls_verdict(diff, "f"), RC_COUNT_SAME);
        rc_diff_free(diff);
    }
}

Test(diff_rows, functions_that_appear_and_go_are_rows) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("old", "/app", "a.c", 4)}, after[] = {function("new", "/app", "a.c", 5)};
    for (int i = 0; i < 3; i++) {
        add(diff, RC_BEFORE, before, 1);
        add(diff, RC_AFTER, after, 1);
    }
    judge(diff);
    cr_expect(row(diff, "old")->presence == RC_DISAPPEARED && calls_verdict(diff, "old") == RC_COUNT_CHANGED);
    cr_expect(row(diff, "new")->presence == RC_APPEARED && calls_verdict(diff, "new") == RC_COUNT_CHANGED);
    rc_diff_free(diff);
}

Test(diff_rows, what_was_not_counted_is_not_compared) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen before[] = {function("f", "/app", "a.c", 4), function("app+0x12f0", "/app", NULL, 9)},
                        after[] = {function("f", "/app", "a.c", 0)};
    after[0].hooked = false;
    after[0].samples = 3;
    add(diff, RC_BEFORE, before, 2);
    add(diff, RC_AFTER, after, 1);
    judge(diff);
    cr_expect(calls_verdict(diff, "f") == RC_COUNT_UNKNOWN && row(diff, "f")->presence == RC_PRESENT);
    cr_expect(calls_verdict(diff, "app+0x12f0") == RC_COUNT_UNKNOWN && diff->nameless == 1);
    cr_expect_eq(diff->changed_counts, 0);
    rc_diff_free(diff);
}

static struct rc_diff *counts_of(const uint64_t *before, const uint64_t *after, size_t n) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    for (size_t i = 0; i < n; i++) {
        struct rc_diff_seen a = function("poll", "/app", "a.c", before[i]),
                            b = function("poll", "/app", "a.c", after[i]);
        add(diff, RC_BEFORE, &a, 1);
        add(diff, RC_AFTER, &b, 1);
    }
    judge(diff);
    return diff;
}

Test(diff_rows, a_count_that_varies_is_compared_with_its_spread) {
    const uint64_t a[] = {298, 303, 300, 299, 301}, near[] = {299, 302, 301, 303, 298},
                   far[] = {398, 403, 400, 399, 401};
    struct rc_diff *diff = counts_of(a, near, 5);
    const struct rc_diff_count *calls = &row(diff, "poll")->counts[RC_DIFF_CALLS];
    cr_expect(calls->verdict == RC_COUNT_VARIES && calls->low[RC_BEFORE] == 298 && calls->high[RC_BEFORE] == 303);
    cr_expect_eq(diff->changed_counts, 0);
    rc_diff_free(diff);
    diff = counts_of(a, far, 5);
    cr_expect(calls_verdict(diff, "poll") == RC_COUNT_SHIFTED && diff->changed_counts == 1);
    rc_diff_free(diff);
    diff = counts_of(a, far, 2);
    cr_expect(calls_verdict(diff, "poll") == RC_COUNT_VARIES, "two runs do not tell a spread");
    rc_diff_free(diff);
    const uint64_t same[] = {300, 300, 300}, one_more[] = {301, 301, 301};
    diff = counts_of(same, one_more, 3);
    cr_expect_eq(calls_verdict(diff, "poll"), RC_COUNT_CHANGED);
    rc_diff_free(diff);
}

/* 3 queries a request, whatever the number of requests; then 4. What happens once a run is the same, too. */
Test(diff_rows, counts_per_call_of_another_are_exact) {
    const uint64_t requests[] = {300, 700}, each[] = {3, 4};
    for (size_t changed = 0; changed < 2; changed++) {
        struct rc_diff *diff = rc_diff_new("request", false);
        for (size_t side = 0; side < 2; side++) {
            struct rc_diff_seen f[] = {function("request(int)", "/app", "a.c", requests[side]),
                                       function("query", "/app", "a.c", requests[side] * each[side && changed]),
                                       function("main", "/app", "a.c", 1)};
            add(diff, (enum rc_side)side, f, 3);
        }
        judge(diff);
        cr_expect_eq(calls_verdict(diff, "query"), changed ? RC_COUNT_CHANGED : RC_COUNT_SAME);
        cr_expect_eq(calls_verdict(diff, "main"), RC_COUNT_SAME);
        cr_expect_float_eq(row(diff, "query")->counts[RC_DIFF_CALLS].mean[RC_AFTER], changed ? 4 : 3, 1e-12);
        rc_diff_free(diff);
    }
}

Test(diff_rows, what_nothing_can_be_divided_by_is_an_error) {
    struct rc_diff *diff = rc_diff_new("request", false);
    struct rc_diff_seen f[] = {function("request(int)", "/app", "a.c", 1), function("request(char)", "/app", "a.c", 1)};
    struct rc_error err = {""};
    cr_expect(add_at(diff, RC_BEFORE, 0, f, 2, &err) == -1 && strstr(err.text, "more than one"), "%s", err.text);
    f[0].counts[RC_DIFF_CALLS] = f[1].counts[RC_DIFF_CALLS] = 0;
    cr_expect(add_at(diff, RC_BEFORE, 0, f, 2, &err) == -1 && strstr(err.text, "was not called"), "%s", err.text);
    rc_diff_free(diff);
}

Test(diff_rows, the_order_of_recording_is_looked_at) {
    const uint64_t apart[] = {1, 2, 3, 4}, in_turn[] = {1, 3, 2, 4};
    struct rc_diff_seen f = function("f", "/app", "a.c", 1);
    struct rc_error err = {""};
    for (int turn = 0; turn < 2; turn++) {
        struct rc_diff *diff = rc_diff_new(NULL, false);
        for (size_t i = 0; i < 4; i++)
            cr_assert(add_at(diff, i < 2 ? RC_BEFORE : RC_AFTER, (turn ? in_turn : apart)[i], &f, 1, &err) == 0);
        cr_expect(add_at(diff, RC_AFTER, 2, &f, 1, &err) == -1 && strstr(err.text, "twice"), "%s", err.text);
        judge(diff);
        cr_expect_eq(diff->apart, !turn);
        rc_diff_free(diff);
    }
}

/* 40 samples in every run and then none: it has no lower end, and no rise could be told from it. */
Test(diff_rows, time_that_is_gone_is_told) {
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_diff_seen f = function("f", "/app", "a.c", 1);
    double low, high;
    for (int i = 0; i < 10; i++) {
        f.samples = i % 2 ? 0 : (uint64_t)(38 + i);
        f.own_ns = 1e6 * (double)f.samples;
        add(diff, i % 2 ? RC_AFTER : RC_BEFORE, &f, 1);
    }
    judge(diff);
    const struct rc_diff_time *own = &row(diff, "f")->own;
    cr_expect(own->verdict == RC_DIFF_CHANGED && own->change == -1);
    cr_expect(rc_diff_interval(own, &low, &high) && low == -1 && high < 0.1);
    rc_diff_free(diff);
}

/* What slept on one side alone looks as if it were gone; and the CPU time is not the one that a person measures. */
Test(diff_rows, filters_are_told) {
    for (size_t asleep = 0; asleep < 2; asleep++) {
        struct rc_diff *diff = rc_diff_new(NULL, false);
        struct rc_error err = {""};
        struct rc_diff_run run = {.side = RC_BEFORE, .command = "app", .host = "", .cpu_ns = 1e8, .probes_ns = 1e7};
        const struct rc_diff_seen seen = function("f", "/app", NULL, 7);
        cr_assert_eq(rc_diff_add(diff, &run, &seen, 1, &err), 0);
        run.side = RC_AFTER;
        run.asleep = asleep;
        cr_assert_eq(rc_diff_add(diff, &run, &seen, 1, &err), 0);
        judge(diff);
        cr_expect_eq(diff->filters_differ, asleep > 0);
        char *text = NULL;
        size_t size = 0;
        struct rc_paper paper = {.out = open_memstream(&text, &size), .width = 200};
        const struct rc_diff_options options = {.missing = ""};
        cr_assert_eq(rc_render_diff(&paper, diff, &options, &err), 0);
        fclose(paper.out);
        cr_expect_eq(strstr(text, "recorded with the same filter") != NULL, asleep > 0, "%s", text);
        cr_expect(strstr(text, "CPU time is without what the hooks cost"), "%s", text);
        free(text);
        rc_diff_free(diff);
    }
}
