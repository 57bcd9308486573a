/* Collects the runs of a comparison: what is in which run, side by side. */
#include "compare/model/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"

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

/* A function of an object without symbols has its place for a name: "libz.so+0x1200". */
static bool is_nameless(const char *name) {
    const char *plus = strrchr(name, '+');
    return plus && strncmp(plus, "+0x", 3) == 0 && plus[3] && !plus[3 + strspn(plus + 3, "0123456789abcdef")];
}

static int name_row(struct rc_diff_row *row, const struct rc_diff_seen *seen) {
    if (row->name)
        return 0;
    row->name = strdup(seen->name);
    row->object = strdup(seen->object);
    row->file = seen->file ? strdup(seen->file) : NULL;
    row->nameless = is_nameless(seen->name);
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
                                      .n_effective = functions[i].n_effective};
        memcpy(cell->counts, functions[i].counts, sizeof cell->counts);
    }
    return 0;
}

static bool is_program(const struct rc_report *report, const char *object) {
    for (size_t i = 0; i < report->n_parts; i++)
        if (strcmp(report->parts[i].process->exe, object) == 0)
            return true;
    return false;
}

/* Of a long recording not all samples are kept: those that are stand for the rest. */
static double stands_for(const struct rc_report *report) {
    uint64_t taken = report->samples + report->lost_samples;
    return report->kept_samples && taken > report->kept_samples ? (double)taken / (double)report->kept_samples : 1;
}

static struct rc_diff_seen seen_of(const struct rc_report *report, const struct rc_function *function) {
    struct rc_diff_seen seen = {.name = function->name,
                                .object = function->object,
                                .file = function->file,
                                .main_object = is_program(report, function->object),
                                .hooked = function->hooked,
                                .samples = function->seen.self,
                                .own_ns = (double)function->seen.self_ns * stands_for(report),
                                .tracer_ns = (double)function->self_ns,
                                .n_effective = function->share.n_effective};
    seen.counts[RC_DIFF_CALLS] = function->calls;
    seen.counts[RC_DIFF_RESUMES] = function->resumes;
    seen.counts[RC_DIFF_IDLE] = function->idle_resumes;
    seen.counts[RC_DIFF_INTERNAL] = function->internal;
    seen.counts[RC_DIFF_ENTRIES] = function->entries;
    return seen;
}

static struct rc_diff_run run_of(const struct rc_report *report, enum rc_side side) {
    const struct rc_profile *profile = report->profile;
    struct rc_diff_run run = {.side = side,
                              .command = profile->command,
                              .host = profile->n_runs ? profile->runs[0].host : "",
                              .start_real_ns = profile->start_real_ns,
                              .start_mono_ns = profile->start_mono_ns,
                              .wall_ns = report->wall_ns,
                              .samples = report->kept_samples,
                              .lost_contexts = report->lost_contexts,
                              .traced = report->traced,
                              .asleep = profile->n_sleepers,
                              .sample_hz = profile->sample_hz};
    for (size_t i = 0; i < report->n_functions; i++)
        run.probes_ns += (double)report->functions[i].self_probes_ns;
    run.cpu_ns = fmax(0, (double)report->cpu_ns - run.probes_ns);
    run.sample_ns =
        report->kept_samples ? (double)report->sampled_ns / (double)report->kept_samples * stands_for(report) : 0;
    return run;
}

int rc_diff_add_report(struct rc_diff *diff, enum rc_side side, const struct rc_report *report, struct rc_error *err) {
    struct rc_diff_run run = run_of(report, side);
    struct rc_diff_seen *seen = calloc(report->n_functions + 1, sizeof *seen);
    if (!seen)
        return no_memory(err);
    for (size_t i = 0; i < report->n_functions; i++)
        seen[i] = seen_of(report, &report->functions[i]);
    int result = rc_diff_add(diff, &run, seen, report->n_functions, err);
    free(seen);
    return result;
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
    if (rc_diff_match(diff, err) || rc_diff_judge_counts(diff, err) || rc_diff_judge_times(diff, err))
        return -1;
    if (diff->n_rows)
        qsort(diff->rows, diff->n_rows, sizeof *diff->rows, by_weight);
    return 0;
}
