#include "compare/model/statistics.h"

#include <math.h>

/* The part of the unseen that is left when an occasion excludes itself: things seen twice are that much rarer. */
static double limited(const struct rc_sightings *s) {
    return s->occasions > 1 ? 1 - 1 / s->occasions : 0;
}

double rc_chao(const struct rc_sightings *s) {
    double once = (double)s->once, twice = (double)s->twice;
    return (double)s->seen + (s->once ? limited(s) * once * (once - 1) / (2 * (twice + 1)) : 0);
}

double rc_chao_low(const struct rc_sightings *s, double z) {
    double f1 = (double)s->once, f2 = (double)s->twice + 1, k = limited(s);
    double unseen = rc_chao(s) - (double)s->seen;
    if (unseen <= 0)
        return (double)s->seen;
    double variance = k * f1 * (f1 - 1) / (2 * f2) + k * k * f1 * (2 * f1 - 1) * (2 * f1 - 1) / (4 * f2 * f2) +
                      k * k * f1 * f1 * (f2 - 1) * (f1 - 1) * (f1 - 1) / (4 * f2 * f2 * f2 * f2);
    return (double)s->seen + unseen / exp(z * sqrt(log(1 + variance / (unseen * unseen))));
}

struct rc_interval rc_wilson(double share, double n, double z) {
    double z2 = z * z;
    double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    double half = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    struct rc_interval interval = {share > 0 ? centre - half : 0, share < 1 ? centre + half : 1};
    return interval;
}

/*
 * The mean of equidistant looks from a random start, over a process with correlation rho between neighbours that falls
 * off exponentially: its variance over that of as many independent looks, in the limit of many [Cochran 1946].
 */
static double equidistant(double rho) {
    if (rho > 0.999)
        return (1 - rho) / 6; /* its limit: the terms below cancel */
    return 1 + 2 / log(rho) + 2 * rho / (1 - rho);
}

/* What the clock adds, in units of the variance: the ticks of a stretch stand for some 7% more or less time than they
 * say (measured, docs/model.md; bench/constants.sh measures it again), which matters as far as the stretch is all of
 * one kind. */
static double clock_noise(double rho) {
    static const double RELATIVE = 0.072, STRETCH = 25;
    double alike = rho < 1 ? (1 + rho) / (1 - rho) : STRETCH; /* samples of a stretch that are worth one */
    return RELATIVE * RELATIVE * fmin(STRETCH, alike);
}

/*
 * Of the variance share (1 - share) a part is gone within less than a period (a nugget), the rest falls off
 * exponentially: two unknowns, known from the covariances one and two periods apart. UNEVEN: periods are not all the
 * same, and the longer ones weigh and err more; a new one begins after a gap. REDRAW: what the ticks do not stand for
 * when a new period begins, however long the program stays with one thing. docs/model.md derives both.
 */
double rc_stratified_effect(const struct rc_nearness *nearness) {
    static const double SURE = 2, UNEVEN = 0.15, REDRAW = 0.0095;
    double variance = nearness->share * (1 - nearness->share);
    double one = variance - nearness->apart_one / 2, two = variance - nearness->apart_two / 2;
    if (variance <= 0 || one <= SURE * variance / sqrt(nearness->n))
        return 1;
    double rho = fmin(1, fmax(two / one, one / variance));
    double part = one / rho / variance; /* what is correlated */
    return 1 - part + part * ((1 + UNEVEN * rho) * equidistant(rho) + clock_noise(rho)) + REDRAW;
}

/* The Cornish-Fisher expansion about the normal quantile. */
double rc_t975(double degrees) {
    double z = RC_Z95, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    double d = fmax(1, degrees);
    return z + (z3 + z) / (4 * d) + (5 * z5 + 16 * z3 + 3 * z) / (96 * d * d) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * d * d * d);
}

double rc_two_sided_p(double z) {
    return erfc(fabs(z) / sqrt(2));
}

/* Rational approximation 26.2.23 of Abramowitz and Stegun. */
double rc_upper_z(double p) {
    double t = sqrt(-2 * log(fmin(0.5, fmax(p, 1e-300))));
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

static double times_log(double x, double y) {
    return x > 0 ? x * log(x / y) : 0;
}

double rc_deviate(double claimed, double found, double n) {
    double share = fmin(fmax(claimed, 1 / n), 1 - 1 / n);
    double score = fabs(found - share) / sqrt(share * (1 - share) / n);
    double deviance = 2 * n * (times_log(found, share) + times_log(1 - found, 1 - share));
    return fmin(score, sqrt(fmax(0, deviance)));
}

/* The share that must be found: the first beyond which the claim is rejected; a whole number of hits, and half of one
 * more, as hits do not weigh the same. */
static double rejecting(const struct rc_sight *sight, double direction) {
    double near = sight->share, far = direction > 0 ? 1 : 0, least = sight->share + direction * sight->material;
    if (rc_deviate(sight->share, far, sight->n) < sight->critical)
        return far;
    /* Where a difference that is just material is rejected, all that are smaller do not count. */
    bool sharp = least > 0 && least < 1 && rc_deviate(sight->share, least, sight->n) >= sight->critical;
    if (sharp)
        far = least;
    for (int halving = 0; halving < 50 && !sharp; halving++) {
        double middle = (near + far) / 2;
        if (rc_deviate(sight->share, middle, sight->n) < sight->critical)
            near = middle;
        else
            far = middle;
    }
    if (direction > 0)
        return fmin(1, ceil(fmax(fmax(far, least) * sight->taken, sight->least) + 0.5) / sight->taken);
    return fmax(0, floor(fmin(far, least) * sight->taken - 0.5) / sight->taken);
}

/* A true share of which four in five recordings find what is needed: it spreads by its own size. */
double rc_detectable(const struct rc_sight *sight) {
    static const double POWER80 = 0.8416212335729143;
    if (sight->n <= 2 || sight->taken <= 2)
        return 1;
    double direction = sight->share > 0.5 ? -1 : 1, needed = rejecting(sight, direction), truth = needed;
    for (int round = 0; round < 60; round++) { /* contracts: the spread grows as the square root */
        double before = truth;
        truth = fmin(1, fmax(0, needed + direction * POWER80 * sqrt(truth * (1 - truth) / sight->n)));
        if (!(truth < before || truth > before))
            break;
    }
    return fabs(truth - sight->share);
}

void rc_benjamini_hochberg(const double *p, size_t n, double q, bool *rejected) {
    size_t last = 0; /* how many of the smallest are rejected */
    for (size_t i = 0; i < n; i++)
        if (p[i] <= q * (double)(i + 1) / (double)n)
            last = i + 1;
    for (size_t i = 0; i < n; i++)
        rejected[i] = i < last;
}
