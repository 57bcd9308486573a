#include "compare/explain/accounts.h"

#include <math.h>

#include "compare/explain/causes.h"
#include "compare/model/pair.h"
#include "compare/model/statistics.h"

static const double PROBES_LEAST = 30; /* samples in probes, below which nothing is said of how dear they are */

struct totals { /* of all functions' own running time, each step without what the next cause accounts for */
    double traced, without_probes, without_coarse, without_unseen;
    double sampled;
    double scale;  /* samples taken for each one kept */
    double period; /* ns */
    bool probes_seen;
};

/* A profile may claim anything. RC_ACCOUNTS_MOST amounts of this size can still be added up. */
static const int64_t AMOUNT_MOST = INT64_MAX / 64;

static int64_t whole(double amount) {
    const double most = (double)AMOUNT_MOST / 2; /* exact */
    return isfinite(amount) ? (int64_t)round(fmax(-most, fmin(most, amount))) : 0;
}

static int64_t counted(uint64_t count) {
    return count < (uint64_t)AMOUNT_MOST ? (int64_t)count : AMOUNT_MOST;
}

static int64_t sum_of(uint64_t one, uint64_t other) {
    return counted(one) + counted(other);
}

static void add(struct rc_function *f, enum rc_of of, unsigned row, int64_t amount, bool estimated) {
    if (amount && f->n_accounts < RC_ACCOUNTS_MOST)
        f->accounts[f->n_accounts++] = (struct rc_account){amount, of, row, estimated};
}

static int64_t rest_of(const struct rc_function *f, enum rc_of of) {
    int64_t rest = f->differences[of].one - f->differences[of].other;
    for (size_t i = 0; i < f->n_accounts; i++)
        if (f->accounts[i].of == of)
            rest -= f->accounts[i].amount;
    return rest;
}

/* What is left has a row of its own also where it is nothing. */
static void close_account(struct rc_function *f, enum rc_of of, bool estimated) {
    if (f->n_accounts < RC_ACCOUNTS_MOST)
        f->accounts[f->n_accounts++] = (struct rc_account){rest_of(f, of), of, RC_ROW_UNEXPLAINED, estimated};
}

static void count_entries(struct rc_function *f) {
    f->differences[RC_OF_ENTRIES] = (struct rc_difference){true, counted(f->entries), counted(f->calls), 0};
    add(f, RC_OF_ENTRIES, RC_ASYNC_REENTRY, counted(f->resumes), false);
    add(f, RC_OF_ENTRIES, RC_ROW_INTERNAL, counted(f->internal), false);
    add(f, RC_OF_ENTRIES, RC_INLINED, -counted(f->calls_without_entry), false);
    close_account(f, RC_OF_ENTRIES, false);
}

static void count_calls(struct rc_function *f) {
    if (!f->from_signal)
        return;
    int64_t own = counted(f->calls) - counted(f->from_signal);
    f->differences[RC_OF_CALLS] = (struct rc_difference){true, counted(f->calls), own, 0};
    add(f, RC_OF_CALLS, RC_SIGNAL_REENTRY, counted(f->from_signal), false);
    close_account(f, RC_OF_CALLS, false);
}

/* Of the blocked time, what its looks found ready and not waiting. Without any look nothing tells them apart. */
static double preempted(const struct rc_function *f) {
    double looked = f->seen.waited_ns + f->seen.ready_ns;
    return looked > 0 ? (double)f->time.blocked * f->seen.ready_ns / looked : 0;
}

/* What no sample stands for is taken for the kernel's, or a brief thread's, only where the samples leave room for it.
 */
static void count_missing(struct rc_function *f) {
    double rest = fmax(0, (double)rest_of(f, RC_OF_TIME) - (double)f->differences[RC_OF_TIME].chance);
    double coarse = fmin(rest, f->witness.coarse_total_ns);
    add(f, RC_OF_TIME, RC_TOO_COARSE, whole(coarse), true);
    add(f, RC_OF_TIME, RC_UNSAMPLED, whole(fmin(rest - coarse, f->witness.unseen_total_ns)), true);
}

static void count_time(const struct rc_report *report, const struct totals *totals, struct rc_function *f) {
    if (!report->timed || !f->hooked)
        return;
    double sampled = f->seen.total_ns * totals->scale;
    double chance = RC_Z95 * sqrt((sampled + totals->period) * totals->period);
    bool estimated = f->estimated_ns > 0;
    int64_t ready = whole(preempted(f));
    f->differences[RC_OF_TIME] =
        (struct rc_difference){true, sum_of(f->time.total, f->nested_ns), whole(sampled), (uint64_t)whole(chance)};
    add(f, RC_OF_TIME, RC_SUSPENDED_INSIDE, sum_of(f->time.awaiting, f->time.queued), false);
    add(f, RC_OF_TIME, RC_BLOCKED, counted(f->time.blocked) - ready, true);
    add(f, RC_OF_TIME, RC_ROW_PREEMPTED, ready, true);
    add(f, RC_OF_TIME, RC_PROBE_EFFECT, counted(f->time.probes), true);
    add(f, RC_OF_TIME, RC_RECURSION, counted(f->nested_ns), estimated);
    add(f, RC_OF_TIME, RC_SIGNAL_REENTRY, counted(f->interrupted_ns), false);
    add(f, RC_OF_TIME, RC_INLINED, -whole(f->witness.inlined_ns * totals->scale), true);
    add(f, RC_OF_TIME, RC_LOST_EXITS, whole(f->witness.outlived_ns * totals->scale), true);
    count_missing(f);
    close_account(f, RC_OF_TIME, true);
}

/* Samples with it the innermost open call, where the tracer's clock has its own time. */
static double by_open_calls(const struct totals *totals, const struct rc_function *f) {
    double ns = (double)f->seen.self_ns;
    for (unsigned i = 0; i < RC_STRAYS; i++)
        ns += f->witness.strayed[i];
    return ns * totals->scale;
}

/*
 * Own running time, without what the probes did to its clock: how far that is from the samples of the same open calls,
 * but no more than the samples in the probes around it. What they cost is taken out by a calibration, which cannot know
 * what a cache or a branch predictor makes of them here.
 */
static double without_probes(const struct totals *totals, const struct rc_function *f) {
    double most = f->witness.probes_ns * totals->scale;
    double off = (double)f->self_ns - by_open_calls(totals, f);
    return totals->probes_seen ? (double)f->self_ns - fmax(-most, fmin(most, off)) : (double)f->self_ns;
}

static double without_coarse(const struct totals *totals, const struct rc_function *f) {
    return fmax(0, without_probes(totals, f) - f->witness.coarse_ns);
}

static double without_unseen(const struct totals *totals, const struct rc_function *f) {
    return fmax(0, without_coarse(totals, f) - f->witness.unseen_ns);
}

static struct totals sum(const struct rc_report *report) {
    double kept = (double)report->kept_samples, taken = (double)report->samples + (double)report->lost_samples;
    struct totals totals = {.sampled = report->scoped_ns,
                            .scale = kept > 0 && taken > kept ? taken / kept : 1,
                            .period = 1e9 / fmax(1, report->profile->sample_hz),
                            .probes_seen = (double)report->probe_samples >= PROBES_LEAST};
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct rc_function *f = &report->functions[i];
        totals.traced += (double)f->self_ns;
        totals.without_probes += without_probes(&totals, f);
        totals.without_coarse += without_coarse(&totals, f);
        totals.without_unseen += without_unseen(&totals, f);
    }
    return totals;
}

static double points(double part, double total) {
    return total > 0 ? 100 * RC_POINT * part / total : 0;
}

static void add_strays(const struct totals *totals, struct rc_function *f) {
    static const unsigned rows[RC_STRAYS] = {[RC_STRAY_INLINED] = RC_INLINED,
                                             [RC_STRAY_UNHOOKED] = RC_UNINSTRUMENTED,
                                             [RC_STRAY_LOST_EXIT] = RC_LOST_EXITS,
                                             [RC_STRAY_EDGE] = RC_PROBE_EFFECT};
    for (unsigned i = 0; i < RC_STRAY_EDGE; i++)
        add(f, RC_OF_SHARE, rows[i], whole(points(f->witness.strayed[i], totals->sampled)), true);
}

/* Where its clock would be off, were the timed calls not like the others: at most two standard errors of as many calls
 * whose times spread as much as they last. */
static void add_scaled_up(const struct rc_report *report, const struct totals *totals, struct rc_function *f) {
    bool brief = f->calls && (double)f->time.total / (double)f->calls < totals->period;
    if (f->verdict != RC_DISAGREE || !report->profile->sample_hz || !brief || 2 * f->estimated_ns <= f->time.total)
        return;
    double most = 2 * 100 * RC_POINT * f->share.tracer / sqrt(fmax(1, (double)f->timed_calls));
    double rest = (double)rest_of(f, RC_OF_SHARE);
    add(f, RC_OF_SHARE, RC_TOO_COARSE, whole(fmax(-most, fmin(most, rest))), true);
}

static void count_share(const struct rc_report *report, const struct totals *totals, struct rc_function *f) {
    bool untraced = !f->hooked && f->verdict == RC_DISAGREE;
    if (!f->share.compared && !untraced)
        return;
    double half = fmax(f->share.high - f->share.sampler, f->share.sampler - f->share.low);
    f->differences[RC_OF_SHARE] = (struct rc_difference){
        true, whole(points(f->share.tracer, 1)), whole(points(f->share.sampler, 1)), (uint64_t)whole(points(half, 1))};
    if (untraced) {
        add(f, RC_OF_SHARE, RC_UNINSTRUMENTED, -f->differences[RC_OF_SHARE].other, true);
        close_account(f, RC_OF_SHARE, true);
        return;
    }
    double own = points((double)f->self_ns, totals->traced);
    double probes = points(without_probes(totals, f), totals->without_probes);
    double coarse = points(without_coarse(totals, f), totals->without_coarse);
    double unseen = points(without_unseen(totals, f), totals->without_unseen);
    double edges = points(f->witness.strayed[RC_STRAY_EDGE], totals->sampled);
    add_strays(totals, f);
    add(f, RC_OF_SHARE, RC_PROBE_EFFECT, whole(own - probes + edges), true);
    add(f, RC_OF_SHARE, RC_TOO_COARSE, whole(probes - coarse), true);
    add(f, RC_OF_SHARE, RC_UNSAMPLED, whole(coarse - unseen), true);
    if (!rc_account_of(f, RC_OF_SHARE, RC_TOO_COARSE))
        add_scaled_up(report, totals, f);
    close_account(f, RC_OF_SHARE, true);
}

void rc_accounts_make(struct rc_report *report) {
    struct totals totals = sum(report);
    for (size_t i = 0; i < report->n_functions; i++) {
        struct rc_function *f = &report->functions[i];
        f->n_accounts = 0;
        for (size_t of = 0; of < RC_OFS; of++)
            f->differences[of] = (struct rc_difference){.known = false};
        count_entries(f);
        count_calls(f);
        count_time(report, &totals, f);
        count_share(report, &totals, f);
    }
}

/* What is unexplained stays the last part: it takes up what the others leave, and the rounding. */
static void move_account(struct rc_function *f, unsigned row, int64_t amount) {
    size_t last = 0;
    for (size_t i = 0; i < f->n_accounts; i++) {
        if (f->accounts[i].of == RC_OF_SHARE && f->accounts[i].row == row) {
            f->accounts[i].amount += amount;
            return;
        }
        if (f->accounts[i].of == RC_OF_SHARE)
            last = i;
    }
    size_t before = f->n_accounts;
    add(f, RC_OF_SHARE, row, amount, true);
    if (f->n_accounts == before)
        return;
    struct rc_account added = f->accounts[before];
    for (size_t i = before; i > last; i--)
        f->accounts[i] = f->accounts[i - 1];
    f->accounts[last] = added;
}

void rc_accounts_pair(struct rc_report *report) {
    for (size_t i = 0; i < report->n_functions; i++) {
        struct rc_function *f = &report->functions[i];
        struct rc_difference *share = &f->differences[RC_OF_SHARE];
        if (!share->known || !report->pair->effects[i].timed_asleep)
            continue;
        int64_t asleep = whole(points(f->share.sampler, 1));
        struct rc_estimate apart = report->pair->effects[i].apart; /* both shares may rest on samples */
        double half = fmax(apart.high - apart.value, apart.value - apart.low);
        move_account(f, f->hooked ? RC_PROBE_EFFECT : RC_UNINSTRUMENTED, share->other - asleep);
        share->other = asleep;
        share->chance = (uint64_t)whole(points(half, 1));
    }
}

int64_t rc_account_of(const struct rc_function *function, enum rc_of of, unsigned row) {
    for (size_t i = 0; i < function->n_accounts; i++)
        if (function->accounts[i].of == of && function->accounts[i].row == row)
            return function->accounts[i].amount;
    return 0;
}
