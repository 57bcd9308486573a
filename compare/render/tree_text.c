/* `recount report --tree` for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/model/tree.h"
#include "compare/render/heading.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"
#include "compare/render/table.h"

enum { NAME_MOST = 512, STEP = 2, DEEPEST_DRAWN = 24 };

enum { ROOMY = 100, WIDE = 140 }; /* paper for a part of the sampler's side, and for all of it */
enum { CONTRARY_MOST = 8 };

static const char TIME[] = "time beneath", WAIT[] = "its own calls'", SHARE[] = "own share";

static const struct rc_column columns[] = {
    {NULL, "calls", RC_RIGHT | RC_OPTIONAL},
    {NULL, "entries", RC_RIGHT | RC_OPTIONAL},
    {TIME, "running", RC_RIGHT | RC_OPTIONAL},
    {TIME, "blocked", RC_RIGHT | RC_OPTIONAL},
    {WAIT, "awaiting", RC_RIGHT | RC_OPTIONAL},
    {WAIT, "queued", RC_RIGHT | RC_OPTIONAL},
    {SHARE, "tracer", RC_RIGHT | RC_OPTIONAL},
    {SHARE, "sampler", RC_RIGHT | RC_OPTIONAL},
    {SHARE, "95%", RC_RIGHT | RC_OPTIONAL},
    {SHARE, "verdict", RC_LEFT | RC_OPTIONAL},
    {NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
};

struct hidden {
    uint64_t rows, ns, estimated_ns, entries;
};

struct drawing {
    const struct rc_paper *paper;
    const struct rc_report *report;
    const struct rc_tree *tree;
    struct rc_table *table;
    bool *namesakes;
    double *weights; /* how much of the whole each row with what is beneath it is; never more than its parent's */
    bool *shown;
    struct hidden *hidden; /* directly under each shown row; roots are always shown */
    bool resumed, linked, passed, moved, unknown, too_few, estimated, sampled;
};

static uint64_t inside(const struct rc_tree_row *row) {
    return row->time.running + row->time.blocked + row->time.probes;
}

static uint64_t waited(const struct rc_tree_row *row) {
    return row->time.awaiting + row->time.queued;
}

static uint64_t waited_beneath(const struct rc_tree_row *row) {
    return row->time.blocked + waited(row);
}

/* Of what ran, or of the waiting, or of the entries where no times were taken: whichever makes it look larger. What ran
 * in a program that mostly waits is not small beside its waiting. */
static void weigh(struct drawing *d) {
    const struct rc_tree *tree = d->tree;
    uint64_t ran = 0, wait = 0, entries = 0;
    for (size_t i = 0; i < tree->n; i++) {
        bool root = tree->rows[i].parent == RC_NONE;
        ran += root ? tree->rows[i].time.running : 0;
        wait += root ? waited_beneath(&tree->rows[i]) : waited(&tree->rows[i]);
        entries += tree->rows[i].entries;
    }
    for (size_t i = tree->n; i-- > 0;) {
        const struct rc_tree_row *row = &tree->rows[i];
        double own = ran ? rc_ratio(row->time.running, ran) : rc_ratio(row->entries, entries);
        double waiting = rc_ratio(waited_beneath(row), wait);
        own = waiting > own ? waiting : own;
        if (own > d->weights[i])
            d->weights[i] = own;
        if (row->parent != RC_NONE && d->weights[i] > d->weights[row->parent])
            d->weights[row->parent] = d->weights[i];
    }
}

struct ranked {
    double weight;
    size_t at;
};

static int by_weight(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    if (a->weight < b->weight || a->weight > b->weight)
        return a->weight < b->weight ? 1 : -1;
    return (a->at > b->at) - (a->at < b->at);
}

/* A row weighs no more than its parent and stands behind it: the first of them make a tree. Roots are always shown. */
static int choose(struct drawing *d, const struct rc_tree_options *options) {
    size_t n = 0;
    struct ranked *order = calloc(d->tree->n + 1, sizeof *order);
    if (!order)
        return -1;
    for (size_t i = 0; i < d->tree->n; i++) {
        if (d->tree->rows[i].parent == RC_NONE)
            d->shown[i] = true;
        else if (d->weights[i] >= options->least)
            order[n++] = (struct ranked){d->weights[i], i};
    }
    qsort(order, n, sizeof *order, by_weight);
    for (size_t i = 0; i < n && (!options->top || i < options->top); i++)
        d->shown[order[i].at] = true;
    free(order);
    for (size_t i = 0; i < d->tree->n; i++) {
        const struct rc_tree_row *row = &d->tree->rows[i];
        if (d->shown[i] || !d->shown[row->parent])
            continue;
        d->hidden[row->parent].rows += row->end - i;
        d->hidden[row->parent].ns += inside(row);
        d->hidden[row->parent].estimated_ns += row->estimated_ns;
        for (size_t below = i; below < row->end; below++)
            d->hidden[row->parent].entries += d->tree->rows[below].entries;
    }
    return 0;
}

static void count_cell(struct rc_table *table, uint64_t count) {
    rc_table_cell(table, count ? rc_text_count(count).s : "-", RC_PLAIN);
}

static void time_cell(struct rc_table *table, uint64_t ns) {
    rc_table_cell(table, ns ? rc_text_time(ns).s : "-", RC_PLAIN);
}

/* With a ~ before what is estimated. */
static void estimate_cell(struct drawing *d, const char *text, bool estimated) {
    char marked[64];
    snprintf(marked, sizeof marked, "%s%s", estimated ? "~" : "", text);
    rc_table_cell(d->table, marked, RC_PLAIN);
    d->estimated |= estimated;
}

static void verdict_cell(struct drawing *d, const struct rc_tree_sight *sight, bool sampled) {
    if (sight->verdict == RC_DISAGREE)
        rc_table_cell(d->table, sampled ? "~disagree" : "disagree", RC_RED);
    else if (sight->verdict == RC_AGREE)
        rc_table_cell(d->table, sampled ? "~agree" : "agree", sampled ? RC_PLAIN : RC_GREEN);
    else
        rc_table_cell(d->table, d->paper->width >= WIDE ? rc_text_too_few(&sight->share).s : "too few", RC_DIM);
    d->sampled |= sampled && sight->verdict != RC_TOO_FEW;
    d->too_few |= d->paper->width >= WIDE && sight->verdict == RC_TOO_FEW && sight->share.detectable < 1;
}

/* The sampler's side of the row's own code; nothing where neither side saw that run. */
static void share_cells(struct drawing *d, const struct rc_tree_row *row) {
    const struct rc_tree_sight *sight = &d->tree->sights[row - d->tree->rows];
    const struct rc_share *share = &sight->share;
    bool any = row->function != RC_NONE && (share->tracer >= 0.0005 || sight->self) && d->paper->width >= ROOMY;
    bool all = any && d->paper->width >= WIDE, shown = any && share->compared;
    char interval[64];
    snprintf(interval, sizeof interval, "%.1f-%.1f", 100 * sight->share.low, 100 * sight->share.high);
    bool claimed = all && d->report->timed;
    estimate_cell(d, claimed ? rc_text_percent(share->tracer).s : "-", claimed && rc_row_is_sampled(row));
    rc_table_cell(d->table, any && share->n_effective > 0 ? rc_text_percent(share->sampler).s : "-", RC_PLAIN);
    rc_table_cell(d->table, all && share->compared ? interval : "-", RC_PLAIN);
    if (shown)
        verdict_cell(d, sight, rc_row_is_sampled(row));
    else
        rc_table_cell(d->table, "-", RC_PLAIN);
}

/* Text that grows in a buffer and is cut at its end. */
struct line {
    char text[NAME_MOST + 256];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int takes = vsnprintf(line->text + line->used, sizeof line->text - line->used, format, arguments);
    va_end(arguments);
    line->used += takes > 0 ? (size_t)takes : 0;
    if (line->used >= sizeof line->text)
        line->used = sizeof line->text - 1;
}

static void put_indent(struct line *line, uint32_t depth) {
    uint32_t drawn = depth < DEEPEST_DRAWN ? depth : DEEPEST_DRAWN;
    put(line, "%*s", (int)(drawn * STEP), "");
    if (depth > drawn)
        put(line, "[%" PRIu32 "] ", depth);
}

static void put_marks(struct drawing *d, struct line *line, const struct rc_tree_row *row) {
    bool logical = d->tree->kind == RC_TREE_LOGICAL;
    if (row->fiber)
        put(line, "  (fiber)");
    if (row->linked)
        put(line, row->linked < row->calls ? "  (callback: %s)" : "  (callback)", rc_text_count(row->linked).s);
    if (row->recursive)
        put(line, "  (recursive: %s)", rc_text_count(row->recursive).s);
    if (row->resumes && logical) {
        put(line, d->paper->utf8 ? "  \u21bb %s" : "  (resumed: %s)", rc_text_count(row->resumes).s);
        if (row->idle)
            put(line, ", %s idle", rc_text_count(row->idle).s);
    }
    if (row->passed)
        put(line, "  (slices: %s)", rc_text_count(row->passed).s);
    if (row->moved)
        put(line, "  (slices elsewhere: %s)", rc_text_count(row->moved).s);
    d->linked |= row->linked > 0;
    d->resumed |= row->resumes && logical;
    d->passed |= row->passed > 0;
    d->moved |= row->moved > 0;
    d->unknown |= row->place == RC_PLACE_NO_AWAITER;
}

static void put_name(struct drawing *d, struct line *line, const struct rc_tree_row *row) {
    static const char *const clones[] = {"", ".resume", ".actor", ".destroy"};
    char title[NAME_MOST];
    if (row->function == RC_NONE)
        put(line, "%s", rc_tree_row_name(d->report, row));
    else
        put(line, "%s%s",
            rc_function_title(&d->report->functions[row->function], d->namesakes[row->function], title, sizeof title),
            clones[row->clone]);
}

static enum rc_colour colour_of(const struct rc_tree_row *row) {
    if (row->place == RC_PLACE_NO_AWAITER || row->place == RC_PLACE_NO_MAKER || row->place == RC_PLACE_LOST)
        return RC_RED;
    return row->function == RC_NONE || row->resumes ? RC_BOLD : RC_PLAIN;
}

static void draw_row(struct drawing *d, const struct rc_tree_row *row) {
    bool logical = d->tree->kind == RC_TREE_LOGICAL;
    struct line line = {.used = 0};
    count_cell(d->table, logical ? row->calls : 0);
    count_cell(d->table, logical && row->entries == row->calls ? 0 : row->entries);
    estimate_cell(d, row->time.running ? rc_text_time(row->time.running).s : "-",
                  row->time.running && rc_row_is_estimated(row));
    time_cell(d->table, row->time.blocked);
    time_cell(d->table, row->time.awaiting);
    time_cell(d->table, row->time.queued);
    share_cells(d, row);
    put_indent(&line, row->depth);
    put_name(d, &line, row);
    put_marks(d, &line, row);
    rc_table_cell(d->table, line.text, colour_of(row));
}

static void draw_hidden(struct drawing *d, size_t parent) {
    const struct hidden *hidden = &d->hidden[parent];
    struct line line = {.used = 0};
    bool estimated = hidden->estimated_ns > hidden->ns / 2;
    if (!hidden->rows)
        return;
    d->estimated |= estimated;
    for (size_t c = 0; c + 1 < sizeof columns / sizeof *columns; c++)
        rc_table_cell(d->table, "-", RC_DIM);
    put_indent(&line, d->tree->rows[parent].depth + 1);
    put(&line, "... %s more", rc_text_count(hidden->rows).s);
    if (hidden->ns)
        put(&line, ", %s%s", estimated ? "~" : "", rc_text_time(hidden->ns).s);
    else
        put(&line, ", %s entr%s", rc_text_count(hidden->entries).s, hidden->entries == 1 ? "y" : "ies");
    rc_table_cell(d->table, line.text, RC_DIM);
}

static void draw_rows(struct drawing *d) {
    const struct rc_tree_row *rows = d->tree->rows;
    uint32_t open = RC_NONE;
    for (uint32_t i = 0; i < d->tree->n;) {
        for (; open != RC_NONE && rows[open].end <= i; open = rows[open].parent)
            draw_hidden(d, open);
        if (!d->shown[i]) {
            i = rows[i].end;
            continue;
        }
        draw_row(d, &rows[i]);
        open = i++;
    }
    for (; open != RC_NONE; open = rows[open].parent)
        draw_hidden(d, open);
}

static void remark(const struct drawing *d, bool holds, const char *text) {
    if (holds)
        rc_print_wrapped(d->paper->out, text, 0, 2, d->paper->width);
}

/* The innermost names of a path, "main > dispatch > work". */
static void put_path(struct drawing *d, struct line *line, uint32_t row) {
    uint32_t path[4], n = 0;
    for (; row != RC_NONE && n < sizeof path / sizeof *path; row = d->tree->rows[row].parent)
        path[n++] = row;
    put(line, "%s", row == RC_NONE ? "" : "... > ");
    while (n) {
        put_name(d, line, &d->tree->rows[path[--n]]);
        put(line, "%s", n ? " > " : "");
    }
}

/* Every row that disagrees, drawn or not. */
static void print_contrary(struct drawing *d) {
    size_t found = 0;
    for (uint32_t r = 0; r < d->tree->n; r++) {
        const struct rc_tree_sight *sight = &d->tree->sights[r];
        struct line line = {.used = 0};
        if (sight->verdict != RC_DISAGREE || found++ >= CONTRARY_MOST)
            continue;
        bool sampled = rc_row_is_sampled(&d->tree->rows[r]);
        d->sampled |= sampled;
        d->estimated |= sampled;
        put(&line, "%s: tracer %s%s, sampler %s [%.1f, %.1f] in ", sampled ? "~Disagree" : "Disagree",
            sampled ? "~" : "", rc_text_percent(sight->share.tracer).s, rc_text_percent(sight->share.sampler).s,
            100 * sight->share.low, 100 * sight->share.high);
        put_path(d, &line, r);
        rc_print_wrapped(d->paper->out, line.text, 0, 2, d->paper->width);
    }
    if (found > CONTRARY_MOST)
        fprintf(d->paper->out, "Disagree: %zu contexts in all.\n", found);
}

static void print_unplaced(const struct drawing *d) {
    char line[300];
    snprintf(line, sizeof line,
             "%s of the samples are of no row: the tracer had no call of their function open there, or they came "
             "without its stack and their own fits no row, or several. Where such are more than 5%% of a function's, "
             "its rows are not compared.",
             rc_text_percent(rc_ratio(d->tree->unplaced, d->report->scoped_samples)).s);
    rc_print_wrapped(d->paper->out, line, 0, 2, d->paper->width);
}

static void print_legend(const struct drawing *d) {
    bool logical = d->tree->kind == RC_TREE_LOGICAL;
    fputc('\n', d->paper->out);
    remark(d, logical && d->report->timed,
           "Time beneath: running and blocked of everything drawn below, wherever and whenever it ran. Awaiting and "
           "queued are of the row's own calls.");
    remark(d, d->paper->width >= ROOMY && d->report->timed && d->report->scoped_samples,
           "Own share: of all running time, what the row's own code has, by the samples.");
    remark(d, d->resumed && d->paper->utf8,
           "\u21bb: entered again after a suspension; drawn where the calls began, not under who resumed them.");
    remark(d, d->resumed && !d->paper->utf8,
           "resumed: entered again after a suspension; drawn where the calls began, not under who resumed them.");
    remark(d, d->linked, "callback: drawn where it was registered, not under the loop that called it.");
    remark(d, d->unknown,
           "[awaiter not known]: whose calls these go on with was not seen; 'recount explain' says who resumed them.");
    remark(d, !logical, "Entries as the machine made them: what was resumed stands under who resumed it.");
    remark(d, d->passed,
           "slices: of calls that began elsewhere; what they called stands where the calls began, its time here.");
    remark(d, d->moved,
           "slices elsewhere: of its calls; the time of its callees is divided in proportion to the slices' time.");
    remark(d, d->too_few, RC_TOO_FEW_LEGEND);
    if (d->tree->unplaced > d->report->scoped_samples / 100)
        print_unplaced(d);
    if (d->report->time_unclosed_ns > d->report->wall_ns / 100)
        fprintf(d->paper->out, "Estimated times overlap by %s; --timestamps=all times every call.\n",
                rc_text_time(d->report->time_unclosed_ns).s);
}

static int draw(struct drawing *d, const struct rc_tree_options *options) {
    weigh(d);
    if (choose(d, options))
        return -1;
    draw_rows(d);
    rc_print_heading(d->paper, d->report);
    if (!d->tree->n) {
        fputs("No function was entered through a hook: there is no tree.\n", d->paper->out);
        return 0;
    }
    if (rc_table_print(d->table, d->paper->out, 0, d->paper->width, d->paper->colour))
        return -1;
    print_legend(d);
    print_contrary(d);
    remark(d, d->estimated, RC_ESTIMATED_LEGEND);
    remark(d, d->sampled, RC_SAMPLED_LEGEND);
    return 0;
}

int rc_render_tree(const struct rc_paper *paper, const struct rc_report *report, const struct rc_tree_options *options,
                   struct rc_error *err) {
    size_t n = report->tree->n + 1;
    struct drawing d = {.paper = paper,
                        .report = report,
                        .tree = report->tree,
                        .table = rc_table_new(columns, sizeof columns / sizeof *columns),
                        .namesakes = rc_namesakes(report),
                        .weights = calloc(n, sizeof *d.weights),
                        .shown = calloc(n, sizeof *d.shown),
                        .hidden = calloc(n, sizeof *d.hidden)};
    int result = d.table && d.namesakes && d.weights && d.shown && d.hidden ? draw(&d, options) : -1;
    rc_table_free(d.table);
    free(d.namesakes);
    free(d.weights);
    free(d.shown);
    free(d.hidden);
    if (result)
        return rc_fail(err, "no memory for the tree");
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}
