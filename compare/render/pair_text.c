#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "compare/explain/pair.h"
#include "compare/render/heading.h"
#include "compare/render/pair.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

enum { ROWS_MOST = 10, ODD_MOST = 5, LINE = 640, NAME = 512 };

static void print_run(FILE *out, const char *name, const struct rc_run_totals *run) {
    fprintf(out, "%s %s wall, %s CPU, %s sample%s", name, rc_text_time(run->wall_ns).s, rc_text_time(run->cpu_ns).s,
            rc_text_count(run->samples).s, rc_plural(run->samples));
    if (run->lost)
        fprintf(out, " (%s lost)", rc_text_count(run->lost).s);
}

void rc_print_run_totals(const struct rc_paper *paper, const struct rc_report *report) {
    print_run(paper->out, "awake", &report->pair->awake);
    fputs("; ", paper->out);
    print_run(paper->out, rc_second_word(report->pair), &report->pair->asleep);
}

void rc_print_runs(const struct rc_paper *paper, const struct rc_report *report) {
    const struct rc_pair *pair = report->pair;
    char line[LINE], cost[LINE / 2];
    rc_pair_sentence(pair, cost, sizeof cost);
    if (report->tree)
        snprintf(line, sizeof line, "Two runs; the tree is that of the run awake, its times too. %s", cost);
    else
        snprintf(line, sizeof line,
                 "Counts from the run awake, times from %s; blocked, awaiting and queued as awake. %s",
                 pair->profile->plain ? "the plain run, of a build without hooks" : "the run asleep", cost);
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
    for (size_t i = 0; rc_pair_doubt(pair, i, line, sizeof line); i++)
        rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

static bool is_clear(const struct rc_effect *effect) {
    return effect->in == RC_IN_BOTH && (effect->effect.low > 0 || effect->effect.high < 0);
}

struct row {
    size_t function;
    double size;
};

static int by_size(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    return (a->size < b->size) - (a->size > b->size);
}

static struct rc_text cpu_time(double ns) {
    return rc_text_time(ns > 0 ? (uint64_t)(ns + 0.5) : 0);
}

static void cells(struct rc_table *table, const char *name, const struct rc_effect *effect, bool bounded) {
    struct rc_words ratio = rc_text_ratio(effect->ratio);
    char interval[96];
    snprintf(interval, sizeof interval, "%s to %s", rc_text_signed_time(effect->effect.low).s,
             rc_text_signed_time(effect->effect.high).s);
    rc_table_cell(table, name, RC_PLAIN);
    rc_table_cell(table, cpu_time(effect->awake.value).s, RC_PLAIN);
    rc_table_cell(table, cpu_time(effect->asleep.value).s, RC_PLAIN);
    rc_table_cell(table, rc_text_signed_time(effect->effect.value).s, RC_BOLD);
    rc_table_cell(table, bounded ? interval : "-", RC_PLAIN);
    rc_table_cell(table, bounded ? ratio.s : "-", RC_PLAIN);
}

/* What is in no row of the table, without an interval: it is there so that the columns add up. */
static void subtract(struct rc_effect *rest, const struct rc_effect *shown) {
    rest->awake.value -= shown->awake.value;
    rest->asleep.value -= shown->asleep.value;
    rest->effect.value -= shown->effect.value;
}

static void add(struct rc_effect *all, const struct rc_effect *effect) {
    all->awake.value += effect->awake.value;
    all->asleep.value += effect->asleep.value;
    all->effect.value += effect->effect.value;
}

static struct rc_effect whole_of(const struct rc_report *report) {
    struct rc_effect all = report->pair->foreign;
    add(&all, &report->pair->still_awake);
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_effect *effect = &report->pair->effects[f];
        if (report->functions[f].hooked)
            add(&all, effect);
    }
    return all;
}

static int print_rows(const struct rc_paper *paper, const struct rc_report *report, const struct row *rows, size_t n,
                      const bool *namesake) {
    static const char CPU[] = "own CPU time";
    bool plain = report->pair->profile->plain;
    const struct rc_column columns[] = {{NULL, "function", RC_LEFT | RC_FLEXIBLE},
                                        {CPU, "awake", RC_RIGHT},
                                        {CPU, plain ? "plain" : "asleep", RC_RIGHT},
                                        {NULL, "difference", RC_RIGHT},
                                        {NULL, "95%", RC_RIGHT | RC_OPTIONAL},
                                        {NULL, plain ? "awake/plain" : "awake/asleep", RC_LEFT | RC_OPTIONAL}};
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    struct rc_effect all = whole_of(report), rest = all;
    char name[NAME];
    if (!table)
        return -1;
    for (size_t i = 0; i < n && i < ROWS_MOST; i++) {
        const struct rc_effect *effect = &report->pair->effects[rows[i].function];
        cells(table,
              rc_function_title(&report->functions[rows[i].function], namesake[rows[i].function], name, sizeof name),
              effect, true);
        subtract(&rest, effect);
    }
    subtract(&rest, &report->pair->foreign);
    subtract(&rest, &report->pair->still_awake);
    cells(table, "[other functions]", &rest, false);
    cells(table, "[code without hooks]", &report->pair->foreign, true);
    if (report->pair->still_awake.asleep.value > 0)
        cells(table, report->pair->profile->plain ? "[recount itself]" : "[hooks asleep]", &report->pair->still_awake,
              true);
    cells(table, "[all samples]", &all, false);
    int result = rc_table_print(table, paper->out, 2, paper->width, paper->colour);
    rc_table_free(table);
    return result;
}

static void print_odd(const struct rc_paper *paper, const struct rc_report *report, const bool *namesake) {
    size_t n = 0;
    char line[NAME + LINE], name[NAME], why[LINE];
    for (size_t f = 0; f < report->n_functions; f++) {
        if (!rc_effect_is_odd(report, f))
            continue;
        if (!n++)
            fputs("\n  In one run only, or not told apart:\n", paper->out);
        if (n > ODD_MOST)
            continue;
        rc_effect_sentence(report, f, why, sizeof why);
        snprintf(line, sizeof line, "%s: %s", rc_function_title(&report->functions[f], namesake[f], name, sizeof name),
                 why);
        fputs("    ", paper->out);
        rc_print_wrapped(paper->out, line, 4, 6, paper->width);
    }
    if (n > ODD_MOST)
        fprintf(paper->out, "    and %zu more\n", n - ODD_MOST);
}

int rc_print_effects(const struct rc_paper *paper, const struct rc_report *report) {
    struct row *rows = calloc(report->n_functions + 1, sizeof *rows);
    bool *namesake = rc_namesakes(report);
    int result = rows && namesake ? 0 : -1;
    size_t n = 0;
    for (size_t f = 0; f < report->n_functions && result == 0; f++)
        if (report->functions[f].hooked && is_clear(&report->pair->effects[f]))
            rows[n++] = (struct row){f, fabs(report->pair->effects[f].effect.value)};
    if (result == 0) {
        qsort(rows, n, sizeof *rows, by_size);
        fprintf(paper->out, "\n%sProbe effect%s\n", rc_colour_on(RC_BOLD, paper->colour), rc_colour_off(paper->colour));
        if (!n)
            fputs("  In no function do the two runs differ by more than chance makes.\n", paper->out);
        result = print_rows(paper, report, rows, n, namesake);
        print_odd(paper, report, namesake);
        fputs("  ", paper->out);
        rc_print_wrapped(paper->out,
                         "This takes for granted that both runs did the same work; the intervals hold what sampling "
                         "errs, not what differs from run to run.",
                         2, 2, paper->width);
        if (report->pair->profile->plain) {
            fputs("  ", paper->out);
            rc_print_wrapped(paper->out,
                             "The plain run is of another build: what the compiler did otherwise for want of hooks is "
                             "in the difference, too.",
                             2, 2, paper->width);
        }
    }
    free(rows);
    free(namesake);
    return result;
}

void rc_print_effect(const struct rc_paper *paper, const struct rc_report *report, const struct rc_function *function) {
    char line[LINE];
    if (!report->pair)
        return;
    fprintf(paper->out, "\n%sProbe effect%s\n   ", rc_colour_on(RC_BOLD, paper->colour), rc_colour_off(paper->colour));
    rc_effect_sentence(report, (size_t)(function - report->functions), line, sizeof line);
    rc_print_wrapped(paper->out, line, 3, 3, paper->width);
}
