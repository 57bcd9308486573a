/*
 * Thousands of synthetic diffs with a known truth: twice the same program is seldom called changed, and what was
 * planted is found as often as was predicted. Seeds are fixed, so that each run of the test has the same figures.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "tests/unit/diff_simulator.h"

static const double LEVEL = RC_DIFF_LEVEL_TIMES + RC_DIFF_LEVEL_COUNTS;

static const struct simulation programs[] = {
    {.runs = 3, .seconds = 0.3, .machine = 0.02, .function = 0.01, .regular = 1, .seed = 1},
    {.runs = 5, .seconds = 0.3, .machine = 0.02, .function = 0.01, .regular = 1, .seed = 1 << 20},
    {.runs = 5, .seconds = 0.3, .machine = 0.02, .function = 0.01, .regular = 0.2, .seed = 2 << 20},
    {.runs = 10, .seconds = 0.3, .machine = 0.02, .function = 0.01, .regular = 1, .seed = 3 << 20},
    {.runs = 5, .seconds = 10, .machine = 0.02, .function = 0.01, .regular = 0.3, .seed = 4 << 20},
    {.runs = 5, .seconds = 10, .machine = 0.002, .function = 0.001, .regular = 0.3, .seed = 8 << 20},
    {.runs = 5, .seconds = 0.05, .machine = 0.02, .function = 0.01, .regular = 1, .seed = 5 << 20},
    {.runs = 5, .seconds = 0.3, .machine = 0.02, .function = 0.01, .regular = 1, .outliers = 0.1, .seed = 6 << 20},
    {.runs = 20, .seconds = 0.1, .machine = 0.01, .function = 0, .regular = 1, .seed = 7 << 20},
};

enum { PROGRAMS = sizeof programs / sizeof *programs, SAME = 1000, PLANTED = 300 };

/* Three standard errors of the rate above the level. */
Test(diff_calibration, twice_the_same_is_not_called_changed) {
    size_t all = 0;
    for (size_t p = 0; p < PROGRAMS; p++) {
        size_t claims = 0;
        for (uint64_t i = 0; i < SAME; i++) {
            struct rc_diff *diff = simulate(&programs[p], i);
            claims += diff->changed_times || diff->changed_counts;
            rc_diff_free(diff);
        }
        double most = LEVEL + 3 * sqrt(LEVEL * (1 - LEVEL) / SAME);
        cr_expect((double)claims <= most * SAME, "program %zu: %zu of %d", p, claims, SAME);
        all += claims;
    }
    cr_expect((double)all <= LEVEL * SAME * PROGRAMS, "%zu of %d", all, SAME * PROGRAMS);
    cr_expect(all > 0, "a test that never rejects is none");
}

struct rates {
    double found, predicted, whole_found, whole_predicted;
};

static struct rates rates_of(const struct simulation *program, double change) {
    struct simulation planted = *program;
    struct rates rates = {0};
    planted.change = change;
    for (uint64_t i = 0; i < PLANTED; i++) {
        struct rc_diff *diff = simulate(&planted, i);
        const struct rc_diff_time *own = &simulated_row(diff, 0)->own;
        rates.found += own->verdict == RC_DIFF_CHANGED && own->change > 0;
        rates.predicted += rc_diff_power(diff, own, change);
        rates.whole_found += diff->cpu.verdict == RC_DIFF_CHANGED && diff->cpu.change > 0;
        rates.whole_predicted += rc_diff_power(diff, &diff->cpu, 0.3 * change); /* the function's share */
        rc_diff_free(diff);
    }
    return (struct rates){rates.found / PLANTED, rates.predicted / PLANTED, rates.whole_found / PLANTED,
                          rates.whole_predicted / PLANTED};
}

/*
 * Each diff predicts from its own few runs, and the average of such predictions is drawn to the middle: up to 15 points
 * are allowed, of which three standard errors of a rate are 9.
 */
Test(diff_calibration, what_was_planted_is_found_as_often_as_predicted) {
    static const double changes[] = {0.03, 0.1, 0.2, 0.3, 0.5};
    double sum = 0;
    size_t n = 0;
    for (size_t p = 0; p < PROGRAMS; p++) {
        if (programs[p].outliers > 0)
            continue; /* rare slow runs are in few diffs, which cannot predict for the others */
        for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
            struct rates r = rates_of(&programs[p], changes[c]);
            cr_expect(fabs(r.found - r.predicted) < 0.15, "program %zu, +%g%%: found %.3f, predicted %.3f", p,
                      100 * changes[c], r.found, r.predicted);
            cr_expect(fabs(r.whole_found - r.whole_predicted) < 0.15, "program %zu, whole, +%g%%: %.3f, predicted %.3f",
                      p, 100 * changes[c], r.whole_found, r.whole_predicted);
            sum += r.found - r.predicted + r.whole_found - r.whole_predicted;
            n += 2;
        }
    }
    cr_expect(fabs(sum / (double)n) < 0.03, "on average off by %.3f", sum / (double)n);
}

/* What a diff says it could see is seen in 4 of 5 others, or more. */
Test(diff_calibration, what_could_be_seen_is_seen) {
    for (size_t p = 1; p < PROGRAMS; p++) {
        if (programs[p].outliers > 0)
            continue;
        double detectable = 0;
        for (uint64_t i = 0; i < PLANTED; i++) {
            struct rc_diff *diff = simulate(&programs[p], i);
            detectable += rc_diff_detectable(diff, &simulated_row(diff, 0)->own) / PLANTED;
            rc_diff_free(diff);
        }
        struct rates r = rates_of(&programs[p], detectable);
        cr_expect(r.found > 0.75, "program %zu could see %.3f: found %.3f", p, detectable, r.found);
    }
}

Test(diff_calibration, a_planted_call_is_a_fact) {
    struct simulation planted = programs[1];
    planted.changed_calls = 1;
    for (uint64_t i = 0; i < 100; i++) {
        struct rc_diff *diff = simulate(&planted, i);
        cr_expect_eq(diff->changed_counts, 1);
        const struct rc_diff_count *calls = &simulated_row(diff, 1)->counts[RC_DIFF_CALLS];
        cr_expect(calls->verdict == RC_COUNT_CHANGED && calls->low[RC_AFTER] == calls->low[RC_BEFORE] + 1);
        rc_diff_free(diff);
    }
}

/* With one run a side nothing is called changed, and what differs beyond the sampler's error is named so. */
Test(diff_calibration, one_run_a_side_claims_nothing) {
    struct simulation one = programs[4];
    size_t beyond = 0;
    one.runs = 1;
    one.change = 0.5;
    for (uint64_t i = 0; i < 100; i++) {
        struct rc_diff *diff = simulate(&one, i);
        const struct rc_diff_time *own = &simulated_row(diff, 0)->own;
        cr_expect(diff->changed_times == 0 && diff->cpu.verdict == RC_DIFF_ONE_RUN);
        beyond += own->verdict == RC_DIFF_BEYOND;
        rc_diff_free(diff);
    }
    cr_expect_eq(beyond, 100);
}
