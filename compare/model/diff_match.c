/* One function in different builds: its program, its library's version, its source's folder may have other names. */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/diff.h"

/* Rows that may be one function: of one name, one kind of object, and one file name or, in the second round, any: then
 * of those that the first round left on one side alone. */
struct group {
    char *key;
    size_t head, n;    /* the row that takes the others in; rows */
    bool *present;     /* by run */
    bool of[RC_SIDES]; /* some row of it is of that side */
    bool clash;        /* they are two functions */
    UT_hash_handle hh;
};

struct matching {
    struct rc_diff *diff;
    bool by_name; /* the file may have another name */
    struct group *groups, **of_row;
    struct rc_error *err;
};

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "libz.so.1.2" and "libz-1.3.so" are both libz. */
static size_t stem_length(const char *base) {
    const char *so = strstr(base, ".so");
    size_t length = so && (so[3] == '\0' || so[3] == '.') ? (size_t)(so - base) : strlen(base);
    size_t end = length;
    while (end && strchr("0123456789.", base[end - 1]))
        end--;
    return end > 1 && end < length && base[end - 1] == '-' ? end - 1 : length;
}

/* The program itself is one object, whatever it is called. */
static char *coarse_key(const struct rc_diff_row *row, bool by_name, size_t *size) {
    const char *object = base_of(row->object), *file = row->file && !by_name ? base_of(row->file) : "";
    size_t a = strlen(row->name) + 1, b = row->main_object ? 0 : stem_length(object), c = strlen(file) + 1;
    char *key = calloc(a + b + 1 + c, 1);
    if (!key)
        return NULL;
    memcpy(key, row->name, a);
    memcpy(key + a, object, b);
    memcpy(key + a + b + 1, file, c);
    *size = a + b + 1 + c;
    return key;
}

static struct group *group_of(struct matching *m, size_t row) {
    struct group *group = NULL;
    size_t size = 0;
    char *key = coarse_key(&m->diff->rows[row], m->by_name, &size);
    if (key)
        HASH_FIND(hh, m->groups, key, size, group);
    if (group) {
        free(key);
        return group;
    }
    group = calloc(1, sizeof *group);
    if (key && group)
        group->present = calloc(m->diff->n_runs, sizeof *group->present);
    if (key && group && group->present) {
        group->key = key;
        group->head = row;
        HASH_ADD_KEYPTR(hh, m->groups, key, size, group);
        if (group->hh.tbl)
            return group;
    }
    if (group)
        free(group->present);
    free(group);
    free(key);
    rc_fail(m->err, "no memory for the comparison");
    return NULL;
}

/* What the object and the file were called before, where that is not what they are called now. */
static void keep_names(struct rc_diff_row *head, struct rc_diff_row *row, bool head_is_before) {
    if (!head->object_before && strcmp(base_of(head->object), base_of(row->object)) != 0) {
        head->object_before = head->object;
        head->object = row->object;
        row->object = NULL;
    }
    if (head->file_before || !head->file || !row->file || strcmp(base_of(head->file), base_of(row->file)) == 0)
        return;
    head->file_before = head_is_before ? head->file : row->file;
    head->file = head_is_before ? row->file : head->file;
    row->file = NULL;
}

static bool is_on(const struct rc_diff *diff, const struct rc_diff_row *row, enum rc_side side) {
    for (size_t i = 0; i < diff->n_runs; i++)
        if (row->cells[i].present && diff->runs[i].side == side)
            return true;
    return false;
}

static void take_in(struct rc_diff *diff, struct rc_diff_row *head, struct rc_diff_row *row) {
    keep_names(head, row, is_on(diff, head, RC_BEFORE));
    for (size_t i = 0; i < diff->n_runs; i++)
        if (row->cells[i].present)
            head->cells[i] = row->cells[i];
    free(row->name);
    free(row->object);
    free(row->object_before);
    free(row->file);
    free(row->file_before);
    free(row->cells);
    *row = (struct rc_diff_row){0};
}

/* By its name alone a function is only found again if it is the one of that name which is gone, and the one which is
 * new: of two statics of one name nothing tells which became which. */
static void join_group(const struct matching *m, struct group *group, const struct rc_diff_row *row) {
    group->n++;
    for (size_t i = 0; i < m->diff->n_runs; i++) {
        group->clash |= row->cells[i].present && group->present[i];
        group->present[i] |= row->cells[i].present;
    }
    for (enum rc_side side = 0; side < RC_SIDES; side++) {
        bool on = is_on(m->diff, row, side);
        group->clash |= m->by_name && ((on && group->of[side]) || group->n > 2 || row->nameless);
        group->of[side] |= on;
    }
}

static bool is_matched(const struct matching *m, const struct rc_diff_row *row) {
    return m->by_name && is_on(m->diff, row, RC_BEFORE) && is_on(m->diff, row, RC_AFTER);
}

static int find_groups(struct matching *m) {
    for (size_t r = 0; r < m->diff->n_rows; r++) {
        if (is_matched(m, &m->diff->rows[r]))
            continue;
        struct group *group = m->of_row[r] = group_of(m, r);
        if (!group)
            return -1;
        join_group(m, group, &m->diff->rows[r]);
    }
    return 0;
}

static bool is_taken_in(const struct group *group, size_t row) {
    return group && !group->clash && group->head != row;
}

/* Left on both sides: they may be the same functions, in files of other names. */
static bool is_ambiguous(const struct matching *m, size_t row) {
    const struct group *group = m->of_row[row];
    return m->by_name && group && group->clash && group->of[RC_BEFORE] && group->of[RC_AFTER] &&
           !m->diff->rows[row].nameless;
}

/* The index leads to rows that may move from here on: no more runs are added. */
static void bring_together(const struct matching *m) {
    struct rc_diff *diff = m->diff;
    size_t kept = 0;
    for (size_t r = 0; r < diff->n_rows; r++)
        diff->rows[r].ambiguous = is_ambiguous(m, r);
    for (size_t r = 0; r < diff->n_rows; r++)
        if (is_taken_in(m->of_row[r], r))
            take_in(diff, &diff->rows[m->of_row[r]->head], &diff->rows[r]);
    for (size_t r = 0; r < diff->n_rows; r++)
        if (diff->rows[r].name)
            diff->rows[kept++] = diff->rows[r];
    diff->n_rows = kept;
}

static int match(struct rc_diff *diff, bool by_name, struct rc_error *err) {
    struct matching m = {
        .diff = diff, .by_name = by_name, .of_row = calloc(diff->n_rows + 1, sizeof(struct group *)), .err = err};
    struct group *group, *next;
    if (!m.of_row)
        return rc_fail(err, "no memory for the comparison");
    int result = find_groups(&m);
    if (result == 0)
        bring_together(&m);
    HASH_ITER(hh, m.groups, group, next) {
        HASH_DEL(m.groups, group);
        free(group->key);
        free(group->present);
        free(group);
    }
    free(m.of_row);
    return result;
}

static int by_name(const void *left, const void *right) {
    const struct rc_diff_row *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

/* In the order of names, namesakes are neighbours. */
static int find_namesakes(struct rc_diff *diff, struct rc_error *err) {
    struct rc_diff_row **rows = calloc(diff->n_rows + 1, sizeof(struct rc_diff_row *));
    if (!rows)
        return rc_fail(err, "no memory for the comparison");
    for (size_t r = 0; r < diff->n_rows; r++)
        rows[r] = &diff->rows[r];
    qsort(rows, diff->n_rows, sizeof *rows, by_name);
    for (size_t r = 1; r < diff->n_rows; r++)
        if (strcmp(rows[r]->name, rows[r - 1]->name) == 0)
            rows[r]->namesake = rows[r - 1]->namesake = true;
    free(rows);
    return 0;
}

int rc_diff_match(struct rc_diff *diff, struct rc_error *err) {
    if (match(diff, false, err) || match(diff, true, err) || find_namesakes(diff, err))
        return -1;
    for (size_t r = 0; r < diff->n_rows; r++) {
        diff->moved += diff->rows[r].file_before != NULL;
        diff->ambiguous += diff->rows[r].ambiguous;
    }
    return 0;
}
