/*
 * Student's distribution, central and not: what a difference of two means says when their spread is known from a few
 * runs alone. Pure functions; good to some 1e-8 from 1 degree of freedom on, which need not be whole.
 */
#ifndef RECOUNT_COMPARE_MODEL_STUDENT_H
#define RECOUNT_COMPARE_MODEL_STUDENT_H

#include <stdbool.h>
#include <stddef.h>

/** P(|T| > critical), where T has `degrees` of freedom and its mean lies `shift` standard errors off 0. With shift 0
 * the two-sided p-value of `critical`, otherwise the power of a test that rejects beyond it. */
double rc_student_beyond(double critical, double degrees, double shift);

/** What |T| exceeds with probability `p` (1e-9..1) when there is no difference. */
double rc_student_critical(double p, double degrees);

/** The shift, in standard errors, that a test with this critical value finds with probability `power`. */
double rc_student_shift(double critical, double degrees, double power);

/** Welch and Satterthwaite's degrees of freedom of the sum of two squared standard errors. */
double rc_welch_degrees(double variance_a, double degrees_a, double variance_b, double degrees_b);

/**
 * Holm's step-down procedure: the chance of any false rejection is at most `level` [Holm 1979].
 * @param p  n p-values in ascending order
 * @return how many of the first ones are rejected
 */
size_t rc_holm(const double *p, size_t n, double level);

#endif
