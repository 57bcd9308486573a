#include "compare/explain/budget_times.h"

#include <math.h>

#include "compare/model/claims.h"
#include "compare/model/pair.h"

static double own_of_all(const struct rc_report *report) {
    double sum = 0;
    for (size_t f = 0; f < report->n_functions; f++)
        sum += (double)report->functions[f].self_ns;
    return sum;
}

/* Its share of the samples, on the stack, of all own running time. The design effect is that of its own samples: those
 * of what it called may be more alike, and where they are the most they count for no more than they are. */
static struct rc_estimate running_of(const struct rc_report *report, const struct rc_function *f, double whole) {
    double share = fmin(1, f->seen.total_ns / report->scoped_ns), n = f->share.n_effective;
    if (f->seen.self < f->seen.total / 2)
        n = fmin(n, (double)report->scoped_samples);
    struct rc_estimate running = rc_part_of(whole, share, n, f->share.critical);
    double more = (double)f->interrupted_ns; /* signal handlers, which the samples have apart */
    return (struct rc_estimate){running.value + more, running.low + more, running.high + more};
}

bool rc_budget_sampled(const struct rc_report *report, const struct rc_function *function, enum rc_budget_of of,
                       struct rc_estimate *sampled) {
    const struct rc_effect *effect = report->pair ? &report->pair->effects[function - report->functions] : NULL;
    if (effect) {
        *sampled = effect->inclusive;
        return of == RC_BUDGET_RUNNING && effect->timed_asleep && function->hooked;
    }
    if ((of != RC_BUDGET_RUNNING && of != RC_BUDGET_BLOCKED) || function->share.n_effective <= 0 ||
        function->share.critical <= 0 || !(report->scoped_ns > 0))
        return false;
    double whole = own_of_all(report), running = (double)function->time.running;
    *sampled = running_of(report, function, whole);
    if ((running >= sampled->low && running <= sampled->high) || fabs(running - sampled->value) < RC_MATERIAL * whole)
        return false;
    if (of == RC_BUDGET_BLOCKED) { /* what is not the one is the other: a call's begin and end are known */
        double inside = running + (double)function->time.blocked;
        *sampled = (struct rc_estimate){fmax(0, inside - sampled->value), fmax(0, inside - sampled->high),
                                        fmax(0, inside - sampled->low)};
    }
    return true;
}
