#include "compare/model/difference.h"

#include <math.h>

#include "compare/model/statistics.h"

struct rc_estimate rc_part_of(double whole, double share, double n, double critical) {
    double p = fmin(fmax(share, 0), 1);
    struct rc_interval interval = rc_wilson(p, n, critical);
    return (struct rc_estimate){whole * p, whole * interval.low, whole * interval.high};
}

struct rc_estimate rc_difference(struct rc_estimate a, struct rc_estimate b) {
    double value = a.value - b.value;
    return (struct rc_estimate){value, value - hypot(a.value - a.low, b.high - b.value),
                                value + hypot(a.high - a.value, b.value - b.low)};
}

/* How far apart two figures are on the scale of logarithms. */
static double steps(double larger, double smaller) {
    return log(larger) - log(smaller);
}

struct rc_estimate rc_quotient(struct rc_estimate a, struct rc_estimate b) {
    struct rc_estimate quotient = {-1, 0, -1};
    if (b.high <= 0)
        return quotient;
    quotient.low = a.low / b.high; /* where one of them has no interval of logarithms: the two ends together */
    if (b.low > 0)
        quotient.high = a.high / b.low;
    if (b.value <= 0)
        return quotient;
    quotient.value = a.value / b.value;
    if (a.low <= 0 || b.low <= 0)
        return quotient;
    quotient.low = quotient.value * exp(-hypot(steps(a.value, a.low), steps(b.high, b.value)));
    quotient.high = quotient.value * exp(hypot(steps(a.high, a.value), steps(b.value, b.low)));
    return quotient;
}
