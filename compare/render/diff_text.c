/* `recount diff` for people. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/model/diff.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"
#include "compare/render/table.h"

static const char OWN[] = "own CPU time", EACH[] = "own CPU time of a call";

static const struct rc_column count_columns[] = {
    {NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
    {NULL, "count", RC_LEFT},
    {NULL, "before", RC_RIGHT},
    {NULL, "after", RC_RIGHT},
    {NULL, "change", RC_RIGHT},
    {NULL, "runs", RC_LEFT},
};

static const struct rc_column time_columns[] = {
    {NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
    {OWN, "before", RC_RIGHT},
    {OWN, "after", RC_RIGHT},
    {OWN, "change", RC_RIGHT},
    {OWN, "95%", RC_RIGHT | RC_OPTIONAL},
    {OWN, "verdict", RC_LEFT},
    {OWN, "could see", RC_RIGHT | RC_OPTIONAL},
    {EACH, "before", RC_RIGHT | RC_OPTIONAL},
    {EACH, "after", RC_RIGHT | RC_OPTIONAL},
    {EACH, "change", RC_RIGHT | RC_OPTIONAL},
    {EACH, "verdict", RC_LEFT | RC_OPTIONAL},
};

struct text {
    char s[64];
};

static struct text time_text(double ns) {
    struct text text;
    if (ns > 0 && ns < 1)
        snprintf(text.s, sizeof text.s, "%.2g ns", ns);
    else
        snprintf(text.s, sizeof text.s, "%s", rc_text_time((uint64_t)(ns + 0.5)).s);
    return text;
}

/* "+12.3%", and "x4.56" for what is more than doubled. */
static struct text change_text(double change) {
    struct text text;
    if (change >= 1)
        snprintf(text.s, sizeof text.s, "x%.3g", change + 1);
    else
        snprintf(text.s, sizeof text.s, "%+.1f%%", 100 * change);
    return text;
}

static struct text interval_text(const struct rc_diff_time *time) {
    struct text text = {"-"};
    double low, high;
    if (!rc_diff_interval(time, &low, &high))
        return text;
    if (isfinite(high))
        snprintf(text.s, sizeof text.s, "%+.1f..%+.1f", 100 * low, 100 * high);
    else if (low > -0.9995)
        snprintf(text.s, sizeof text.s, "%+.1f or more", 100 * low);
    else
        snprintf(text.s, sizeof text.s, "any change");
    return text;
}

static struct text detectable_text(const struct rc_diff *diff, const struct rc_diff_time *time) {
    struct text text = {"-"};
    double change = rc_diff_detectable(diff, time);
    if (isfinite(change))
        snprintf(text.s, sizeof text.s, "%.*f%%", change < 0.0995 ? 1 : 0, 100 * change);
    return text;
}

static const char *verdict_text(enum rc_diff_verdict verdict) {
    static const char *const words[] = {[RC_DIFF_NOT_TESTED] = "-",
                                        [RC_DIFF_SMALL] = "small",
                                        [RC_DIFF_TOO_FEW] = "too few samples",
                                        [RC_DIFF_ONE_RUN] = "not known",
                                        [RC_DIFF_BEYOND] = "not known, differs",
                                        [RC_DIFF_SAME] = "no detectable change",
                                        [RC_DIFF_CHANGED] = "changed"};
    return words[verdict];
}

static enum rc_colour verdict_colour(const struct rc_diff_time *time) {
    if (time->verdict == RC_DIFF_CHANGED)
        return time->change > 0 ? RC_RED : RC_GREEN;
    return time->verdict == RC_DIFF_BEYOND ? RC_BOLD : RC_DIM;
}

/* Side by side with their commands, if one command is all of a side's. */
static void print_side(const struct rc_paper *paper, const struct rc_diff *diff, enum rc_side side) {
    static const char *const titles[] = {[RC_BEFORE] = "before", [RC_AFTER] = "after"};
    const char *command = NULL;
    bool several = false;
    for (size_t i = 0; i < diff->n_runs; i++) {
        if (diff->runs[i].side != side)
            continue;
        several |= command && strcmp(command, diff->runs[i].command) != 0;
        command = command ? command : diff->runs[i].command;
    }
    size_t n = diff->of_side[side];
    fprintf(paper->out, "%-8s%zu run%s of ", titles[side], n, rc_plural(n));
    rc_print_wrapped(paper->out,
                     several               ? "several commands"
                     : command && *command ? command
                                           : "(command not recorded)",
                     20, 8, paper->width);
}

static void print_whole(const struct rc_paper *paper, const struct rc_diff *diff, const struct rc_diff_time *time,
                        const char *what) {
    FILE *out = paper->out;
    if (!(time->mean[RC_BEFORE] > 0))
        return;
    fprintf(out, "%-10s %s -> %s, %s", what, time_text(time->mean[RC_BEFORE]).s, time_text(time->mean[RC_AFTER]).s,
            change_text(time->change).s);
    if (time->error[RC_BEFORE] > 0)
        fprintf(out, " [95%%: %s]", interval_text(time).s);
    fprintf(out, ": %s%s%s", rc_colour_on(verdict_colour(time), paper->colour), verdict_text(time->verdict),
            rc_colour_off(paper->colour));
    if (time->verdict == RC_DIFF_SAME && isfinite(rc_diff_detectable(diff, time)))
        fprintf(out, " (could see %s or more)", detectable_text(diff, time).s);
    else if (time->verdict == RC_DIFF_SAME)
        fputs(" (its runs differ too much to see any rise)", out);
    fputc('\n', out);
}

static void print_heading(const struct rc_paper *paper, const struct rc_diff *diff) {
    print_side(paper, diff, RC_BEFORE);
    print_side(paper, diff, RC_AFTER);
    if (diff->per)
        fprintf(paper->out, "all figures are per call of %s\n", diff->per);
    fputc('\n', paper->out);
    print_whole(paper, diff, &diff->cpu, "CPU time");
    print_whole(paper, diff, &diff->wall, "wall time");
    fputc('\n', paper->out);
}

/* Six digits, or all of a whole number. */
static struct text mean_text(double mean) {
    struct text text;
    if (mean < 1000 || mean >= 1e15) {
        snprintf(text.s, sizeof text.s, "%.6g", mean);
        return text;
    }
    uint64_t parts = mean >= 1e5 ? 1 : 100, all = (uint64_t)(mean * (double)parts + 0.5);
    int used = snprintf(text.s, sizeof text.s, "%s", rc_text_count(all / parts).s);
    if (all % parts)
        snprintf(text.s + used, sizeof text.s - (size_t)used, ".%02" PRIu64, all % parts);
    return text;
}

static struct text range_text(const struct rc_diff *diff, const struct rc_diff_count *count, int side) {
    struct text text;
    if (diff->per)
        text = mean_text(count->mean[side]);
    else if (count->low[side] == count->high[side])
        snprintf(text.s, sizeof text.s, "%s", rc_text_count(count->low[side]).s);
    else
        snprintf(text.s, sizeof text.s, "%s-%s", rc_text_count(count->low[side]).s, rc_text_count(count->high[side]).s);
    return text;
}

static const char *count_note(const struct rc_diff *diff, const struct rc_diff_row *row,
                              const struct rc_diff_count *count) {
    if (count->verdict == RC_COUNT_UNKNOWN)
        return "not counted on one side";
    if (count->verdict == RC_COUNT_SAME)
        return "the same in every run";
    if (count->verdict == RC_COUNT_VARIES)
        return count->p_value < 1 ? "varies from run to run: no detectable change" : "varies from run to run";
    if (count->verdict == RC_COUNT_SHIFTED)
        return "varies from run to run, changed beyond that";
    if (row->presence == RC_APPEARED)
        return row->ambiguous ? "appeared, or moved" : "appeared";
    if (row->presence == RC_DISAPPEARED)
        return row->ambiguous ? "disappeared, or moved" : "disappeared";
    return diff->n_runs > RC_SIDES ? "every run of its side" : "one run a side";
}

static bool count_is_shown(const struct rc_diff_count *count, bool all) {
    if (count->verdict == RC_COUNT_CHANGED || count->verdict == RC_COUNT_SHIFTED)
        return true;
    return all && count->verdict != RC_COUNT_NONE;
}

static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "f", or "f (new.c)" where there is another f, or "f  (file was old.c)". */
static void name_cell(struct rc_table *table, const struct rc_diff_row *row) {
    char name[640], text[900];
    bool apart = row->namesake && row->file;
    if (apart)
        snprintf(name, sizeof name, "%.400s (%.200s)", row->name, base_of(row->file));
    if (row->file_before)
        snprintf(text, sizeof text, "%.640s  (file was %.200s)", apart ? name : row->name, base_of(row->file_before));
    rc_table_cell(table, row->file_before ? text : apart ? name : row->name, RC_PLAIN);
}

static void add_count(struct rc_table *table, const struct rc_diff *diff, const struct rc_diff_row *row, int kind) {
    static const char *const kinds[] = {"calls", "resumes", "idle resumes", "internal", "entries"};
    const struct rc_diff_count *count = &row->counts[kind];
    double before = count->mean[RC_BEFORE], after = count->mean[RC_AFTER];
    bool changed = count->verdict == RC_COUNT_CHANGED || count->verdict == RC_COUNT_SHIFTED;
    name_cell(table, row);
    rc_table_cell(table, kinds[kind], RC_PLAIN);
    rc_table_cell(table, range_text(diff, count, RC_BEFORE).s, RC_PLAIN);
    rc_table_cell(table, range_text(diff, count, RC_AFTER).s, changed ? RC_BOLD : RC_PLAIN);
    rc_table_cell(table, before > 0 && before != after ? change_text(after / before - 1).s : "-", RC_PLAIN);
    rc_table_cell(table, count_note(diff, row, count), changed ? RC_PLAIN : RC_DIM);
}

/* Entries are the others' sum, and no row of their own. */
static int print_counts(const struct rc_paper *paper, const struct rc_diff *diff, bool all) {
    struct rc_table *table = rc_table_new(count_columns, sizeof count_columns / sizeof *count_columns);
    size_t n = 0, same = 0, varies = 0;
    if (!table)
        return -1;
    for (size_t r = 0; r < diff->n_rows; r++)
        for (int kind = 0; kind < RC_DIFF_ENTRIES; kind++) {
            const struct rc_diff_count *count = &diff->rows[r].counts[kind];
            same += count->verdict == RC_COUNT_SAME;
            varies += count->verdict == RC_COUNT_VARIES;
            if (!count_is_shown(count, all))
                continue;
            add_count(table, diff, &diff->rows[r], kind);
            n++;
        }
    int result = n ? rc_table_print(table, paper->out, 0, paper->width, paper->colour) : 0;
    if (n)
        fputc('\n', paper->out);
    if (same)
        fprintf(paper->out, "%s count%s the same in every run of both sides.\n", rc_text_count(same).s,
                same == 1 ? " is" : "s are");
    if (varies)
        fprintf(paper->out, "%s count%s from run to run, and no more between the sides than within%s.\n",
                rc_text_count(varies).s, varies == 1 ? " varies" : "s vary", all ? "" : " (--all shows them)");
    if (same || varies)
        fputc('\n', paper->out);
    rc_table_free(table);
    return result;
}

static bool time_is_shown(const struct rc_diff_row *row, bool all) {
    enum rc_diff_verdict own = row->own.verdict;
    if (own == RC_DIFF_NOT_TESTED)
        return false;
    return all || own > RC_DIFF_TOO_FEW;
}

static void add_time(struct rc_table *table, const struct rc_diff *diff, const struct rc_diff_row *row) {
    const struct rc_diff_time *own = &row->own, *each = &row->per_call;
    bool changed = own->verdict == RC_DIFF_CHANGED;
    bool both = own->mean[RC_BEFORE] > 0, each_told = each->verdict > RC_DIFF_TOO_FEW;
    name_cell(table, row);
    rc_table_cell(table, time_text(own->mean[RC_BEFORE]).s, RC_PLAIN);
    rc_table_cell(table, time_text(own->mean[RC_AFTER]).s, RC_PLAIN);
    rc_table_cell(table, both ? change_text(own->change).s : "-", RC_PLAIN);
    rc_table_cell(table, both && own->verdict > RC_DIFF_TOO_FEW ? interval_text(own).s : "-", RC_PLAIN);
    rc_table_cell(table, changed && row->ambiguous ? "changed, or moved" : verdict_text(own->verdict),
                  verdict_colour(own));
    rc_table_cell(table, detectable_text(diff, own).s, RC_DIM);
    rc_table_cell(table, each_told ? time_text(each->mean[RC_BEFORE]).s : "-", RC_PLAIN);
    rc_table_cell(table, each_told ? time_text(each->mean[RC_AFTER]).s : "-", RC_PLAIN);
    rc_table_cell(table, each_told ? change_text(each->change).s : "-", RC_PLAIN);
    rc_table_cell(table, each_told ? verdict_text(each->verdict) : "-", verdict_colour(each));
}

static int print_times(const struct rc_paper *paper, const struct rc_diff *diff,
                       const struct rc_diff_options *options) {
    struct rc_table *table = rc_table_new(time_columns, sizeof time_columns / sizeof *time_columns);
    size_t n = 0, hidden = 0, untold = 0;
    if (!table)
        return -1;
    for (size_t r = 0; r < diff->n_rows; r++) {
        const struct rc_diff_row *row = &diff->rows[r];
        bool shown = time_is_shown(row, options->all);
        untold += !shown && row->own.verdict != RC_DIFF_NOT_TESTED;
        hidden += shown && options->top && n >= options->top;
        if (!shown || (options->top && n >= options->top))
            continue;
        add_time(table, diff, row);
        n++;
    }
    int result = n ? rc_table_print(table, paper->out, 0, paper->width, paper->colour) : 0;
    if (hidden)
        fprintf(paper->out, "%zu more function%s; --top 0 shows all.\n", hidden, rc_plural(hidden));
    if (untold)
        fprintf(paper->out, "%zu function%s too few samples or less than %g%% of the time%s.\n", untold,
                untold == 1 ? " has" : "s have", 100 * RC_DIFF_SHARE_LEAST, options->all ? "" : " (--all shows them)");
    rc_table_free(table);
    return result;
}

static void note(const struct rc_paper *paper, const char *text) {
    rc_print_wrapped(paper->out, text, 0, 2, paper->width);
}

static bool has_verdict(const struct rc_diff *diff, enum rc_diff_verdict verdict) {
    return diff->cpu.verdict == verdict || diff->wall.verdict == verdict;
}

static void print_result(const struct rc_paper *paper, const struct rc_diff *diff) {
    fprintf(paper->out, "\n%s", rc_colour_on(RC_BOLD, paper->colour));
    if (has_verdict(diff, RC_DIFF_ONE_RUN))
        fputs("Times: not known.", paper->out);
    else if (diff->changed_times)
        fprintf(paper->out, "%zu time%s changed.", diff->changed_times, rc_plural(diff->changed_times));
    else
        fputs("No detectable change of time.", paper->out);
    if (diff->changed_counts)
        fprintf(paper->out, " The counts of %zu function%s changed.", diff->changed_counts,
                rc_plural(diff->changed_counts));
    else
        fputs(" No count changed.", paper->out);
    if (diff->ambiguous && (diff->changed_times || diff->changed_counts))
        fputs(" Some of that may only have moved.", paper->out);
    fprintf(paper->out, "%s\n", rc_colour_off(paper->colour));
}

/* Which function is which: what is not known of that. */
static void print_matching(const struct rc_paper *paper, const struct rc_diff *diff) {
    char text[512];
    if (diff->ambiguous) {
        snprintf(text, sizeof text,
                 "%zu rows may be the same functions in other files, and no change: their names are found on both "
                 "sides, in files of other names, more than once on a side, and which became which is not known.",
                 diff->ambiguous);
        note(paper, text);
    }
    if (diff->moved) {
        snprintf(text, sizeof text,
                 "%zu function%s found again by name alone: %s in a source file of another name (\"file was\").",
                 diff->moved, diff->moved == 1 ? " was" : "s were", diff->moved == 1 ? "it is" : "they are");
        note(paper, text);
    }
    if (diff->nameless) {
        snprintf(text, sizeof text,
                 "%s place%s no name (its code has no symbols), only an address, which is another one in another "
                 "build: %s not "
                 "compared.",
                 rc_text_count(diff->nameless).s, diff->nameless == 1 ? " has" : "s have",
                 diff->nameless == 1 ? "it is" : "they are");
        note(paper, text);
    }
}

static void print_notes(const struct rc_paper *paper, const struct rc_diff *diff, const char *missing) {
    uint64_t lost = 0;
    double probes = 0;
    bool traced[RC_SIDES] = {true, true};
    for (size_t i = 0; i < diff->n_runs; i++) {
        lost += diff->runs[i].lost_contexts;
        probes += diff->runs[i].probes_ns;
        traced[diff->runs[i].side] &= diff->runs[i].traced;
    }
    if (has_verdict(diff, RC_DIFF_ONE_RUN))
        note(paper,
             "How much two runs of one program differ on this machine is not known from fewer than 3 runs of each "
             "side: a 95% interval is the sampler's error alone, and \"differs\" is no change of the program yet. "
             "Record 3 runs of each or more, in turn.");
    else
        note(paper,
             "A 95% interval is its row's own. A verdict has all of them in view: of 100 diffs of twice the same "
             "program at most 2 should say \"changed\". \"Could see\": a rise found in 4 of 5 such diffs.");
    if (diff->times_of != RC_DIFF_OF_AWAKE)
        note(paper,
             diff->times_of == RC_DIFF_OF_PLAIN
                 ? "Counts are those of the first of two runs, times those of the second, of a build without hooks."
                 : "Counts are those of the runs awake, times those of the runs asleep (record --twice).");
    if (diff->seconds_left)
        note(paper,
             "Some runs have a second one beside them (FILE.asleep), and not all have one of its kind: times are "
             "those of the runs awake.");
    if (probes > 0)
        note(paper, "CPU time is without what the hooks cost, as far as that is known; wall time is with it.");
    if (diff->apart)
        note(paper, "All runs of one side were recorded before all of the other: what a machine does meanwhile (heat, "
                    "other work) looks the same as a change. Record them in turn.");
    if (diff->hosts_differ)
        note(paper, "The runs are from different hosts: their times differ by more than the program.");
    if (diff->filters_differ)
        note(paper, "Not all runs were recorded with the same filter: what a function did whose hooks slept stands "
                    "with its callers, which is no change of the program.");
    if (diff->rates_differ)
        note(paper, "The runs were sampled at different rates.");
    if (!traced[RC_BEFORE] || !traced[RC_AFTER])
        note(paper, "Some runs have no counts (the program has no hooks, or they slept): counts are not compared.");
    if (lost)
        fprintf(paper->out, "%s entries could not be counted for any function: counts may be too small.\n",
                rc_text_count(lost).s);
    print_matching(paper, diff);
    for (const char *line = missing; *line;) {
        size_t length = strcspn(line, "\n");
        fprintf(paper->out, "No names from ");
        char text[1024];
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        rc_print_wrapped(paper->out, text, 14, 2, paper->width);
        line += length + (line[length] == '\n');
    }
    if (*missing && diff->nameless)
        note(paper,
             "A program that is built anew in its place takes the names of its old profiles with it: keep the old "
             "file under the name that it was recorded by, or give each build its own.");
}

int rc_render_diff(const struct rc_paper *paper, const struct rc_diff *diff, const struct rc_diff_options *options,
                   struct rc_error *err) {
    print_heading(paper, diff);
    if (print_counts(paper, diff, options->all) || print_times(paper, diff, options))
        return rc_fail(err, "no memory for the table");
    print_result(paper, diff);
    print_notes(paper, diff, options->missing);
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}
