/* Which causes are material for a function, by the amounts of its accounts. docs/model.md gives the limits. */
#include "compare/explain/causes.h"

#include <math.h>
#include <stdlib.h>

#include "compare/explain/accounts.h"
#include "compare/explain/numbers.h"
#include "compare/model/statistics.h"

static const double PART = 0.1;          /* of the time of its calls */
static const double SUSPENDED = 0.05;    /* of it: exact, so less is material */
static const double COUNTED = 0.01;      /* of entries or calls */
static const double OF_DIFFERENCE = 0.2; /* of a difference of shares */
enum { SAMPLES_LEAST = 30 };

/* The amount, less what chance may have added to it, is a material part of the time; for how long there was no CPU for
 * it says something of the machine and not of the function. */
static bool in_time(const struct rc_function *f, unsigned row, double part, double chance) {
    const struct rc_difference *time = &f->differences[RC_OF_TIME];
    double amount = (double)rc_account_of(f, RC_OF_TIME, row) - chance;
    double of = (double)time->one - (double)rc_account_of(f, RC_OF_TIME, RC_ROW_PREEMPTED);
    return time->known && of > 0 && amount >= part * of;
}

bool rc_explains_share(const struct rc_report *report, const struct rc_function *f, enum rc_cause cause) {
    const struct rc_difference *share = &f->differences[RC_OF_SHARE];
    double difference = (double)(share->one - share->other), amount = (double)rc_account_of(f, RC_OF_SHARE, cause);
    double strays = cause == RC_INLINED || cause == RC_LOST_EXITS ? (double)f->witness.stray_samples : 0;
    double chance = 100 * RC_POINT * RC_Z95 * sqrt(strays) / fmax(1, (double)report->scoped_samples);
    if (f->verdict != RC_DISAGREE || !share->known || amount * difference <= 0)
        return false;
    return fabs(amount) - chance >= RC_POINT && fabs(amount) >= OF_DIFFERENCE * fabs(difference);
}

static bool async_reentry(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return rc_account_of(f, RC_OF_ENTRIES, RC_ASYNC_REENTRY) > 0;
}

static bool suspended_inside(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return in_time(f, RC_SUSPENDED_INSIDE, SUSPENDED, 0);
}

static bool probe_effect(const struct rc_report *report, const struct rc_function *f) {
    uint64_t samples = f->seen.self + f->seen.in_probe;
    if (in_time(f, RC_PROBE_EFFECT, PART, 0) || rc_explains_share(report, f, RC_PROBE_EFFECT))
        return true;
    return samples >= SAMPLES_LEAST &&
           rc_wilson(rc_ratio(f->seen.in_probe, samples), (double)samples, RC_Z95).low >= PART;
}

static bool unsampled(const struct rc_report *report, const struct rc_function *f) {
    return rc_explains_share(report, f, RC_UNSAMPLED);
}

/* Each look stands for a period, and finds a wait that is shorter by chance. */
static bool blocked(const struct rc_report *report, const struct rc_function *f) {
    double period = 1e9 / fmax(1, report->profile->sample_hz);
    double amount = fmax(0, (double)rc_account_of(f, RC_OF_TIME, RC_BLOCKED));
    return in_time(f, RC_BLOCKED, PART, RC_Z95 * sqrt(amount * period));
}

static bool uninstrumented(const struct rc_report *report, const struct rc_function *f) {
    if (!f->hooked)
        return f->seen.total > 0 && !f->asleep && (!report->traced || f->verdict == RC_DISAGREE);
    return f->body_unhooked || rc_explains_share(report, f, RC_UNINSTRUMENTED);
}

static bool inlined(const struct rc_report *report, const struct rc_function *f) {
    if (f->calls_without_entry || (f->coroutine && f->entries && !f->calls))
        return true;
    return rc_explains_share(report, f, RC_INLINED);
}

static bool lost_exits(const struct rc_report *report, const struct rc_function *f) {
    return rc_explains_share(report, f, RC_LOST_EXITS) ||
           (f->lost_exits && rc_ratio(f->lost_exits, f->entries) >= COUNTED);
}

static bool recursion(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    if (!f->differences[RC_OF_TIME].known)
        return f->recursive && rc_ratio(f->recursive, f->calls) >= COUNTED;
    return f->recursive && in_time(f, RC_RECURSION, PART, 0);
}

static bool signal_reentry(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return (f->from_signal && rc_ratio(f->from_signal, f->calls) >= COUNTED) || in_time(f, RC_SIGNAL_REENTRY, PART, 0);
}

static bool too_coarse(const struct rc_report *report, const struct rc_function *f) {
    return rc_explains_share(report, f, RC_TOO_COARSE);
}

typedef bool cause_test(const struct rc_report *report, const struct rc_function *function);

static const struct {
    const char *name;
    cause_test *holds;
} causes[] = {
#define ROW(enumerator, name) [enumerator] = {#name, name},
    RC_CAUSES(ROW)
#undef ROW
};

void rc_causes_find(struct rc_report *report) {
    rc_accounts_make(report);
    for (size_t f = 0; f < report->n_functions; f++) {
        struct rc_function *function = &report->functions[f];
        function->causes = 0;
        for (unsigned c = 0; c < RC_CAUSE_COUNT; c++)
            function->causes |= (uint32_t)causes[c].holds(report, function) << c;
    }
}

const char *rc_cause_name(enum rc_cause cause) {
    return causes[cause].name;
}

const char *rc_row_name(unsigned row) {
    static const char *const others[] = {"internal", "preempted", "unexplained"};
    return row < RC_CAUSE_COUNT ? causes[row].name : others[row - RC_CAUSE_COUNT];
}
