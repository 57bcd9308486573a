#include "compare/model/pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"
#include "compare/model/statistics.h"

static const double SLOWER = 1.1;       /* more CPU time asleep than awake, by chance or by the machine's mood */
static const double UNSAMPLED = 0.9;    /* of the CPU time, below which the samples do not stand for it */
static const double STILL_AWAKE = 0.05; /* of the samples asleep in hooks, above which these are not negligible */
static const double SLOWED = 1.1;       /* awake / asleep, from which on it is worth a word */
static const uint64_t SEEN_LEAST = 5;   /* samples in one run below which their absence in the other says nothing */

/* How far a share of a run's samples may be off. */
struct likeness {
    double effect;   /* on the variance: of the samples being alike, or being regular */
    double critical; /* standard errors to either end of the interval */
};

/* One run's samples, as its report has them. */
struct run {
    const struct rc_report *report;
    bool asleep;
    double unit;            /* nanoseconds of CPU time that a nanosecond of its samples stands for */
    struct likeness pooled; /* over all functions */
};

static struct likeness likeness_of(const struct rc_report *report, const struct rc_function *function) {
    const struct rc_share *share = &function->share;
    if (share->n_effective <= 0 || share->critical <= 0)
        return (struct likeness){1, RC_Z95};
    return (struct likeness){fmax(0, (double)report->scoped_samples / share->n_effective), share->critical};
}

/* The average over all functions, each as heavy as its variance. */
static struct likeness pool(const struct rc_report *report) {
    struct likeness sum = {0, 0};
    double weights = 0;
    for (size_t f = 0; f < report->n_functions; f++) {
        struct likeness one = likeness_of(report, &report->functions[f]);
        double share = report->functions[f].share.sampler, weight = share * (1 - share);
        sum.effect += weight * one.effect;
        sum.critical += weight * one.critical;
        weights += weight;
    }
    return weights > 0 ? (struct likeness){sum.effect / weights, sum.critical / weights} : (struct likeness){1, RC_Z95};
}

/* Where all CPU time is sampled, the clock knows the whole; else what was lost is like what was kept. */
static double unit_of(const struct rc_report *report) {
    if (!report->sampled_ns)
        return 0;
    if (!report->kernel_unseen && report->cpu_ns)
        return (double)report->cpu_ns / (double)report->sampled_ns;
    double taken = (double)report->samples + (double)report->lost_samples;
    return report->kept_samples ? fmax(1, taken / (double)report->kept_samples) : 1;
}

static struct run run_of(const struct rc_report *report, bool asleep) {
    return (struct run){.report = report, .asleep = asleep, .unit = unit_of(report), .pooled = pool(report)};
}

/* `weight` of the run's samples, as CPU time. */
static struct rc_estimate estimate(const struct run *run, uint64_t weight, struct likeness likeness) {
    const struct rc_report *report = run->report;
    if (!report->kept_samples || !report->sampled_ns)
        return (struct rc_estimate){0, 0, 0};
    return rc_part_of((double)report->sampled_ns * run->unit, (double)weight / (double)report->sampled_ns,
                      fmax(1, (double)report->kept_samples / fmax(likeness.effect, 1e-3)), likeness.critical);
}

/* Awake, what the hooks take is what is looked for; asleep it is nobody's. */
static uint64_t own_weight(const struct run *run, const struct rc_function *function) {
    return function->seen.self_ns + (run->asleep ? 0 : function->seen.probe_ns);
}

static struct rc_estimate own(const struct run *run, const struct rc_function *function) {
    return estimate(run, own_weight(run, function),
                    function->hooked ? likeness_of(run->report, function) : run->pooled);
}

static void compare(struct rc_effect *effect) {
    effect->effect = rc_difference(effect->awake, effect->asleep);
    effect->ratio = rc_quotient(effect->awake, effect->asleep);
}

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Not so only where it is known what was loaded. @param program  the object is the program that both runs are of */
static bool was_loaded(const struct rc_profile *profile, const char *object, bool program) {
    size_t modules = 0;
    if (program)
        return true;
    for (size_t p = 0; p < profile->n_processes; p++) {
        const struct rc_process *process = &profile->processes[p];
        modules += process->n_modules;
        for (size_t m = 0; m < process->n_modules; m++)
            if (strcmp(file_name(process->modules[m].path), file_name(object)) == 0)
                return true;
    }
    return !modules || *object == '[';
}

static enum rc_in_run where(const struct rc_report *awake_report, const struct rc_profile *profile,
                            const struct rc_function *awake, const struct rc_function *asleep) {
    if (asleep->namesake_in_pair)
        return RC_IN_NAMESAKES;
    if (asleep->seen.total)
        return RC_IN_BOTH;
    if (!awake->hooked)
        return awake->seen.total ? RC_IN_AWAKE : RC_IN_BOTH;
    if (!was_loaded(profile, awake->object, profile->plain && rc_is_program(awake_report->profile, awake->object)))
        return RC_IN_AWAKE;
    return (awake->inlined_somewhere || profile->plain) && awake->seen.self >= SEEN_LEAST ? RC_IN_CALLER : RC_IN_BOTH;
}

/* An exact share of the tracer's has no interval of its own. */
static struct rc_estimate apart(const struct rc_share *share) {
    double half = RC_Z95 * share->tracer_error;
    struct rc_estimate tracer = {share->tracer, fmax(0, share->tracer - half), fmin(1, share->tracer + half)};
    struct rc_estimate sampler = {share->sampler, share->low, share->high};
    return rc_difference(tracer, sampler);
}

static void find_effect(struct rc_effect *effect, const struct run *awake, const struct run *asleep, size_t f) {
    const struct rc_function *in_asleep = &asleep->report->functions[f];
    bool known = f < awake->report->n_functions;
    static const struct rc_function absent;
    const struct rc_function *in_awake = known ? &awake->report->functions[f] : &absent;
    effect->in = known ? where(awake->report, asleep->report->profile, in_awake, in_asleep) : RC_IN_ASLEEP;
    effect->timed_asleep = effect->in == RC_IN_BOTH || !in_awake->hooked;
    effect->awake = own(awake, in_awake);
    effect->asleep = own(asleep, in_asleep);
    effect->inclusive = estimate(asleep, (uint64_t)in_asleep->seen.total_ns, asleep->pooled);
    compare(effect);
    effect->time = in_awake->time;
    effect->self_ns = in_awake->self_ns;
    effect->sampled = rc_is_sampled(in_awake);
    effect->share = in_awake->share;
    effect->seen = in_awake->seen;
    effect->apart = apart(&in_asleep->share);
}

static uint64_t probe_weight(const struct rc_report *report) {
    uint64_t weight = 0;
    for (size_t f = 0; f < report->n_functions; f++)
        weight += report->functions[f].seen.probe_ns;
    return weight;
}

/* What is left when the functions with hooks have theirs, and asleep the hooks that did not sleep. */
static uint64_t foreign_weight(const struct run *run) {
    const struct rc_report *report = run->report;
    uint64_t own = run->asleep ? probe_weight(report) : 0;
    for (size_t f = 0; f < report->n_functions; f++)
        own += report->functions[f].hooked ? own_weight(run, &report->functions[f]) : 0;
    return report->sampled_ns - own;
}

/* Of the contexts, which a run asleep has none of: its functions have those of the run awake. */
static uint64_t entries_of(const struct rc_report *report) {
    uint64_t entries = 0;
    for (size_t i = 0; i < report->n_parts; i++)
        for (size_t n = 0; n < report->parts[i].process->n_nodes; n++)
            entries += report->parts[i].process->nodes[n].count;
    return entries;
}

static struct rc_run_totals totals_of(const struct rc_report *report) {
    return (struct rc_run_totals){.wall_ns = report->wall_ns,
                                  .cpu_ns = report->cpu_ns,
                                  .sampled_ns = report->sampled_ns,
                                  .samples = report->samples,
                                  .kept = report->kept_samples,
                                  .in_probe = report->probe_samples,
                                  .scoped = report->scoped_samples,
                                  .lost = report->lost_samples,
                                  .entries = entries_of(report),
                                  .processes = report->n_parts};
}

static bool is_unsampled(const struct rc_run_totals *run) {
    return run->cpu_ns && run->kept >= run->samples && (double)run->sampled_ns < UNSAMPLED * (double)run->cpu_ns;
}

static unsigned doubts_of(const struct rc_pair *pair) {
    unsigned doubts = 0;
    if ((double)pair->asleep.cpu_ns > SLOWER * (double)pair->awake.cpu_ns)
        doubts |= RC_PAIR_SLOWER;
    if (pair->asleep.processes != pair->awake.processes)
        doubts |= RC_PAIR_PROCESSES;
    if (pair->asleep.kept && (double)pair->asleep.in_probe > STILL_AWAKE * (double)pair->asleep.kept)
        doubts |= RC_PAIR_AWAKE;
    if (is_unsampled(&pair->asleep) || is_unsampled(&pair->awake))
        doubts |= RC_PAIR_UNSAMPLED;
    if (pair->profile->plain && pair->asleep.kept >= SEEN_LEAST && !pair->asleep.scoped)
        doubts |= RC_PAIR_STRANGER;
    return doubts;
}

static struct rc_pair *pair_new(const struct rc_report *awake_report, const struct rc_report *asleep_report) {
    struct rc_pair *pair = calloc(1, sizeof *pair);
    struct run awake = run_of(awake_report, false), asleep = run_of(asleep_report, true);
    if (!pair)
        return NULL;
    pair->effects = calloc(asleep_report->n_functions + 1, sizeof *pair->effects);
    if (!pair->effects) {
        free(pair);
        return NULL;
    }
    pair->profile = asleep_report->profile;
    pair->awake = totals_of(awake_report);
    pair->asleep = totals_of(asleep_report);
    if (pair->asleep.cpu_ns)
        pair->cpu_ratio = (double)pair->awake.cpu_ns / (double)pair->asleep.cpu_ns;
    pair->doubts = doubts_of(pair);
    for (size_t f = 0; f < asleep_report->n_functions; f++)
        find_effect(&pair->effects[f], &awake, &asleep, f);
    pair->foreign.awake = estimate(&awake, foreign_weight(&awake), awake.pooled);
    pair->foreign.asleep = estimate(&asleep, foreign_weight(&asleep), asleep.pooled);
    pair->still_awake.asleep = estimate(&asleep, probe_weight(asleep_report), asleep.pooled);
    compare(&pair->foreign);
    pair->still_awake.effect = rc_difference(pair->still_awake.awake, pair->still_awake.asleep);
    pair->still_awake.ratio.value = -1; /* they have no time awake that is told from the others' */
    return pair;
}

/* Blocking, waiting and all counts stay those of the run awake. */
static void take_times(struct rc_function *to, const struct rc_effect *effect) {
    to->self_ns = rc_whole(effect->asleep.value);
    to->self_probes_ns = 0;
    to->estimated_ns = to->self_sampled_ns = to->hidden_less_ns = to->hidden_more_ns = 0;
    to->time.probes = 0;
    to->time.running = rc_whole(fmax(effect->inclusive.value, effect->asleep.value));
    to->time.total = to->time.running + to->time.blocked + to->time.awaiting + to->time.queued;
}

static void take_samples(struct rc_function *to, struct rc_function *from) {
    struct rc_seen *seen = &to->seen;
    struct rc_tallies leaves = to->leaves;
    seen->self = from->seen.self;
    seen->total = from->seen.total;
    seen->self_ns = from->seen.self_ns;
    seen->total_ns = from->seen.total_ns;
    seen->in_probe = from->seen.in_probe;
    seen->probe_ns = from->seen.probe_ns;
    seen->foreign = from->seen.foreign;
    seen->inlined = from->seen.inlined;
    to->leaves = from->leaves;
    from->leaves = leaves;
    to->share = from->share;
    to->verdict = from->verdict;
}

static void take_totals(struct rc_report *to, const struct rc_report *from) {
    to->samples = from->samples;
    to->lost_samples = from->lost_samples;
    to->cpu_ns = from->cpu_ns;
    to->sampled_ns = from->sampled_ns;
    to->kernel_unseen = from->kernel_unseen;
    to->probe_samples = from->probe_samples;
    to->kept_samples = from->kept_samples;
    to->scoped_samples = from->scoped_samples;
}

static int make_room(struct rc_report *report, size_t n) {
    struct rc_function *more = reallocarray(report->functions, n + 1, sizeof *more);
    if (!more)
        return -1;
    report->functions = more;
    return 0;
}

static void take(struct rc_report *report, struct rc_report *asleep, struct rc_pair *pair) {
    for (size_t f = report->n_functions; f < asleep->n_functions; f++) {
        const struct rc_function *row = &asleep->functions[f];
        report->functions[f] =
            (struct rc_function){.name = row->name, .object = row->object, .file = row->file, .line = row->line};
    }
    report->n_functions = asleep->n_functions;
    for (size_t f = 0; f < report->n_functions; f++) {
        if (!pair->effects[f].timed_asleep)
            continue;
        take_samples(&report->functions[f], &asleep->functions[f]);
        if (report->functions[f].hooked)
            take_times(&report->functions[f], &pair->effects[f]);
    }
    for (size_t f = 0; f < report->n_functions; f++)
        pair->own_ns += report->functions[f].hooked ? (double)report->functions[f].self_ns : 0;
    take_totals(report, asleep);
    report->pair = pair;
}

int rc_pair_add(struct rc_report *report, const struct rc_profile *profile, const struct rc_lookup *lookups,
                uint32_t pid, struct rc_error *err) {
    struct rc_report *asleep = NULL;
    if (rc_report_build_asleep(&asleep, profile, lookups, pid, report, err))
        return -1;
    struct rc_pair *pair = pair_new(report, asleep);
    int result = pair && make_room(report, asleep->n_functions) == 0 ? 0 : rc_no_memory(err);
    if (result == 0)
        take(report, asleep, pair);
    else
        rc_pair_free(pair);
    rc_report_free(asleep);
    return result;
}

int64_t rc_pair_pid(const struct rc_profile *awake, const struct rc_profile *asleep, uint32_t pid) {
    if (!pid)
        return 0;
    for (size_t i = 0; i < awake->n_processes; i++) {
        const struct rc_process *one = &awake->processes[i];
        for (size_t k = 0; one->pid == pid && k < asleep->n_processes; k++) {
            const struct rc_process *other = &asleep->processes[k];
            bool programs = asleep->plain && rc_is_program(awake, one->exe) && rc_is_program(asleep, other->exe);
            if (other->ordinal == one->ordinal && (programs || strcmp(file_name(other->exe), file_name(one->exe)) == 0))
                return other->pid;
        }
    }
    return -1;
}

double rc_reported_share(const struct rc_report *report, const struct rc_function *function) {
    if (!report->pair)
        return function->share.tracer;
    return function->hooked && report->pair->own_ns > 0 ? (double)function->self_ns / report->pair->own_ns : 0;
}

bool rc_verdict_is_sampled(const struct rc_report *report, const struct rc_function *function) {
    bool sampled = report->pair ? report->pair->effects[function - report->functions].sampled : rc_is_sampled(function);
    return function->share.compared && sampled;
}

bool rc_pair_slowed(const struct rc_effect *effect) {
    return effect->effect.low > 0 && effect->ratio.value >= SLOWED;
}

void rc_pair_free(struct rc_pair *pair) {
    if (!pair)
        return;
    free(pair->effects);
    free(pair);
}
