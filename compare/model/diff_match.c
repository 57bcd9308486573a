/* One function in different builds: its program, its library's version, its source's folder may have other names. */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/diff.h"

/* Rows that may be one function: of one name, one kind of object, and one file name. */
struct group {
    char *key;
    size_t head;   /* the row that takes the others in */
    bool *present; /* by run */
    bool clash;    /* two of the rows are in one run: they are two functions */
    UT_hash_handle hh;
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
static char *coarse_key(const struct rc_diff_row *row, size_t *size) {
    const char *object = base_of(row->object), *file = row->file ? base_of(row->file) : "";
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

static struct group *group_of(struct group **groups, const struct rc_diff *diff, size_t row, struct rc_error *err) {
    struct group *group = NULL;
    size_t size = 0;
    char *key = coarse_key(&diff->rows[row], &size);
    if (key)
        HASH_FIND(hh, *groups, key, size, group);
    if (group) {
        free(key);
        return group;
    }
    group = calloc(1, sizeof *group);
    if (key && group)
        group->present = calloc(diff->n_runs, sizeof *group->present);
    if (key && group && group->present) {
        group->key = key;
        group->head = row;
        HASH_ADD_KEYPTR(hh, *groups, key, size, group);
        if (group->hh.tbl)
            return group;
    }
    if (group)
        free(group->present);
    free(group);
    free(key);
    rc_fail(err, "no memory for the comparison");
    return NULL;
}

static void take_in(struct rc_diff *diff, struct rc_diff_row *head, struct rc_diff_row *row) {
    for (size_t i = 0; i < diff->n_runs; i++)
        if (row->cells[i].present)
            head->cells[i] = row->cells[i];
    if (!head->object_before && strcmp(base_of(head->object), base_of(row->object)) != 0) {
        head->object_before = head->object;
        head->object = row->object;
        row->object = NULL;
    }
    free(row->name);
    free(row->object);
    free(row->file);
    free(row->object_before);
    free(row->cells);
    *row = (struct rc_diff_row){0};
}

static int find_groups(struct rc_diff *diff, struct group **groups, struct group **of_row, struct rc_error *err) {
    for (size_t r = 0; r < diff->n_rows; r++) {
        struct group *group = of_row[r] = group_of(groups, diff, r, err);
        if (!group)
            return -1;
        for (size_t i = 0; i < diff->n_runs; i++) {
            group->clash |= diff->rows[r].cells[i].present && group->present[i];
            group->present[i] |= diff->rows[r].cells[i].present;
        }
    }
    return 0;
}

static bool is_taken_in(const struct group *group, size_t row) {
    return group && !group->clash && group->head != row;
}

/* The index leads to rows that may move from here on: no more runs are added. */
static void bring_together(struct rc_diff *diff, struct group *const *of_row) {
    size_t kept = 0;
    for (size_t r = 0; r < diff->n_rows; r++)
        if (is_taken_in(of_row[r], r))
            take_in(diff, &diff->rows[of_row[r]->head], &diff->rows[r]);
    for (size_t r = 0; r < diff->n_rows; r++)
        if (diff->rows[r].name)
            diff->rows[kept++] = diff->rows[r];
    diff->n_rows = kept;
}

int rc_diff_match(struct rc_diff *diff, struct rc_error *err) {
    struct group *groups = NULL, *group, *next;
    struct group **of_row = calloc(diff->n_rows + 1, sizeof(struct group *));
    if (!of_row)
        return rc_fail(err, "no memory for the comparison");
    int result = find_groups(diff, &groups, of_row, err);
    if (result == 0)
        bring_together(diff, of_row);
    HASH_ITER(hh, groups, group, next) {
        HASH_DEL(groups, group);
        free(group->key);
        free(group->present);
        free(group);
    }
    free(of_row);
    return result;
}
