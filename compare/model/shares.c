/* Shares of running time, the tracer's beside the sampler's, and the verdicts. docs/model.md gives the reasons. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/statistics.h"

static const double MATERIAL = 0.01;    /* smaller differences of share are no disagreement */
static const double EXPECTED_LEAST = 5; /* samples of a function below which nothing can be said */
static const double SAMPLES_LEAST = 30; /* of the whole recording */
static const double DISCOVERY_RATE = 0.05;

struct tally { /* of one function */
    double weight;
    uint64_t hits, in_blocks;      /* all; those in whole blocks */
    uint64_t in_block, last_count; /* of the present block, and of the last one that had any */
    size_t last_block;
    double differences; /* squared, of the counts of neighbouring blocks */
};

struct effect {
    double factor;  /* of the variance */
    double degrees; /* of freedom that it is known with */
};

struct study {
    struct rc_report *report;
    const struct rc_observed *observed;
    size_t n;
    struct tally *tallies;
    double weight, n_kish; /* all observations; as many as equal weights would be */
    size_t length, blocks;
    double pooled; /* design effect over all functions */
};

static int by_time(const void *left, const void *right) {
    const struct rc_observed *a = left, *b = right;
    return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

/* One process's samples come in order. */
static bool in_order(const struct rc_observed *observed, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (by_time(&observed[i - 1], &observed[i]) > 0)
            return false;
    return true;
}

static void sum_weights(struct study *study) {
    double squares = 0;
    for (size_t i = 0; i < study->n; i++) {
        struct tally *tally = &study->tallies[study->observed[i].function];
        double weight = study->observed[i].weight;
        tally->weight += weight;
        tally->hits++;
        study->weight += weight;
        squares += weight * weight;
    }
    study->n_kish = squares > 0 ? study->weight * study->weight / squares : 0;
}

static double square(uint64_t a, uint64_t b) {
    double difference = (double)a - (double)b;
    return difference * difference;
}

/* The function's count in `block` is known: adds the steps from the last block that had any of it. */
static void close_block(struct tally *tally, size_t block) {
    bool neighbour = tally->in_blocks && tally->last_block + 1 == block;
    if (tally->in_blocks && !neighbour)
        tally->differences += square(tally->last_count, 0);
    if (block)
        tally->differences += square(tally->in_block, neighbour ? tally->last_count : 0);
    tally->in_blocks += tally->in_block;
    tally->last_count = tally->in_block;
    tally->last_block = block;
    tally->in_block = 0;
}

/* The rest that fills no block is left out. */
static void sum_blocks(struct study *study) {
    study->length = rc_block_length(study->n);
    study->blocks = study->n / study->length;
    for (size_t block = 0; block < study->blocks; block++) {
        const struct rc_observed *first = &study->observed[block * study->length];
        for (size_t i = 0; i < study->length; i++)
            study->tallies[first[i].function].in_block++;
        for (size_t i = 0; i < study->length; i++)
            if (study->tallies[first[i].function].in_block)
                close_block(&study->tallies[first[i].function], block);
    }
    for (size_t f = 0; f < study->report->n_functions; f++) {
        struct tally *tally = &study->tallies[f];
        if (tally->in_blocks && tally->last_block + 1 < study->blocks)
            tally->differences += square(tally->last_count, 0);
    }
}

static struct effect effect_of(const struct study *study, const struct tally *tally) {
    struct effect effect = {
        rc_design_effect(tally->differences, (double)tally->in_blocks, study->blocks, study->length),
        study->blocks > 1 ? 2 * ((double)study->blocks - 1) / 3 : 1};
    return effect;
}

/* The average design effect, each function as heavy as its variance: for functions too rare to have their own. */
static void pool(struct study *study) {
    double sum = 0, weights = 0;
    for (size_t f = 0; f < study->report->n_functions; f++) {
        double share = study->weight > 0 ? study->tallies[f].weight / study->weight : 0;
        sum += share * (1 - share) * effect_of(study, &study->tallies[f]).factor;
        weights += share * (1 - share);
    }
    study->pooled = weights > 0 ? sum / weights : 1;
}

static void estimate(const struct study *study, size_t f, double tracer_ns) {
    struct rc_function *function = &study->report->functions[f];
    const struct tally *tally = &study->tallies[f];
    struct rc_share *share = &function->share;
    share->p_value = 1;
    share->tracer = tracer_ns > 0 ? (double)function->self_ns / tracer_ns : 0;
    share->high = 1;
    share->detectable = 1;
    if (study->n_kish <= 0)
        return;
    struct effect effect = effect_of(study, tally);
    if ((double)tally->hits < EXPECTED_LEAST)
        effect.factor = study->pooled;
    double n = fmax(1, study->n_kish / effect.factor);
    double critical = rc_t975(effect.degrees);
    share->sampler = tally->weight / study->weight;
    struct rc_interval interval = rc_wilson(share->sampler, n, critical);
    share->low = interval.low;
    share->high = interval.high;
    share->n_effective = n;
    share->detectable = rc_detectable(fmax(share->tracer, share->sampler), n);
    share->compared = study->report->timed && function->hooked && tracer_ns > 0;
    if (!share->compared || n < SAMPLES_LEAST || fmax(share->tracer, share->sampler) * n < EXPECTED_LEAST)
        return;
    double expected = fmin(fmax(share->tracer, 1 / n), 1 - 1 / n);
    double z = (share->tracer - share->sampler) / sqrt(expected * (1 - expected) / n);
    share->p_value = rc_two_sided_p(z * RC_Z95 / critical);
    function->verdict = RC_AGREE;
}

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
    if ((double)function->seen.self >= EXPECTED_LEAST && share->sampler >= MATERIAL)
        function->verdict = RC_DISAGREE;
}

struct test {
    double p;
    size_t function;
};

static int by_p(const void *left, const void *right) {
    const struct test *a = left, *b = right;
    return (a->p > b->p) - (a->p < b->p);
}

/* All functions are tested at once: the step-up procedure keeps the share of false disagreements down. */
static int judge(struct rc_report *report) {
    struct test *tests = calloc(report->n_functions + 1, sizeof *tests);
    double *p = calloc(report->n_functions + 1, sizeof *p);
    bool *rejected = calloc(report->n_functions + 1, sizeof *rejected);
    size_t n = 0;
    int result = tests && p && rejected ? 0 : -1;
    for (size_t f = 0; f < report->n_functions && result == 0; f++)
        if (report->functions[f].verdict == RC_AGREE)
            tests[n++] = (struct test){report->functions[f].share.p_value, f};
    if (result == 0) {
        qsort(tests, n, sizeof *tests, by_p);
        for (size_t i = 0; i < n; i++)
            p[i] = tests[i].p;
        rc_benjamini_hochberg(p, n, DISCOVERY_RATE, rejected);
    }
    for (size_t i = 0; i < n; i++) {
        struct rc_function *function = &report->functions[tests[i].function];
        if (rejected[i] && fabs(function->share.tracer - function->share.sampler) >= MATERIAL)
            function->verdict = RC_DISAGREE;
    }
    free(tests);
    free(p);
    free(rejected);
    return result;
}

int rc_compare_shares(struct rc_build *build) {
    struct rc_report *report = build->report;
    struct study study = {.report = report,
                          .observed = build->observed,
                          .n = build->n_observed,
                          .tallies = calloc(report->n_functions + 1, sizeof *study.tallies)};
    if (!study.tallies)
        return rc_no_memory(build->err);
    double tracer_ns = 0;
    if (!in_order(build->observed, build->n_observed))
        qsort(build->observed, build->n_observed, sizeof *build->observed, by_time);
    sum_weights(&study);
    sum_blocks(&study);
    pool(&study);
    for (size_t f = 0; f < report->n_functions && report->timed; f++)
        tracer_ns += (double)report->functions[f].self_ns;
    for (size_t f = 0; f < report->n_functions; f++) {
        estimate(&study, f, tracer_ns);
        if (!report->functions[f].hooked)
            judge_untraced(report, &report->functions[f]);
    }
    free(study.tallies);
    return judge(report) ? rc_no_memory(build->err) : 0;
}
