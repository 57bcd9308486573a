/* A report on paper: text for people, JSON for programs. One file a form. Nothing here decides anything. */
#ifndef RECOUNT_COMPARE_RENDER_RENDER_H
#define RECOUNT_COMPARE_RENDER_RENDER_H

#include <stdio.h>

#include "compare/error.h"
#include "compare/model/report.h"
#include "compare/render/order.h"

struct rc_paper {
    FILE *out;
    unsigned width; /* columns */
    bool colour;
    bool utf8; /* it takes more than ASCII of our own; names are printed as they are */
};

struct rc_table_options {
    enum rc_sort sort;
    size_t top;          /* rows; 0: all */
    const char *missing; /* modules without symbols, a line each */
};

/** The side-by-side table. rc_causes_find must have run. 0, or -1: no memory, or the output could not be written. */
int rc_render_table(const struct rc_paper *paper, const struct rc_report *report,
                    const struct rc_table_options *options, struct rc_error *err);

struct rc_tree_options {
    size_t top;   /* rows, the heaviest; 0: all */
    double least; /* share of the time, or of the waiting, that a row must have: 0..1 */
};

/** The tree that the report was built with, for people and for programs (these get every row). */
int rc_render_tree(const struct rc_paper *paper, const struct rc_report *report, const struct rc_tree_options *options,
                   struct rc_error *err);
int rc_render_tree_json(FILE *out, const struct rc_report *report, struct rc_error *err);

/** All await points, the longest wait first; `top` of them, 0: all. */
int rc_render_awaits(const struct rc_paper *paper, const struct rc_report *report, size_t top, struct rc_error *err);
int rc_render_awaits_json(FILE *out, const struct rc_report *report, struct rc_error *err);

/** One function's story. */
int rc_render_story(const struct rc_paper *paper, const struct rc_report *report, const struct rc_function *function,
                    struct rc_error *err);

/** The report as docs/report-json.md describes it. */
int rc_render_json(FILE *out, const struct rc_report *report, const char *missing, struct rc_error *err);

struct rc_diff;
struct rc_diff_options {
    size_t top;          /* rows of times; 0: all */
    bool all;            /* also what is the same on both sides, or cannot be told */
    const char *missing; /* modules without symbols, a line each */
};

/** What changed between two sides (compare/model/diff.h), for people and for programs (these get every row). */
int rc_render_diff(const struct rc_paper *paper, const struct rc_diff *diff, const struct rc_diff_options *options,
                   struct rc_error *err);
int rc_render_diff_json(FILE *out, const struct rc_diff *diff, const char *missing, struct rc_error *err);

/** One function's object, with its sentences. */
int rc_render_function_json(FILE *out, const struct rc_report *report, const struct rc_function *function,
                            struct rc_error *err);

#endif
