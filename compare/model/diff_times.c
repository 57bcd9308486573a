/* Times: Welch's test over the runs, Holm's procedure over the functions. docs/diff.md has the reasons. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/model/diff.h"
#include "compare/model/student.h"

static const double SAMPLES_LEAST = 5;  /* a run, on average over both sides */
static const double ROUNDING = 1.0 / 6; /* of a time that is counted in samples: variance, in samples squared */
static const double RESOLUTION = 1e-6;  /* no clock's figures vary less, relatively */
static const double MANY_DEGREES = 1e6; /* as good as a normal distribution */
static const double POWER = 0.8;

/* One quantity in the runs of one side. */
struct group {
    size_t n;
    double mean;
    bool sampled;   /* the figures are counts of samples */
    double error;   /* variance of the mean by the spread from run to run */
    double sampler; /* by the sampler's own error alone */
};

struct figure {            /* of one run */
    double value, quantum; /* what one sample is worth; 0: measured by a clock */
    double sampler;        /* variance by the sampler's own error */
};

typedef struct figure figure_of(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run);

static double per_of(const struct rc_diff *diff, size_t run) {
    return diff->runs[run].per ? (double)diff->runs[run].per : 1;
}

/* The share's variance, p(1-p)/n with the samples that are as good as independent ones. */
static double sampler_variance(const struct rc_diff_run *run, const struct rc_diff_cell *cell) {
    double all = (double)run->samples, hits = (double)cell->samples;
    double n = cell->n_effective > 0 ? fmin(cell->n_effective, all) : all;
    return all > 0 && hits > 0 && n > 0 ? cell->own_ns * cell->own_ns * (1 - hits / all) / (n * hits / all) : 0;
}

static struct figure divided(struct figure figure, double by) {
    return (struct figure){figure.value / by, figure.quantum / by, figure.sampler / (by * by)};
}

static struct figure own_figure(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run) {
    const struct rc_diff_cell *cell = &row->cells[run];
    struct figure figure = {.value = cell->tracer_ns};
    if (!diff->tracer_times)
        figure = (struct figure){cell->own_ns, diff->runs[run].sample_ns, sampler_variance(&diff->runs[run], cell)};
    return divided(figure, per_of(diff, run));
}

static struct figure per_call_figure(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run) {
    uint64_t calls = row->cells[run].counts[RC_DIFF_CALLS];
    struct figure figure = own_figure(diff, row, run);
    return divided(figure, calls ? (double)calls / per_of(diff, run) : INFINITY);
}

static struct figure cpu_figure(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run) {
    (void)row;
    return divided((struct figure){.value = diff->runs[run].cpu_ns}, per_of(diff, run));
}

static struct figure wall_figure(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run) {
    (void)row;
    return divided((struct figure){.value = (double)diff->runs[run].wall_ns}, per_of(diff, run));
}

static struct group group_of(const struct rc_diff *diff, const struct rc_diff_row *row, enum rc_side side,
                             figure_of *get) {
    struct group group = {0};
    double sum = 0, squares = 0, rounding = 0, sampler = 0;
    for (size_t i = 0; i < diff->n_runs; i++) {
        if (diff->runs[i].side != side)
            continue;
        struct figure figure = get(diff, row, i);
        sum += figure.value;
        rounding += figure.quantum * figure.quantum * ROUNDING;
        sampler += fmax(figure.sampler, figure.quantum * figure.quantum * ROUNDING);
        group.sampled |= figure.quantum > 0;
        group.n++;
    }
    double n = (double)group.n;
    group.mean = sum / n;
    for (size_t i = 0; i < diff->n_runs; i++)
        if (diff->runs[i].side == side)
            squares += pow(get(diff, row, i).value - group.mean, 2);
    double least = fmax(rounding / n, pow(RESOLUTION * group.mean, 2));
    group.error = fmax(group.n > 1 ? squares / (n - 1) : 0, least) / n;
    group.sampler = sampler / (n * n);
    return group;
}

/* Fieller's interval of the ratio of two means [1954]; without an upper end where the lower mean may be 0. */
bool rc_diff_interval(const struct rc_diff_time *time, double *low, double *high) {
    double a = time->mean[RC_BEFORE], b = time->mean[RC_AFTER];
    if (!(a > 0) || !(time->error[RC_BEFORE] > 0))
        return false;
    double t = rc_student_critical(0.05, time->degrees);
    double va = pow(t * time->error[RC_BEFORE], 2), vb = pow(t * time->error[RC_AFTER], 2);
    double square = a * a - va, root = sqrt(fmax(a * a * b * b - square * (b * b - vb), 0));
    bool bounded = square > 0;
    *low = bounded ? fmax((a * b - root) / square, 0) - 1 : -1;
    *high = bounded ? (a * b + root) / square - 1 : INFINITY;
    return true;
}

static double relative_variance(const struct rc_diff_time *time, enum rc_side side) {
    double mean = time->mean[side];
    return mean > 0 ? time->error[side] * time->error[side] / (mean * mean) : INFINITY;
}

static void set_ratio(struct rc_diff_time *time, double before, double after, double degrees) {
    time->error[RC_BEFORE] = sqrt(before);
    time->error[RC_AFTER] = sqrt(after);
    time->degrees = degrees;
    double error = sqrt(before + after), difference = fabs(time->mean[RC_AFTER] - time->mean[RC_BEFORE]);
    time->p_value = error > 0 ? rc_student_beyond(difference / error, degrees, 0) : 1;
}

/* Sets all but the verdict, which needs the others; RC_DIFF_SAME or RC_DIFF_ONE_RUN says that it is to be judged, and
 * is given only where `verdict` is RC_DIFF_SAME. */
static void weigh(const struct rc_diff *diff, const struct rc_diff_row *row, figure_of *get,
                  enum rc_diff_verdict verdict, struct rc_diff_time *time) {
    struct group a = group_of(diff, row, RC_BEFORE, get), b = group_of(diff, row, RC_AFTER, get);
    *time = (struct rc_diff_time){.mean = {a.mean, b.mean}, .p_value = 1, .sampled = a.sampled || b.sampled};
    time->change = a.mean > 0 ? b.mean / a.mean - 1 : 0;
    time->verdict = a.mean + b.mean > 0 ? verdict : RC_DIFF_NOT_TESTED;
    if (time->verdict != RC_DIFF_SAME)
        return;
    if (a.n >= RC_DIFF_RUNS_LEAST && b.n >= RC_DIFF_RUNS_LEAST) {
        set_ratio(time, a.error, b.error, rc_welch_degrees(a.error, (double)a.n - 1, b.error, (double)b.n - 1));
        return;
    }
    if (a.sampler > 0 && b.sampler > 0)
        set_ratio(time, a.sampler, b.sampler, MANY_DEGREES);
    time->verdict = RC_DIFF_ONE_RUN;
}

/* Few samples say little, and small functions would take the others' chances: what is left out here is left out
 * whichever side is the larger, so it favours neither verdict. */
static enum rc_diff_verdict left_out(const struct rc_diff *diff, const struct rc_diff_row *row) {
    double samples = (double)(row->samples[RC_BEFORE] + row->samples[RC_AFTER]);
    double share = (row->share[RC_BEFORE] + row->share[RC_AFTER]) / 2;
    if (samples < 1 || row->nameless)
        return RC_DIFF_NOT_TESTED;
    if (samples < SAMPLES_LEAST * (double)diff->n_runs)
        return RC_DIFF_TOO_FEW;
    return share < RC_DIFF_SHARE_LEAST ? RC_DIFF_SMALL : RC_DIFF_SAME;
}

static bool called_in_all(const struct rc_diff *diff, const struct rc_diff_row *row) {
    for (size_t i = 0; i < diff->n_runs; i++)
        if (!row->cells[i].counts[RC_DIFF_CALLS])
            return false;
    return true;
}

/* Samples over both sides, and their share in each. */
static void sum_samples(const struct rc_diff *diff, struct rc_diff_row *row) {
    double own[RC_SIDES] = {0, 0}, all[RC_SIDES] = {0, 0};
    for (size_t i = 0; i < diff->n_runs; i++) {
        enum rc_side side = diff->runs[i].side;
        row->samples[side] += row->cells[i].samples;
        own[side] += (double)row->cells[i].samples;
        all[side] += (double)diff->runs[i].samples;
    }
    for (int side = 0; side < RC_SIDES; side++)
        row->share[side] = all[side] > 0 ? own[side] / all[side] : 0;
}

static void weigh_row(const struct rc_diff *diff, struct rc_diff_row *row) {
    enum rc_count_verdict calls = row->counts[RC_DIFF_CALLS].verdict;
    sum_samples(diff, row);
    enum rc_diff_verdict out = left_out(diff, row);
    weigh(diff, row, own_figure, out, &row->own);
    if (calls == RC_COUNT_SAME || calls == RC_COUNT_UNKNOWN || !called_in_all(diff, row))
        out = RC_DIFF_NOT_TESTED; /* the same test as the time's, or none */
    weigh(diff, row, per_call_figure, out, &row->per_call);
}

static int by_p(const void *left, const void *right) {
    const struct rc_diff_time *a = *(struct rc_diff_time *const *)left, *b = *(struct rc_diff_time *const *)right;
    return (a->p_value > b->p_value) - (a->p_value < b->p_value);
}

static bool is_test(const struct rc_diff_time *time) {
    return (time->verdict == RC_DIFF_SAME || time->verdict == RC_DIFF_ONE_RUN) && time->error[RC_BEFORE] > 0;
}

/* Every time that is judged, in `out`, which has room for 2 a row and 2 more. */
static size_t gather(struct rc_diff *diff, struct rc_diff_time **out) {
    struct rc_diff_time *whole[] = {&diff->cpu, &diff->wall};
    size_t n = 0;
    for (size_t i = 0; i < 2; i++)
        if (is_test(whole[i]))
            out[n++] = whole[i];
    for (size_t r = 0; r < diff->n_rows; r++) {
        struct rc_diff_time *times[] = {&diff->rows[r].own, &diff->rows[r].per_call};
        for (size_t i = 0; i < 2; i++)
            if (is_test(times[i]))
                out[n++] = times[i];
    }
    return n;
}

/*
 * What a rise by `change` would be, in standard errors. Of the after side the variance before any change is wanted: it
 * grows like the mean where figures are counted in samples, and like its square where a clock's figures vary by a
 * factor. A spread that is known from few runs is too small more often than too large: Hedges' factor [1981].
 */
static bool was_tested(const struct rc_diff_time *time) {
    return time->verdict == RC_DIFF_SAME || time->verdict == RC_DIFF_CHANGED;
}

struct spread {
    double before, after; /* relative variances */
    double hedges;
};

static struct spread spread_of(const struct rc_diff_time *time) {
    struct spread spread = {relative_variance(time, RC_BEFORE), relative_variance(time, RC_AFTER),
                            1 - 3 / (4 * time->degrees - 1)};
    if (time->sampled)
        spread.after *= time->mean[RC_AFTER] / time->mean[RC_BEFORE];
    return spread;
}

static double shift_of(const struct rc_diff_time *time, double change) {
    struct spread spread = spread_of(time);
    double grown = time->sampled ? 1 + change : (1 + change) * (1 + change);
    return spread.hedges * change / sqrt(spread.before + grown * spread.after);
}

static double critical_of(const struct rc_diff *diff, const struct rc_diff_time *time) {
    return rc_student_critical(RC_DIFF_LEVEL_TIMES / (double)(diff->tests ? diff->tests : 1), time->degrees);
}

/* shift_of(change) = shift, a quadratic equation for the change: square x^2 - 2 half x - rest = 0. */
double rc_diff_detectable(const struct rc_diff *diff, const struct rc_diff_time *time) {
    struct spread spread = spread_of(time);
    if (!was_tested(time) || !isfinite(spread.before) || !isfinite(spread.after))
        return INFINITY;
    double shift = rc_student_shift(critical_of(diff, time), time->degrees, POWER) / spread.hedges, s2 = shift * shift;
    double square = time->sampled ? 1 : 1 - s2 * spread.after;
    double half = time->sampled ? s2 * spread.after / 2 : s2 * spread.after;
    double rest = s2 * (spread.before + spread.after);
    if (square <= 0)
        return INFINITY;
    return fmax((half + sqrt(half * half + square * rest)) / square, RC_DIFF_CHANGE_LEAST);
}

double rc_diff_power(const struct rc_diff *diff, const struct rc_diff_time *time, double change) {
    double shift = shift_of(time, change);
    if (!was_tested(time) || !isfinite(shift))
        return 0;
    double large = erfc((RC_DIFF_CHANGE_LEAST / change - 1) * shift / sqrt(2)) / 2; /* that the figure is */
    return fmin(rc_student_beyond(critical_of(diff, time), time->degrees, shift), large);
}

static void settle(struct rc_diff_time *time, bool rejected) {
    bool large = time->mean[RC_BEFORE] <= 0 || fabs(time->change) >= RC_DIFF_CHANGE_LEAST;
    if (rejected && large)
        time->verdict = time->verdict == RC_DIFF_SAME ? RC_DIFF_CHANGED : RC_DIFF_BEYOND;
}

static int judge(struct rc_diff *diff) {
    size_t most = 2 * diff->n_rows + 2;
    struct rc_diff_time **tests = calloc(most, sizeof(struct rc_diff_time *));
    double *p = calloc(most, sizeof *p);
    if (tests && p) {
        diff->tests = gather(diff, tests);
        qsort(tests, diff->tests, sizeof(struct rc_diff_time *), by_p);
        for (size_t i = 0; i < diff->tests; i++)
            p[i] = tests[i]->p_value;
        size_t rejected = rc_holm(p, diff->tests, RC_DIFF_LEVEL_TIMES);
        for (size_t i = 0; i < diff->tests; i++)
            settle(tests[i], i < rejected);
    }
    int result = tests && p ? 0 : -1;
    free(tests);
    free(p);
    return result;
}

int rc_diff_judge_times(struct rc_diff *diff, struct rc_error *err) {
    weigh(diff, NULL, cpu_figure, RC_DIFF_SAME, &diff->cpu);
    weigh(diff, NULL, wall_figure, RC_DIFF_SAME, &diff->wall);
    for (size_t r = 0; r < diff->n_rows; r++)
        weigh_row(diff, &diff->rows[r]);
    if (judge(diff))
        return rc_fail(err, "no memory for the comparison");
    diff->changed_times = diff->cpu.verdict == RC_DIFF_CHANGED;
    diff->changed_times += diff->wall.verdict == RC_DIFF_CHANGED;
    for (size_t r = 0; r < diff->n_rows; r++)
        diff->changed_times +=
            diff->rows[r].own.verdict == RC_DIFF_CHANGED || diff->rows[r].per_call.verdict == RC_DIFF_CHANGED;
    return 0;
}
