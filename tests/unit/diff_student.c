/* Student's distribution against closed forms, published tables and simulation. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

#include "compare/model/student.h"

static void near(double got, double wanted, double tolerance) {
    cr_expect(fabs(got - wanted) <= tolerance * fabs(wanted), "%.10g, not %.10g", got, wanted);
}

/* One degree of freedom is Cauchy's distribution, two have a closed form, too. */
Test(student, closed_forms) {
    for (double t = 0.1; t < 1e6; t *= 7) {
        near(rc_student_beyond(t, 1, 0), 2 / M_PI * atan(1 / t), 1e-6);
        double root = sqrt(2 + t * t); /* 1 - t/root without cancellation */
        near(rc_student_beyond(t, 2, 0), 2 / (root * (root + t)), 1e-6);
    }
}

Test(student, critical_values_of_the_tables) {
    near(rc_student_critical(0.05, 1), 12.7062, 1e-5);
    near(rc_student_critical(0.05, 2), 4.30265, 1e-5);
    near(rc_student_critical(0.05, 8), 2.30600, 1e-5);
    near(rc_student_critical(0.001, 4), 8.61030, 1e-5);
    near(rc_student_critical(0.05, 1e6), 1.95997, 1e-5);
    for (double d = 1; d < 2000; d *= 2.3)
        for (double p = 0.5; p > 1e-8; p *= 0.1)
            near(rc_student_beyond(rc_student_critical(p, d), d, 0), p, 1e-6);
}

static uint64_t state = 88172645463325252u;

static double uniform(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void) {
    return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* The power is what a test really finds: two sides of 5 runs, 8 degrees of freedom. 20,000 of them leave an error of
 * 0.35%, of which three are allowed. */
Test(student, power_is_what_is_found) {
    const double shift = 3, critical = 2.306;
    int found = 0, tries = 20000;
    for (int i = 0; i < tries; i++) {
        double squares = 0;
        for (int k = 0; k < 8; k++)
            squares += pow(normal(), 2);
        found += fabs(normal() + shift) / sqrt(squares / 8) > critical;
    }
    double power = rc_student_beyond(critical, 8, shift);
    cr_expect(fabs((double)found / tries - power) < 0.0105, "found %d, predicted %.4f", found, power);
    near(rc_student_shift(critical, 8, power), shift, 1e-6);
}

Test(student, welch) {
    near(rc_welch_degrees(2, 4, 2, 4), 8, 1e-12);
    near(rc_welch_degrees(1e-9, 4, 2, 4), 4, 1e-6);
    near(rc_welch_degrees(0, 4, 0, 4), 8, 1e-12);
}

Test(student, holm_steps_down) {
    const double p[] = {0.001, 0.0125, 0.03, 0.04};
    cr_expect_eq(rc_holm(p, 4, 0.05), 2, "the third is above 0.05/2");
    const double all[] = {0.001, 0.01, 0.02, 0.04};
    cr_expect_eq(rc_holm(all, 4, 0.05), 4);
    cr_expect_eq(rc_holm(p, 0, 0.05), 0);
    const double none[] = {0.02, 0.02, 0.02, 0.02};
    cr_expect_eq(rc_holm(none, 4, 0.05), 0);
}
