#include "compare/model/student.h"

#include <math.h>

/*
 * T = (Z + shift) / S with Z normal and S the square root of a chi-squared variable over its degrees of freedom d. So
 * P(|T| > c) is the mean over S of the chance that Z leaves -cS..cS. With S = exp(x) the integrand falls off on both
 * sides faster than any exponential of x, or like exp(d x), and the trapezoid rule converges geometrically.
 */
enum { STEPS = 240 };

static double normal_above(double z) {
    return 0.5 * erfc(z / sqrt(2));
}

/* log of the density of x = log S, without its constant; 0 at the mode x = 0. */
static double log_density(double x, double degrees) {
    return degrees * (x - 0.5 * expm1(2 * x));
}

double rc_student_beyond(double critical, double degrees, double shift) {
    double low = -(28 / degrees + 10 / sqrt(degrees)), high = log1p(9 / sqrt(degrees));
    double step = (high - low) / STEPS, sum = 0, whole = 0;
    for (int i = 0; i <= STEPS; i++) {
        double x = low + i * step;
        double weight = exp(log_density(x, degrees));
        double edge = critical * exp(x);
        sum += weight * (normal_above(edge - shift) + normal_above(edge + shift));
        whole += weight;
    }
    return sum / whole;
}

/* The root of a falling or rising function; both ends are at hand. */
static double solve(double (*f)(double, double, double), double a, double b, double wanted, bool rising, double most) {
    double low = 0, high = 1;
    while (high < most && (f(high, a, b) < wanted) == rising)
        high *= 2;
    for (int i = 0; i < 60 && high - low > 1e-9 * high; i++) {
        double middle = 0.5 * (low + high);
        if ((f(middle, a, b) < wanted) == rising)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double rc_student_critical(double p, double degrees) {
    return solve(rc_student_beyond, degrees, 0, p, false, 1e12);
}

static double power_of_shift(double shift, double critical, double degrees) {
    return rc_student_beyond(critical, degrees, shift);
}

double rc_student_shift(double critical, double degrees, double power) {
    return solve(power_of_shift, critical, degrees, power, true, 1e12);
}

double rc_welch_degrees(double variance_a, double degrees_a, double variance_b, double degrees_b) {
    double sum = variance_a + variance_b;
    double parts = variance_a * variance_a / degrees_a + variance_b * variance_b / degrees_b;
    return parts > 0 ? sum * sum / parts : degrees_a + degrees_b;
}

size_t rc_holm(const double *p, size_t n, double level) {
    size_t rejected = 0;
    while (rejected < n && p[rejected] <= level / (double)(n - rejected))
        rejected++;
    return rejected;
}
