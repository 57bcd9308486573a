/*
 * Differences and quotients of two estimates: known answers, and the coverage of their intervals for few and for many
 * samples. 20,000 pairs of binomial samples each, a standard error of 0.15 points; 93 to 97% is asked for, also where
 * a run has 8 hits on average and the numbers are coarse.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "compare/model/difference.h"
#include "compare/model/statistics.h"

Test(difference, known) {
    struct rc_estimate a = {10, 7, 14}, b = {4, 1, 8};
    struct rc_estimate d = rc_difference(a, b);
    cr_assert_float_eq(d.value, 6, 1e-12);
    cr_assert_float_eq(d.low, 6 - 5, 1e-12, "3 and 4 make 5");
    cr_assert_float_eq(d.high, 6 + 5, 1e-12);
    struct rc_estimate q = rc_quotient(a, b);
    cr_assert_float_eq(q.value, 2.5, 1e-12);
    cr_assert(q.low < 2.5 && q.low > 7.0 / 8);
    cr_assert(q.high > 2.5 && q.high < 14.0 / 1);
}

Test(difference, nothing_to_divide_by) {
    struct rc_estimate a = {10, 7, 14}, none = {0, 0, 2}, nowhere = {0, 0, 0};
    cr_assert(rc_quotient(a, none).value < 0);
    cr_assert(rc_quotient(a, none).high < 0);
    cr_assert_float_eq(rc_quotient(a, none).low, 3.5, 1e-12, "at least 7 to 2");
    cr_assert(rc_quotient(a, nowhere).low <= 0);
    cr_assert_float_eq(rc_quotient(none, a).value, 0, 1e-12);
    cr_assert_float_eq(rc_quotient(none, a).high, 2.0 / 7, 1e-12);
}

Test(difference, part_of_a_whole) {
    struct rc_estimate part = rc_part_of(1000, 0.25, 400, RC_Z95);
    cr_assert_float_eq(part.value, 250, 1e-9);
    cr_assert(part.low > 200 && part.low < 215);
    cr_assert(part.high > 290 && part.high < 300);
    cr_assert_float_eq(rc_part_of(1000, 0, 400, RC_Z95).low, 0, 1e-12);
    cr_assert(rc_part_of(1000, 0, 400, RC_Z95).high > 5);
}

static double hits(unsigned short *seed, int n, double share) {
    int hit = 0;
    for (int i = 0; i < n; i++)
        hit += erand48(seed) < share;
    return (double)hit / n;
}

struct covered {
    double difference, quotient;
};

static struct covered simulate(int n, double p, int m, double q) {
    enum { PAIRS = 20000 };
    unsigned short seed[3] = {7, 8, 9};
    struct covered covered = {0, 0};
    for (int i = 0; i < PAIRS; i++) {
        struct rc_estimate a = rc_part_of(n, hits(seed, n, p), n, RC_Z95),
                           b = rc_part_of(m, hits(seed, m, q), m, RC_Z95);
        struct rc_estimate d = rc_difference(a, b), r = rc_quotient(a, b);
        double difference = n * p - m * q, ratio = n * p / (m * q);
        covered.difference += d.low <= difference && difference <= d.high;
        covered.quotient += r.low <= ratio && (r.high < 0 || ratio <= r.high);
    }
    return (struct covered){covered.difference / PAIRS, covered.quotient / PAIRS};
}

Test(difference, coverage) {
    static const struct {
        int n, m;
        double p, q;
    } cases[] = {{400, 200, 0.5, 0.5}, {400, 400, 0.1, 0.05}, {400, 400, 0.02, 0.02}, {200, 400, 0.9, 0.1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct covered covered = simulate(cases[i].n, cases[i].p, cases[i].m, cases[i].q);
        cr_log_info("%zu: difference %.4f, quotient %.4f\n", i, covered.difference, covered.quotient);
        cr_assert(covered.difference >= 0.93 && covered.difference <= 0.97, "%zu: %.4f", i, covered.difference);
        cr_assert(covered.quotient >= 0.93 && covered.quotient <= 0.97, "%zu: quotient %.4f", i, covered.quotient);
    }
}
