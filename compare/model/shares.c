/* Shares of running time of the functions, the tracer's beside the sampler's, and the verdicts. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/claims.h"
#include "compare/model/statistics.h"

/* Functions that the tracer never entered: seen by the sampler, they are outside its sight. */
static void judge_untraced(const struct rc_report *report, struct rc_function *function) {
    uint64_t all = report->kept_samples - report->probe_samples;
    if (!report->traced || !all || !function->seen.self)
        return;
    struct rc_share *share = &function->share;
    share->sampler = (double)function->seen.self / (double)all;
    struct rc_interval interval = rc_wilson(share->sampler, (double)all, RC_Z95);
    share->low = interval.low;
    share->high = interval.high;
    if ((double)function->seen.self >= RC_EXPECTED_LEAST && share->sampler >= RC_MATERIAL)
        function->verdict = RC_DISAGREE;
}

static double time_of(const struct rc_part *part, const struct rc_sample *sample) {
    const struct rc_process *process = part->process;
    double ticks = sample->time > process->start ? (double)(sample->time - process->start) : 0;
    return (double)process->start_mono_ns + part->run_shift_ns + rc_ns(part, ticks);
}

struct rc_look *rc_looks_of(const struct rc_build *build) {
    struct rc_look *looks = calloc(build->n_observed + 1, sizeof *looks);
    for (size_t i = 0; i < build->n_observed && looks; i++) {
        const struct rc_observed *at = &build->observed[i];
        const struct rc_part *part = &build->parts[at->part];
        looks[i] = (struct rc_look){.stream = (uint64_t)at->part << 32 | at->thread,
                                    .time_ns = time_of(part, &part->process->samples[at->sample]),
                                    .period_ns = at->weight,
                                    .what = at->function,
                                    .sample = (uint32_t)i};
    }
    return looks;
}

/* How far the tracer's share is off by chance, of samples that are as alike as the function's own are; as what they
 * tell is a division among samples of the same moment, no less than independent ones are. */
static double error_of(const struct rc_report *report, const struct rc_function *function, double tracer_ns) {
    const struct rc_share *share = &function->share;
    double error = sqrt(rc_share_variance(report, function, tracer_ns));
    if (share->n_effective <= 0 || share->critical <= 0)
        return error;
    return error * sqrt(fmax(1, (double)report->scoped_samples / share->n_effective)) * share->critical / RC_Z95;
}

static void claim_functions(const struct rc_build *build, struct rc_claim *claims) {
    struct rc_report *report = build->report;
    const struct rc_report *from = build->awake ? build->awake : report;
    double tracer_ns = 0;
    for (size_t f = 0; f < report->n_functions && report->timed; f++)
        tracer_ns += (double)report->functions[f].self_ns;
    for (size_t f = 0; f < report->n_functions; f++) {
        struct rc_function *function = &report->functions[f];
        claims[f] =
            (struct rc_claim){.tracer = tracer_ns > 0 ? (double)function->self_ns / tracer_ns : 0,
                              .error = f < from->n_functions ? error_of(from, &from->functions[f], tracer_ns) : 0,
                              .apart = build->awake != NULL,
                              .compared = report->timed && function->hooked && tracer_ns > 0,
                              .share = &function->share,
                              .verdict = &function->verdict};
    }
}

int rc_compare_shares(struct rc_build *build) {
    struct rc_report *report = build->report;
    struct rc_look *looks = rc_looks_of(build);
    struct rc_claim *claims = calloc(report->n_functions + 1, sizeof *claims);
    int result = looks && claims ? 0 : -1;
    if (result == 0) {
        claim_functions(build, claims);
        result = rc_claims_judge(claims, report->n_functions, looks, build->n_observed);
    }
    for (size_t f = 0; f < report->n_functions && result == 0; f++)
        if (!report->functions[f].hooked)
            judge_untraced(report, &report->functions[f]);
    free(looks);
    free(claims);
    return result ? rc_no_memory(build->err) : 0;
}
