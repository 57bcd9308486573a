/* Collects the runs of a comparison: what is in which run, side by side. */
#include "compare/model/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"
#include "compare/symbolize/names.h"

/* A row by its name, its object's path ("" for the program) and its file's, each closed by a NUL. */
struct rc_diff_index {
    char *key;
    size_t row;
    UT_hash_handle hh;
};

static int no_memory(struct rc_error *err) {
    return rc_fail(err, "no memory for the comparison");
}

struct rc_diff *rc_diff_new(const char *per, bool tracer_times) {
    struct rc_diff *diff = calloc(1, sizeof *diff);
    if (!diff)
        return NULL;
    diff->tracer_times = tracer_times;
    diff->per = per ? strdup(per) : NULL;
    if (!per || diff->per)
        return diff;
    free(diff);
    return NULL;
}

static void free_index(struct rc_diff *diff) {
    struct rc_diff_index *entry, *next;
    HASH_ITER(hh, diff->index, entry, next) {
        HASH_DEL(diff->index, entry);
        free(entry->key);
        free(entry);
    }
}

void rc_diff_free(struct rc_diff *diff) {
    if (!diff)
        return;
    free_index(diff);
    for (size_t i = 0; i < diff->n_rows; i++) {
        struct rc_diff_row *row = &diff->rows[i];
        free(row->name);
        free(row->object);
        free(row->file);
        free(row->object_before);
        free(row->file_before);
        free(row->cells);
    }
    for (size_t i = 0; i < diff->n_runs; i++) {
        free((char *)diff->runs[i].command);
        free((char *)diff->runs[i].host);
    }
    free(diff->rows);
    free(diff->runs);
    free(diff->per);
    free(diff);
}

/* "name", or "name(arguments)" for a person who writes no arguments. */
static bool is_called(const char *name, const char *wanted) {
    size_t length = strlen(wanted);
    return strncmp(name, wanted, length) == 0 && (!name[length] || name[length] == '(');
}

static int find_per(const struct rc_diff *diff, struct rc_diff_run *run, const struct rc_diff_seen *functions, size_t n,
                    struct rc_error *err) {
    const struct rc_diff_seen *found = NULL;
    run->per = 0;
    for (size_t i = 0; diff->per && i < n; i++) {
        if (!is_called(functions[i].name, diff->per) || !functions[i].counts[RC_DIFF_CALLS])
            continue;
        if (found)
            return rc_fail(err, "more than one function is called %s, as %s and %s; write its name out", diff->per,
                           found->name, functions[i].name);
        found = &functions[i];
    }
    if (diff->per && !found)
        return rc_fail(err, "%s was not called in this run: nothing can be divided by its calls", diff->per);
    if (found)
        run->per = found->counts[RC_DIFF_CALLS];
    return 0;
}

static int add_run(struct rc_diff *diff, const struct rc_diff_run *run, const struct rc_diff_seen *functions, size_t n,
                   struct rc_error *err) {
    struct rc_diff_run copy = *run;
    for (size_t i = 0; run->start_real_ns && i < diff->n_runs; i++)
        if (diff->runs[i].start_real_ns == run->start_real_ns && diff->runs[i].start_mono_ns == run->start_mono_ns &&
            strcmp(diff->runs[i].host, run->host) == 0)
            return rc_fail(err, "the same recording is named twice; a run is on one side, and once");
    if (find_per(diff, &copy, functions, n, err))
        return -1;
    if (rc_grow((void **)&diff->runs, diff->n_runs, sizeof *diff->runs))
        return no_memory(err);
    copy.command = strdup(run->command);
    copy.host = strdup(run->host);
    diff->runs[diff->n_runs++] = copy;
    diff->of_side[run->side]++;
    return copy.command && copy.host ? 0 : no_memory(err);
}

/* One more cell in each row, and one where the run does not have the function. */
static int widen(struct rc_diff_row *row, size_t runs) {
    struct rc_diff_cell *more = reallocarray(row->cells, runs, sizeof *more);
    if (!more)
        return -1;
    row->cells = more;
    more[runs - 1] = (struct rc_diff_cell){0};
    return 0;
}

static char *key_of(const struct rc_diff_seen *seen, size_t *size) {
    const char *object = seen->main_object ? "" : seen->object, *file = seen->file ? seen->file : "";
    size_t a = strlen(seen->name) + 1, b = strlen(object) + 1, c = strlen(file) + 1;
    char *key = malloc(a + b + c);
    if (!key)
        return NULL;
    memcpy(key, seen->name, a);
    memcpy(key + a, object, b);
    memcpy(key + a + b, file, c);
    *size = a + b + c;
    return key;
}

static struct rc_diff_row *new_row(struct rc_diff *diff, char *key, size_t size) {
    struct rc_diff_index *entry = calloc(1, sizeof *entry);
    if (!entry || rc_grow((void **)&diff->rows, diff->n_rows, sizeof *diff->rows)) {
        free(entry);
        return NULL;
    }
    *entry = (struct rc_diff_index){.key = key, .row = diff->n_rows};
    HASH_ADD_KEYPTR(hh, diff->index, key, size, entry);
    if (!entry->hh.tbl) {
        free(entry);
        return NULL;
    }
    struct rc_diff_row *row = &diff->rows[diff->n_rows++];
    *row = (struct rc_diff_row){.cells = calloc(diff->n_runs, sizeof *row->cells)};
    return row->cells ? row : NULL;
}

/* The row of the function, made if it is new; NULL: no memory. */
static struct rc_diff_row *row_of(struct rc_diff *diff, const struct rc_diff_seen *seen) {
    struct rc_diff_index *entry = NULL;
    size_t size = 0;
    char *key = key_of(seen, &size);
    if (!key)
        return NULL;
    HASH_FIND(hh, diff->index, key, size, entry);
    if (entry) {
        free(key);
        return &diff->rows[entry->row];
    }
    size_t before = diff->n_rows;
    struct rc_diff_row *row = new_row(diff, key, size);
    if (diff->n_rows == before)
        free(key); /* nobody has it */
    return row;
}

static int name_row(struct rc_diff_row *row, const struct rc_diff_seen *seen) {
    if (row->name)
        return 0;
    row->name = strdup(seen->name);
    row->object = strdup(seen->object);
    row->file = seen->file ? strdup(seen->file) : NULL;
    row->nameless = rc_name_is_place(seen->name);
    row->main_object = seen->main_object;
    return row->name && row->object && (row->file || !seen->file) ? 0 : -1;
}

int rc_diff_add(struct rc_diff *diff, const struct rc_diff_run *run, const struct rc_diff_seen *functions, size_t n,
                struct rc_error *err) {
    if (add_run(diff, run, functions, n, err))
        return -1;
    for (size_t i = 0; i < diff->n_rows; i++)
        if (widen(&diff->rows[i], diff->n_runs))
            return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        struct rc_diff_row *row = row_of(diff, &functions[i]);
        if (!row || name_row(row, &functions[i]))
            return no_memory(err);
        struct rc_diff_cell *cell = &row->cells[diff->n_runs - 1];
        *cell = (struct rc_diff_cell){.present = true,
                                      .hooked = functions[i].hooked,
                                      .samples = functions[i].samples,
                                      .own_ns = functions[i].own_ns,
                                      .tracer_ns = functions[i].tracer_ns,
                                      .n_effective = functions[i].n_effective,
                                      .second = functions[i].second};
        memcpy(cell->counts, functions[i].counts, sizeof cell->counts);
    }
    return 0;
}

/* All runs' times are of one kind, or those of the runs awake. */
static bool all_paired(struct rc_diff *diff) {
    bool all = true, any = false;
    for (size_t i = 0; i < diff->n_runs; i++) {
        all &= diff->runs[i].paired && diff->runs[i].plain == diff->runs[0].plain;
        any |= diff->runs[i].paired;
    }
    bool wanted = !diff->tracer_times && !diff->awake_times;
    diff->seconds_left = wanted && any && !all;
    return wanted && all && diff->n_runs;
}

static void choose_times(struct rc_diff *diff) {
    if (!all_paired(diff))
        return;
    diff->times_of = diff->runs[0].plain ? RC_DIFF_OF_PLAIN : RC_DIFF_OF_ASLEEP;
    for (size_t i = 0; i < diff->n_runs; i++) {
        struct rc_diff_run *run = &diff->runs[i];
        run->wall_ns = run->second_wall_ns;
        run->cpu_ns = run->second_cpu_ns;
        run->samples = run->second_samples;
        run->sample_ns = run->second_sample_ns;
        run->probes_ns = 0;
        for (size_t r = 0; r < diff->n_rows; r++) {
            struct rc_diff_cell *cell = &diff->rows[r].cells[i];
            cell->samples = cell->second.samples;
            cell->own_ns = cell->second.own_ns;
            cell->n_effective = cell->second.n_effective;
        }
    }
}

/* A machine that drifts looks like a change when one side comes first. */
static void compare_runs(struct rc_diff *diff) {
    uint64_t first[RC_SIDES] = {UINT64_MAX, UINT64_MAX}, last[RC_SIDES] = {0, 0};
    for (size_t i = 0; i < diff->n_runs; i++) {
        const struct rc_diff_run *run = &diff->runs[i];
        first[run->side] = run->start_real_ns < first[run->side] ? run->start_real_ns : first[run->side];
        last[run->side] = run->start_real_ns > last[run->side] ? run->start_real_ns : last[run->side];
        diff->hosts_differ |= strcmp(run->host, diff->runs[0].host) != 0;
        diff->rates_differ |= run->sample_hz != diff->runs[0].sample_hz;
        diff->filters_differ |= run->asleep != diff->runs[0].asleep;
    }
    bool several = diff->of_side[RC_BEFORE] > 1 && diff->of_side[RC_AFTER] > 1;
    diff->apart = several && (last[RC_BEFORE] < first[RC_AFTER] || last[RC_AFTER] < first[RC_BEFORE]);
}

/* What was found changed comes first, then the longest time. */
static int by_weight(const void *left, const void *right) {
    const struct rc_diff_row *a = left, *b = right;
    bool first_a = a->own.verdict >= RC_DIFF_CHANGED || a->per_call.verdict >= RC_DIFF_CHANGED,
         first_b = b->own.verdict >= RC_DIFF_CHANGED || b->per_call.verdict >= RC_DIFF_CHANGED;
    if (first_a != first_b)
        return first_a ? -1 : 1;
    double x = a->own.mean[RC_BEFORE] + a->own.mean[RC_AFTER], y = b->own.mean[RC_BEFORE] + b->own.mean[RC_AFTER];
    if (x != y)
        return x < y ? 1 : -1;
    int name = strcmp(a->name, b->name);
    return name ? name : strcmp(a->object, b->object);
}

int rc_diff_judge(struct rc_diff *diff, struct rc_error *err) {
    compare_runs(diff);
    choose_times(diff);
    if (rc_diff_match(diff, err) || rc_diff_judge_counts(diff, err) || rc_diff_judge_times(diff, err))
        return -1;
    if (diff->n_rows)
        qsort(diff->rows, diff->n_rows, sizeof *diff->rows, by_weight);
    return 0;
}
