#include "tests/unit/tree_check.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void tree_lasting(struct fixture *f, uint32_t node, uint64_t ticks) {
    f->nodes[node].long_count = f->nodes[node].count;
    f->nodes[node].long_ticks = ticks;
}

/* "[process]/main/f", from the row up. */
static void path_of(const struct rc_report *report, uint32_t at, char *to, size_t room) {
    char above[400] = "";
    const struct rc_tree_row *row = &report->tree->rows[at];
    if (row->parent != RC_NONE) {
        path_of(report, row->parent, above, sizeof above - 1);
        strcat(above, "/");
    }
    const char *mark = row->fiber                                                                ? "(fiber)"
                       : report->tree->kind == RC_TREE_LOGICAL && row->clone == RC_CLONE_DESTROY ? ".destroy"
                                                                                                 : "";
    snprintf(to, room, "%s%s%s", above, rc_tree_row_name(report, row), mark);
}

const struct rc_tree_row *tree_row_at(const struct rc_report *report, const char *path) {
    char has[512];
    for (uint32_t i = 0; i < report->tree->n; i++) {
        path_of(report, i, has, sizeof has);
        if (strcmp(has, path) == 0)
            return &report->tree->rows[i];
    }
    return NULL;
}

const struct rc_tree_row *tree_row(const struct rc_report *report, const char *path) {
    const struct rc_tree_row *found = tree_row_at(report, path);
    cr_assert(found, "no row %s", path);
    return found;
}

/* The children's time and the own make up each row's; a subtree's rows stand together. */
static void check_rows(const struct rc_tree *tree) {
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct rc_tree_row *at = &tree->rows[i];
        struct rc_time sum = at->own;
        cr_assert(at->end > i && at->end <= tree->n);
        cr_assert_eq(at->depth, at->parent == RC_NONE ? 0 : tree->rows[at->parent].depth + 1);
        cr_assert(at->parent == RC_NONE || (at->parent < i && at->end <= tree->rows[at->parent].end));
        for (uint32_t c = i + 1; c < at->end; c = tree->rows[c].end) {
            cr_assert_eq(tree->rows[c].parent, i);
            sum.running += tree->rows[c].time.running;
            sum.blocked += tree->rows[c].time.blocked;
            sum.probes += tree->rows[c].time.probes;
        }
        cr_assert_eq(sum.running, at->time.running);
        cr_assert_eq(sum.blocked, at->time.blocked);
        cr_assert_eq(sum.probes, at->time.probes);
        const struct rc_time *t = &at->time;
        cr_assert_eq(t->total, t->running + t->blocked + t->probes + t->awaiting + t->queued);
    }
}

static void check_function(const struct rc_report *report, uint32_t f, bool logical) {
    const struct rc_function *function = &report->functions[f];
    struct rc_tree_row sum = {0};
    for (uint32_t i = 0; i < report->tree->n; i++) {
        const struct rc_tree_row *at = &report->tree->rows[i];
        if (at->function != f)
            continue;
        sum.calls += at->calls;
        sum.entries += at->entries;
        sum.resumes += at->resumes;
        sum.internal += at->internal;
        sum.idle += at->idle;
        sum.own.running += at->own.running;
        sum.own_sampled_ns += at->own_sampled_ns;
    }
    cr_assert_eq(sum.entries, function->entries, "%s: %lu entries", function->name, (unsigned long)sum.entries);
    if (!logical)
        return;
    cr_assert_eq(sum.calls, function->calls, "%s: %lu calls", function->name, (unsigned long)sum.calls);
    cr_assert_eq(sum.resumes, function->resumes, "%s: %lu resumes", function->name, (unsigned long)sum.resumes);
    cr_assert_eq(sum.internal, function->internal, "%s", function->name);
    cr_assert_eq(sum.idle, function->idle_resumes, "%s", function->name);
    cr_assert_eq(sum.own.running, function->self_ns, "%s", function->name);
    double sampled = (double)function->self_sampled_ns; /* a sum of parts that are rounded otherwise */
    cr_assert_float_eq((double)sum.own_sampled_ns, sampled, 1 + (double)report->tree->n, "%s", function->name);
}

/* In the physical tree a time may stand on another function's row, but it stands somewhere. */
static void check_all(const struct rc_report *report) {
    double all = 0, rows = 0;
    for (uint32_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        all += (double)(function->self_ns + function->self_blocked_ns + function->self_probes_ns);
    }
    for (uint32_t i = 0; i < report->tree->n; i++)
        rows += (double)report->tree->rows[i].own.total;
    cr_assert_float_eq(rows, all, 10.0 + 6.0 * (double)report->tree->n, "%.0f ns of %.0f", rows, all);
}

struct rc_report *tree_grow(struct fixture *f, enum rc_tree_kind kind) {
    struct rc_report *report = fixture_report_with(f, kind);
    cr_assert(report->tree);
    cr_assert_eq(report->tree->kind, kind);
    check_rows(report->tree);
    check_all(report);
    for (uint32_t i = 0; i < report->n_functions; i++)
        check_function(report, i, kind == RC_TREE_LOGICAL);
    return report;
}
