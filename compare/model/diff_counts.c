/* Counts: what is the same in every run of a side is a fact, and so is that another side has another number. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/diff.h"
#include "compare/model/student.h"

__extension__ typedef unsigned __int128 product;

/* A count and what it is divided by, in one run. */
struct ratio {
    uint64_t count, per;
};

static struct ratio ratio_of(const struct rc_diff *diff, const struct rc_diff_row *row, size_t run,
                             enum rc_diff_kind kind) {
    uint64_t per = diff->runs[run].per;
    return (struct ratio){row->cells[run].counts[kind], per ? per : 1};
}

static bool equal(struct ratio a, struct ratio b) {
    return (product)a.count * b.per == (product)b.count * a.per;
}

static double value_of(struct ratio ratio) {
    return (double)ratio.count / (double)ratio.per;
}

/* The runs of a side: the first one's figure, whether all have it, and moments. */
struct group {
    struct ratio first;
    bool constant;
    double mean, variance; /* of the mean */
    size_t n;
};

/* A whole number that never varied may yet be a rounded one. */
static struct group group_of(const struct rc_diff *diff, const struct rc_diff_row *row, enum rc_side side,
                             enum rc_diff_kind kind) {
    struct group group = {.constant = true};
    double sum = 0, squares = 0, rounding = 0;
    for (size_t i = 0; i < diff->n_runs; i++) {
        if (diff->runs[i].side != side)
            continue;
        struct ratio ratio = ratio_of(diff, row, i, kind);
        if (group.n++ == 0)
            group.first = ratio;
        group.constant &= equal(ratio, group.first);
        sum += value_of(ratio);
        rounding += 1 / (12.0 * (double)ratio.per * (double)ratio.per);
    }
    double n = (double)group.n;
    group.mean = sum / n;
    for (size_t i = 0; i < diff->n_runs; i++)
        if (diff->runs[i].side == side)
            squares += pow(value_of(ratio_of(diff, row, i, kind)) - group.mean, 2);
    group.variance = fmax(group.n > 1 ? squares / (n - 1) : 0, rounding / n) / n;
    return group;
}

static void set_range(const struct rc_diff *diff, const struct rc_diff_row *row, enum rc_diff_kind kind,
                      struct rc_diff_count *count) {
    count->low[RC_BEFORE] = count->low[RC_AFTER] = UINT64_MAX;
    for (size_t i = 0; i < diff->n_runs; i++) {
        uint64_t value = row->cells[i].counts[kind];
        enum rc_side side = diff->runs[i].side;
        count->low[side] = value < count->low[side] ? value : count->low[side];
        count->high[side] = value > count->high[side] ? value : count->high[side];
    }
}

static double p_of(const struct group *a, const struct group *b) {
    double degrees = rc_welch_degrees(a->variance, (double)a->n - 1, b->variance, (double)b->n - 1);
    return rc_student_beyond(fabs(a->mean - b->mean) / sqrt(a->variance + b->variance), degrees, 0);
}

static void judge(const struct rc_diff *diff, struct rc_diff_row *row, enum rc_diff_kind kind, bool counted) {
    struct rc_diff_count *count = &row->counts[kind];
    struct group before = group_of(diff, row, RC_BEFORE, kind), after = group_of(diff, row, RC_AFTER, kind);
    set_range(diff, row, kind, count);
    count->mean[RC_BEFORE] = before.mean;
    count->mean[RC_AFTER] = after.mean;
    count->p_value = 1;
    uint64_t low = count->low[RC_BEFORE];
    bool undivided = low == count->high[RC_BEFORE] && low == count->low[RC_AFTER] && low == count->high[RC_AFTER];
    if (undivided && !low)
        count->verdict = RC_COUNT_NONE;
    else if (!counted)
        count->verdict = RC_COUNT_UNKNOWN;
    else if (undivided) /* once a run: it does not grow with what the others are divided by */
        count->verdict = RC_COUNT_SAME;
    else if (before.constant && after.constant)
        count->verdict = equal(before.first, after.first) ? RC_COUNT_SAME : RC_COUNT_CHANGED;
    else {
        count->verdict = RC_COUNT_VARIES;
        if (before.n >= RC_DIFF_RUNS_LEAST && after.n >= RC_DIFF_RUNS_LEAST)
            count->p_value = p_of(&before, &after);
    }
}

/* Both sides counted, and the function is not one that merely has no hooks on one of them. */
static bool is_counted(const struct rc_diff *diff, struct rc_diff_row *row) {
    bool traced = true, unhooked[RC_SIDES] = {false, false};
    for (size_t i = 0; i < diff->n_runs; i++) {
        enum rc_side side = diff->runs[i].side;
        traced &= diff->runs[i].traced;
        row->hooked[side] |= row->cells[i].hooked;
        unhooked[side] |= row->cells[i].present && !row->cells[i].hooked;
    }
    bool lost = (unhooked[RC_BEFORE] && !row->hooked[RC_BEFORE]) || (unhooked[RC_AFTER] && !row->hooked[RC_AFTER]);
    return traced && !lost && !row->nameless;
}

static void set_presence(struct rc_diff_row *row, bool counted) {
    const struct rc_diff_count *entries = &row->counts[RC_DIFF_ENTRIES], *calls = &row->counts[RC_DIFF_CALLS];
    bool there[RC_SIDES];
    for (int side = 0; side < RC_SIDES; side++)
        there[side] = row->hooked[side] && (entries->high[side] || calls->high[side]);
    row->presence = RC_PRESENT;
    if (counted && there[RC_BEFORE] != there[RC_AFTER])
        row->presence = there[RC_AFTER] ? RC_APPEARED : RC_DISAPPEARED;
}

struct test {
    double p;
    struct rc_diff_count *count;
};

static int by_p(const void *left, const void *right) {
    const struct test *a = left, *b = right;
    return (a->p > b->p) - (a->p < b->p);
}

/* All counts that vary are judged together. Entries are the others' sum, and no test of their own. */
static int judge_varying(struct rc_diff *diff) {
    size_t n = 0, most = diff->n_rows * RC_DIFF_COUNTS;
    struct test *tests = calloc(most + 1, sizeof *tests);
    double *p = calloc(most + 1, sizeof *p);
    if (tests && p) {
        for (size_t r = 0; r < diff->n_rows; r++)
            for (int kind = 0; kind < RC_DIFF_ENTRIES; kind++) {
                struct rc_diff_count *count = &diff->rows[r].counts[kind];
                if (count->verdict == RC_COUNT_VARIES && count->p_value < 1)
                    tests[n++] = (struct test){count->p_value, count};
            }
        qsort(tests, n, sizeof *tests, by_p);
        for (size_t i = 0; i < n; i++)
            p[i] = tests[i].p;
        size_t rejected = rc_holm(p, n, RC_DIFF_LEVEL_COUNTS);
        for (size_t i = 0; i < rejected; i++)
            tests[i].count->verdict = RC_COUNT_SHIFTED;
    }
    int result = tests && p ? 0 : -1;
    free(tests);
    free(p);
    return result;
}

static bool has_changed(const struct rc_diff_row *row) {
    for (int kind = 0; kind < RC_DIFF_ENTRIES; kind++)
        if (row->counts[kind].verdict == RC_COUNT_CHANGED || row->counts[kind].verdict == RC_COUNT_SHIFTED)
            return true;
    return false;
}

int rc_diff_judge_counts(struct rc_diff *diff, struct rc_error *err) {
    for (size_t r = 0; r < diff->n_rows; r++) {
        struct rc_diff_row *row = &diff->rows[r];
        bool counted = is_counted(diff, row);
        for (int kind = 0; kind < RC_DIFF_COUNTS; kind++)
            judge(diff, row, (enum rc_diff_kind)kind, counted);
        set_presence(row, counted);
        diff->nameless += row->nameless;
    }
    if (judge_varying(diff))
        return rc_fail(err, "no memory for the comparison");
    for (size_t r = 0; r < diff->n_rows; r++)
        diff->changed_counts += has_changed(&diff->rows[r]);
    return 0;
}
