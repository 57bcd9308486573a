#include "compare/model/statistics.h"

#include <math.h>

double rc_chao1(uint64_t seen, uint64_t once, uint64_t twice) {
    if (once == 0)
        return (double)seen;
    return (double)seen + (double)once * ((double)once - 1) / (2 * ((double)twice + 1));
}

double rc_chao1_low(uint64_t seen, uint64_t once, uint64_t twice, double z) {
    double f1 = (double)once, f2 = (double)twice + 1;
    double unseen = rc_chao1(seen, once, twice) - (double)seen;
    if (unseen <= 0)
        return (double)seen;
    double variance = f1 * (f1 - 1) / (2 * f2) + f1 * (2 * f1 - 1) * (2 * f1 - 1) / (4 * f2 * f2) +
                      f1 * f1 * (f2 - 1) * (f1 - 1) * (f1 - 1) / (4 * f2 * f2 * f2 * f2);
    return (double)seen + unseen / exp(z * sqrt(log(1 + variance / (unseen * unseen))));
}

struct rc_interval rc_wilson(double share, double n, double z) {
    double z2 = z * z;
    double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
    double half = z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n));
    struct rc_interval interval = {share > 0 ? centre - half : 0, share < 1 ? centre + half : 1};
    return interval;
}

size_t rc_block_length(size_t n) {
    size_t length = (size_t)sqrt((double)n);
    return length ? length : 1;
}

double rc_design_effect(double differences, double hits, size_t blocks, size_t length) {
    if (blocks < 2 || length == 0)
        return 1;
    double k = (double)blocks, b = (double)length;
    double share = hits / (k * b);
    double binomial = share * (1 - share) / b;
    if (binomial <= 0)
        return 1;
    double variance = differences / (2 * (k - 1)) / (b * b);
    return fmax(1, variance / binomial);
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

double rc_detectable(double share, double n) {
    const double power80 = 0.8416212335729143;
    double p = fmin(fmax(share, 1 / n), 1 - 1 / n);
    if (n <= 2)
        return 1;
    return fmin(1, (RC_Z95 + power80) * sqrt(p * (1 - p) / n));
}

void rc_benjamini_hochberg(const double *p, size_t n, double q, bool *rejected) {
    size_t last = 0; /* how many of the smallest are rejected */
    for (size_t i = 0; i < n; i++)
        if (p[i] <= q * (double)(i + 1) / (double)n)
            last = i + 1;
    for (size_t i = 0; i < n; i++)
        rejected[i] = i < last;
}
