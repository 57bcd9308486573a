#include "compare/model/student.h"

#include <math.h>

/*
 * T = (Z + shift) / S with Z normal and S the square root of a chi-squared variable over its degrees of freedom d. So
 * P(|T| > c) is the mean over S of the chance that Z leaves -cS..cS. With S = exp(x) the integrand falls off on both
 * sides faster than any exponential of x, or like exp(d x), and the trapezoid rule converges geometrically.
 */
enum { STEPS = 160 };

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

/* What is to be found: the x > 0 at which a monotonous probability has the value `wanted`. */
struct search {
    double (*f)(double x, double a, double b);
    double a, b, wanted;
};

/* In x = exp(u) the logarithm of such a probability is nearly a straight line, also far out. */
static double miss(const struct search *search, double u) {
    return log(fmax(search->f(exp(u), search->a, search->b), 1e-300)) - log(search->wanted);
}

/* The Illinois variant of false position, from a bracket that is widened until it holds the root. */
static double solve(const struct search *search) {
    double u[2] = {-1, 1}, g[2] = {miss(search, u[0]), miss(search, u[1])};
    for (int i = 0; i < 40 && g[0] * g[1] > 0; i++) {
        int end = fabs(g[0]) < fabs(g[1]) ? 0 : 1; /* the nearer one goes on */
        u[end] += (end ? 1 : -1) * (u[1] - u[0]);
        g[end] = miss(search, u[end]);
    }
    double at = u[0];
    int last = -1; /* the end that was moved last: moved twice in a row, the other one counts half */
    for (int i = 0; i < 60 && u[1] - u[0] > 1e-10; i++) {
        at = (u[0] * g[1] - u[1] * g[0]) / (g[1] - g[0]);
        double now = miss(search, at);
        if (fabs(now) < 1e-9)
            break;
        int end = (now > 0) == (g[0] > 0) ? 0 : 1;
        u[end] = at;
        g[end] = now;
        if (end == last)
            g[!end] /= 2;
        last = end;
    }
    return exp(at);
}

double rc_student_critical(double p, double degrees) {
    return solve(&(struct search){rc_student_beyond, degrees, 0, p});
}

static double power_of_shift(double shift, double critical, double degrees) {
    return rc_student_beyond(critical, degrees, shift);
}

double rc_student_shift(double critical, double degrees, double power) {
    return solve(&(struct search){power_of_shift, critical, degrees, power});
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
