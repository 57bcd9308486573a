/* Which causes are material for a function. The thresholds are documented in docs/model.md. */
#include "compare/explain/causes.h"

#include "compare/explain/numbers.h"

static bool async_reentry(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return f->resumes > 0;
}

static bool suspended_inside(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return f->time.total && rc_ratio(f->time.awaiting + f->time.queued, f->time.total) >= 0.05;
}

static bool probe_effect(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    uint64_t samples = f->seen.self + f->seen.in_probe;
    return rc_ratio(f->time.probes, f->time.total) >= 0.1 ||
           (samples >= 30 && rc_ratio(f->seen.in_probe, samples) >= 0.1);
}

static bool blocked(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return rc_ratio(f->time.blocked, f->time.total) >= 0.25;
}

static bool uninstrumented(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    if (!f->hooked)
        return f->seen.total > 0 && !f->asleep;
    if (f->body_unhooked)
        return true;
    return f->verdict == RC_DISAGREE && 2 * f->seen.foreign > f->seen.self;
}

/* A reservoir that ran over holds fewer samples than were taken: then nothing can be said. */
static bool unsampled(const struct rc_report *report, const struct rc_function *f) {
    return f->verdict == RC_DISAGREE && f->hooked && report->kernel_unseen && report->kept_samples >= report->samples &&
           rc_ratio(report->sampled_ns, report->cpu_ns) < 0.9 && report->cpu_ns > 0;
}

static bool inlined(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    if (f->calls_without_entry || (f->coroutine && f->entries && !f->calls))
        return true;
    return f->verdict == RC_DISAGREE && 2 * f->seen.inlined > f->seen.self;
}

static bool lost_exits(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return f->lost_exits > 0;
}

static bool recursion(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return f->recursive > 0;
}

static bool signal_reentry(const struct rc_report *report, const struct rc_function *f) {
    (void)report;
    return f->from_signal > 0;
}

static bool too_coarse(const struct rc_report *report, const struct rc_function *f) {
    if (f->verdict != RC_DISAGREE || !f->calls || !report->profile->sample_hz)
        return false;
    uint64_t period_ns = 1000000000u / report->profile->sample_hz;
    return f->time.total / f->calls < period_ns && 2 * f->estimated_ns > f->time.total;
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
