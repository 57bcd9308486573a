/* The statistics against values published or computed with other tools. */
#include <criterion/criterion.h>
#include <math.h>

#include "compare/model/statistics.h"

static void near(double got, double wanted, double within) {
    cr_assert(fabs(got - wanted) <= within, "got %.10g, wanted %.10g", got, wanted);
}

/* S + f1(f1-1) / (2(f2+1)): 10 + 4*3/(2*3); none seen once means none are missing. */
Test(statistics, chao) {
    near(rc_chao(&(struct rc_sightings){10, 4, 2, INFINITY}), 12, 0);
    near(rc_chao(&(struct rc_sightings){7, 0, 3, INFINITY}), 7, 0);
    near(rc_chao(&(struct rc_sightings){0, 0, 0, INFINITY}), 0, 0);
    near(rc_chao(&(struct rc_sightings){5, 5, 0, INFINITY}), 15, 0); /* 5 + 5*4/2 */
    near(rc_chao(&(struct rc_sightings){300, 1, 40, INFINITY}), 300, 0);
    near(rc_chao(&(struct rc_sightings){10, 4, 2, 4}), 11.5, 0); /* (4-1)/4 of the 2 */
    near(rc_chao(&(struct rc_sightings){1000, 1000, 0, 1}), 1000, 0);
}

/* By the formulas of Chao 1987 with another program: S 213, f1 110, f2 42 and S 10, f1 4, f2 2. */
Test(statistics, chao_low) {
    near(rc_chao_low(&(struct rc_sightings){213, 110, 42, INFINITY}, RC_Z95), 297.7628, 0.01);
    near(rc_chao_low(&(struct rc_sightings){10, 4, 2, INFINITY}, RC_Z95), 10.2499, 0.01);
    near(rc_chao_low(&(struct rc_sightings){7, 0, 3, INFINITY}, RC_Z95), 7, 0);
    near(rc_chao_low(&(struct rc_sightings){7, 1, 3, INFINITY}, RC_Z95), 7, 0);
    near(rc_chao_low(&(struct rc_sightings){1000, 1000, 0, 1}, RC_Z95), 1000, 0);
}

/* Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29. */
Test(statistics, wilson) {
    struct rc_interval i = rc_wilson(81.0 / 263, 263, RC_Z95);
    near(i.low, 0.2553, 5e-5);
    near(i.high, 0.3662, 5e-5);
    i = rc_wilson(15.0 / 148, 148, RC_Z95);
    near(i.low, 0.0624, 5e-5);
    near(i.high, 0.1605, 5e-5);
    i = rc_wilson(0, 20, RC_Z95);
    cr_assert_eq(i.low, 0);
    near(i.high, 0.1611, 5e-5);
    cr_assert_eq(rc_wilson(1, 20, RC_Z95).high, 1);
    i = rc_wilson(1.0 / 29, 29, RC_Z95);
    near(i.low, 0.0061, 5e-5);
    near(i.high, 0.1718, 5e-5);
}

/* Tables of Student's t: the expansion is within 1% from 3 degrees on. */
Test(statistics, t975) {
    static const double table[][2] = {{3, 3.182446}, {5, 2.570582}, {9, 2.262157}, {30, 2.042272}, {100, 1.983972}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        near(rc_t975(table[i][0]), table[i][1], 0.01 * table[i][1]);
    near(rc_t975(1e9), 1.959964, 1e-6);
}

Test(statistics, two_sided_p) {
    near(rc_two_sided_p(1.959964), 0.05, 1e-7);
    near(rc_two_sided_p(-2.575829), 0.01, 1e-7);
    near(rc_two_sided_p(0), 1, 0);
}

/* Cochran's variance of an equidistant sample for neighbours of correlation 1/2: 1 - 2/ln 2 + 2 = 0.11461; to that
 * comes what the sampler's redraws cost. Pairs differ as a process of one exponential has it, whatever the share. */
Test(statistics, stratified_effect) {
    struct rc_nearness half = {.share = 0.5, .n = 1e6, .apart_one = 2 * 0.25 * 0.5, .apart_two = 2 * 0.25 * 0.75};
    near(rc_stratified_effect(&half), 1.075 * 0.11461 + 0.0095, 1e-5);
    struct rc_nearness long_phases = {.share = 0.5, .n = 1e6, .apart_one = 2e-6, .apart_two = 4e-6};
    near(rc_stratified_effect(&long_phases), 1.15 * 1e-6 / 0.25 / 6 + 0.0095, 1e-6);
    /* half of the variance is gone at once, the rest stays: half of the effect */
    struct rc_nearness mixed = {.share = 0.5, .n = 1e6, .apart_one = 0.25, .apart_two = 0.25};
    near(rc_stratified_effect(&mixed), 0.5 + 0.0095, 1e-5);
    struct rc_nearness independent = {.share = 0.3, .n = 1000, .apart_one = 2 * 0.21, .apart_two = 2 * 0.21};
    near(rc_stratified_effect(&independent), 1, 0);
    struct rc_nearness by_chance = {.share = 0.3, .n = 1000, .apart_one = 0.41, .apart_two = 0.4};
    near(rc_stratified_effect(&by_chance), 1, 0);
}

/* Benjamini and Hochberg 1995, section 3.2: of these 15 the first four are rejected at 0.05. */
Test(statistics, benjamini_hochberg) {
    static const double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                               0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
    bool rejected[15];
    rc_benjamini_hochberg(p, 15, 0.05, rejected);
    for (size_t i = 0; i < 15; i++)
        cr_assert_eq(rejected[i], i < 4, "p %g", p[i]);
    static const double up[] = {0.04, 0.045, 0.049}; /* the last one carries the first two */
    rc_benjamini_hochberg(up, 3, 0.05, rejected);
    cr_assert(rejected[0] && rejected[1] && rejected[2]);
}

Test(statistics, upper_z) {
    near(rc_upper_z(0.025), 1.959964, 0.0005);
    near(rc_upper_z(0.005), 2.575829, 0.0005);
    near(rc_upper_z(0.5), 0, 0.0005);
}

/* 5 expected of many, 14 found: score 9 / sqrt(5), deviance 2 (14 ln(14/5) - 9); 0 found: score sqrt(5). */
Test(statistics, deviate) {
    near(rc_deviate(5e-6, 14e-6, 1e6), sqrt(2 * (14 * log(2.8) - 9)), 1e-3);
    near(rc_deviate(5e-6, 0, 1e6), sqrt(5), 1e-3);
    near(rc_deviate(0.5, 0.5, 100), 0, 1e-9);
    near(rc_deviate(0.5, 0.6, 100), 2, 1e-9);
}

/* 10% against 1000 samples: 119.4 hits are the first beyond 1.96 standard errors (by the deviance); 120 are needed, and
 * a share of 12.9% has as many four times in five. */
Test(statistics, detectable) {
    struct rc_sight sight = {0.1, 1000, 1000, RC_Z95, 5, 0};
    cr_assert_geq(rc_deviate(0.1, 0.1195, 1000), RC_Z95);
    cr_assert_lt(rc_deviate(0.1, 0.119, 1000), RC_Z95);
    double truth = 0.1 + rc_detectable(&sight);
    near(truth - 0.8416212 * sqrt(truth * (1 - truth) / 1000), 0.12, 1e-6);
    sight.material = 0.0996; /* what is found must be that large: then the rest is the chance of finding less */
    truth = 0.1 + rc_detectable(&sight);
    near(truth - 0.8416212 * sqrt(truth * (1 - truth) / 1000), 0.201, 1e-6);
    sight = (struct rc_sight){0, 100, 100, RC_Z95, 5, 0}; /* fewer than 5 hits are not tested */
    near(100 * rc_detectable(&sight), 8.33, 0.01);        /* x = 6 + 0.8416 sqrt(x (1 - x / 100)) */
    sight = (struct rc_sight){0.5, 1, 1, RC_Z95, 5, 0};
    near(rc_detectable(&sight), 1, 0);
}
