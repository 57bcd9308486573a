/* Estimates with their 95% intervals, and what two of them make that were found independently. No state. */
#ifndef RECOUNT_COMPARE_MODEL_DIFFERENCE_H
#define RECOUNT_COMPARE_MODEL_DIFFERENCE_H

struct rc_estimate {
    double value, low, high;
};

/** `share` (0..1) of `whole`, found in n (> 0) independent samples, with Wilson's interval at `critical` standard
 * errors. The whole is known without error. */
struct rc_estimate rc_part_of(double whole, double share, double n, double critical);

/** a - b: the distances to the ends of both intervals are put together as variances are [Newcombe 1998; Zou, Donner
 * 2008]. So the interval is as lopsided as the two are, and holds for few samples. */
struct rc_estimate rc_difference(struct rc_estimate a, struct rc_estimate b);

/** a / b, likewise on the scale of logarithms. Without any b the value is negative: not known; without a lower end of
 * b the upper end is negative: no bound. a and b are not negative. */
struct rc_estimate rc_quotient(struct rc_estimate a, struct rc_estimate b);

#endif
