/* `recount report` for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/causes.h"
#include "compare/explain/numbers.h"
#include "compare/explain/sightings.h"
#include "compare/model/pair.h"
#include "compare/model/statistics.h"
#include "compare/render/heading.h"
#include "compare/render/pair.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"
#include "compare/render/sleep.h"
#include "compare/render/table.h"

enum { WHY_MOST = 8, UNEXPLAINED_MOST = 5 };
enum { HIDDEN_MOST = 3, HIDDEN_SHOWN = 50 }; /* functions; in a fiftieth of the wall time */

static const double MANY_IN_PROBES = 0.1; /* of the samples: worth a filter */

static const char SHARE[] = "share of running", TIME[] = "time of all calls", SAMPLES[] = "samples";

#define COLUMNS(tracer, sampler)                                                                                       \
    {NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME}, {NULL, "entries", RC_RIGHT | RC_OPTIONAL},                    \
        {NULL, "calls", RC_RIGHT | RC_OPTIONAL}, {NULL, "resumes", RC_RIGHT | RC_OPTIONAL},                            \
        {NULL, "(idle)", RC_RIGHT | RC_OPTIONAL}, {TIME, "running", RC_RIGHT | RC_OPTIONAL},                           \
        {TIME, "blocked", RC_RIGHT | RC_OPTIONAL}, {TIME, "awaiting", RC_RIGHT | RC_OPTIONAL},                         \
        {TIME, "queued", RC_RIGHT | RC_OPTIONAL}, {TIME, "probes", RC_RIGHT | RC_OPTIONAL},                            \
        {SAMPLES, "self", RC_RIGHT | RC_OPTIONAL}, {SAMPLES, "on stack", RC_RIGHT | RC_OPTIONAL},                      \
        {SHARE, tracer, RC_RIGHT | RC_OPTIONAL}, {SHARE, sampler, RC_RIGHT | RC_OPTIONAL},                             \
        {SHARE, "95%", RC_RIGHT | RC_OPTIONAL}, {NULL, "verdict", RC_LEFT | RC_OPTIONAL},

static const struct rc_column columns[] = {COLUMNS("tracer", "sampler")};
/* Of two runs, the tracer's share is that of the one awake and the sampler's that of the one asleep. */
static const struct rc_column paired_columns[] = {COLUMNS("awake", "asleep")};
static const struct rc_column plain_columns[] = {COLUMNS("awake", "plain")};

static const struct rc_column *columns_of(const struct rc_report *report) {
    if (!report->pair)
        return columns;
    return report->pair->profile->plain ? plain_columns : paired_columns;
}

struct sheet {
    const struct rc_paper *paper;
    const struct rc_report *report;
    const struct rc_function **order;
    struct rc_table *table;
    bool *shown;    /* by place in the order */
    bool *namesake; /* by function */
    size_t n_shown, n_hidden;
    bool too_few; /* some row is */
    bool sampled; /* some row's verdict is about samples alone */
};

static void count_cell(struct rc_table *table, uint64_t count, bool known, enum rc_colour colour) {
    rc_table_cell(table, count || known ? rc_text_count(count).s : "-", colour);
}

static void time_cell(struct rc_table *table, uint64_t ns) {
    rc_table_cell(table, ns ? rc_text_time(ns).s : "-", RC_PLAIN);
}

/* With a ~ before what is estimated. */
static void estimate_cell(struct rc_table *table, const char *text, bool estimated) {
    char marked[64];
    snprintf(marked, sizeof marked, "%s%s", estimated ? "~" : "", text);
    rc_table_cell(table, marked, RC_PLAIN);
}

static void share_cells(struct rc_table *table, const struct rc_report *report, const struct rc_function *f) {
    char interval[64];
    snprintf(interval, sizeof interval, "%.1f-%.1f", 100 * f->share.low, 100 * f->share.high);
    bool sampled = f->seen.self > 0 || f->share.n_effective > 0;
    bool traced = report->timed && f->hooked;
    estimate_cell(table, traced ? rc_text_percent(f->share.tracer).s : "-", rc_verdict_is_sampled(report, f));
    rc_table_cell(table, sampled ? rc_text_percent(f->share.sampler).s : "-", RC_PLAIN);
    rc_table_cell(table, sampled ? interval : "-", RC_PLAIN);
}

static void verdict_cell(struct rc_table *table, const struct rc_report *report, const struct rc_function *f) {
    bool sampled = rc_verdict_is_sampled(report, f);
    if (!report->traced)
        rc_table_cell(table, "-", RC_PLAIN);
    else if (f->asleep && !f->hooked)
        rc_table_cell(table, "asleep", RC_DIM);
    else if (!f->hooked)
        rc_table_cell(table, "not traced", f->verdict == RC_DISAGREE ? RC_RED : RC_DIM);
    else if (f->verdict == RC_DISAGREE)
        rc_table_cell(table, sampled ? "~disagree" : "disagree", RC_RED);
    else if (f->verdict == RC_AGREE)
        rc_table_cell(table, sampled ? "~agree" : "agree", sampled ? RC_PLAIN : RC_GREEN);
    else
        rc_table_cell(table, rc_text_too_few(&f->share).s, RC_DIM);
}

static void add_row(struct sheet *sheet, size_t at) {
    const struct rc_function *f = sheet->order[at];
    struct rc_table *table = sheet->table;
    bool entered = f->hooked, traced = sheet->report->traced;
    sheet->shown[at] = true;
    sheet->n_shown++;
    char room[512], marked[600];
    const char *name = rc_function_title(f, sheet->namesake[f - sheet->report->functions], room, sizeof room);
    if (entered && f->asleep_runs)
        snprintf(marked, sizeof marked, "%.540s  (asleep in %" PRIu32 " of %zu runs)", name, f->asleep_runs,
                 sheet->report->runs);
    rc_table_cell(table, entered && f->asleep_runs ? marked : name, RC_PLAIN);
    count_cell(table, f->entries, traced, RC_PLAIN);
    count_cell(table, f->calls, entered, f->entries != f->calls ? RC_BOLD : RC_PLAIN);
    count_cell(table, f->resumes, false, RC_PLAIN);
    count_cell(table, f->idle_resumes, false, RC_PLAIN);
    estimate_cell(table, f->time.running ? rc_text_time(f->time.running).s : "-",
                  f->time.running && rc_is_estimated(f));
    time_cell(table, f->time.blocked);
    time_cell(table, f->time.awaiting);
    time_cell(table, f->time.queued);
    time_cell(table, f->time.probes);
    count_cell(table, traced ? 0 : f->seen.self, !traced, RC_PLAIN);
    count_cell(table, traced ? 0 : f->seen.total, !traced, RC_PLAIN);
    share_cells(table, sheet->report, f);
    verdict_cell(table, sheet->report, f);
    sheet->sampled |= f->verdict != RC_TOO_FEW && rc_verdict_is_sampled(sheet->report, f);
    sheet->too_few |= f->share.compared && f->verdict == RC_TOO_FEW && f->share.detectable < 1;
}

/* The rows that were asked for; a re-entered function stands in every table. */
static void choose_rows(struct sheet *sheet, size_t top) {
    size_t n = sheet->report->n_functions;
    for (size_t i = 0; i < n; i++) {
        const struct rc_function *f = sheet->order[i];
        if (!f->hooked && !f->seen.self && (sheet->report->traced || !f->seen.total))
            continue;
        if (!top || sheet->n_shown < top)
            add_row(sheet, i);
        else
            sheet->n_hidden++;
    }
    size_t first_further = sheet->n_shown;
    for (size_t i = 0; i < n; i++) {
        if (sheet->shown[i] || !sheet->order[i]->resumes)
            continue;
        if (sheet->n_shown == first_further)
            for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
                rc_table_cell(sheet->table, c ? "-" : "... re-entered:", RC_DIM);
        add_row(sheet, i);
        sheet->n_hidden--;
    }
}

static void why_line(const struct sheet *sheet, const struct rc_function *f) {
    struct rc_explanation why;
    char line[2400];
    char name[512];
    rc_explain(sheet->report, f, &why);
    int used =
        snprintf(line, sizeof line, "%s: %s.",
                 rc_function_title(f, sheet->namesake[f - sheet->report->functions], name, sizeof name), why.headline);
    if ((f->resumes || f->seen.contradicted) && *rc_text_sightings(f).s && (size_t)used < sizeof line)
        used += snprintf(line + used, sizeof line - (size_t)used, " %s", rc_text_sightings(f).s);
    if (f->verdict == RC_DISAGREE && (size_t)used < sizeof line) {
        const char *reason = why.doubt;
        char account[700];
        for (size_t i = 0; i < why.n_reasons && !*reason; i++)
            if (rc_explains_share(sheet->report, f, why.reasons[i].cause))
                reason = why.reasons[i].text;
        rc_account_sentence(f, RC_OF_SHARE, account, sizeof account);
        snprintf(line + used, sizeof line - (size_t)used, " %s %s", account, reason);
    }
    fputs("  ", sheet->paper->out);
    rc_print_wrapped(sheet->paper->out, line, 2, 4, sheet->paper->width);
}

static void print_why(const struct sheet *sheet) {
    size_t listed = 0, more = 0;
    const struct rc_function *first = NULL;
    for (size_t i = 0; i < sheet->report->n_functions; i++) {
        const struct rc_function *f = sheet->order[i];
        if (!sheet->shown[i] || !f->hooked ||
            (f->entries == f->calls && !f->calls_without_entry && !f->identity.doubt && !f->seen.contradicted &&
             f->verdict != RC_DISAGREE))
            continue;
        if (listed == WHY_MOST) {
            more++;
            continue;
        }
        if (!listed++) {
            fprintf(sheet->paper->out, "\n%sWhy%s\n", rc_colour_on(RC_BOLD, sheet->paper->colour),
                    rc_colour_off(sheet->paper->colour));
            first = f;
        }
        why_line(sheet, f);
    }
    if (more)
        fprintf(sheet->paper->out, "  and %zu more row%s\n", more, rc_plural(more));
    char name[512];
    if (first)
        fprintf(sheet->paper->out, "  More: recount explain '%s'\n",
                rc_function_title(first, sheet->namesake[first - sheet->report->functions], name, sizeof name));
}

/* The sum as it holds: calls whose ramp was inlined have no entry, and are no part of it. */
static void print_explained(const struct rc_paper *paper, const struct rc_report *report) {
    char line[300];
    uint64_t calls = 0;
    size_t functions = 0;
    for (size_t f = 0; f < report->n_functions; f++) {
        calls += report->functions[f].calls_without_entry;
        functions += report->functions[f].calls_without_entry > 0;
    }
    if (!calls) {
        fputs("Every entry is explained: entries = calls + resumes + internal in each function.\n", paper->out);
        return;
    }
    snprintf(line, sizeof line,
             "Every entry is explained: entries = calls with an entry + resumes + internal in each function; %s call%s "
             "of %zu function%s no entry, for the compiler inlined the ramp.",
             rc_text_count(calls).s, rc_plural(calls), functions,
             calls == 1       ? " has"
             : functions == 1 ? " have"
                              : "s have");
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

static void print_unexplained(const struct rc_paper *paper, const struct rc_report *report) {
    size_t open = 0;
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        if (!function->unexplained)
            continue;
        char line[512];
        if (open++ >= UNEXPLAINED_MOST)
            continue;
        snprintf(line, sizeof line, "%s entries unexplained in %s: a defect of recount, please report it.",
                 rc_text_signed(function->unexplained).s, function->name);
        rc_print_wrapped(paper->out, line, 0, 2, paper->width);
    }
    if (open > UNEXPLAINED_MOST)
        fprintf(paper->out, "Entries unexplained in %zu functions in all.\n", open);
    if (!open && report->traced)
        print_explained(paper, report);
}

static void print_missing(const struct rc_paper *paper, const char *missing) {
    size_t lines = *missing != '\0';
    for (const char *at = missing; *at; at++)
        lines += *at == '\n' && at[1];
    if (!lines)
        return;
    char line[512];
    snprintf(line, sizeof line, "%zu module%s without symbols: %.*s%s", lines, rc_plural(lines),
             (int)strcspn(missing, "\n"), missing, lines > 1 ? ", ..." : "");
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

/* What a ~ means, and how far off what the hooks may hide can put it. */
static void print_estimates(const struct sheet *sheet) {
    FILE *out = sheet->paper->out;
    bool any = false;
    size_t listed = 0;
    for (size_t i = 0; i < sheet->report->n_functions; i++) {
        const struct rc_function *f = sheet->order[i];
        bool sampled = rc_verdict_is_sampled(sheet->report, f);
        if (!sheet->shown[i] || !f->hooked || !(sampled || (f->time.running && rc_is_estimated(f))))
            continue;
        if (!any)
            rc_print_wrapped(out, RC_ESTIMATED_LEGEND, 0, 2, sheet->paper->width);
        any = true;
        if ((f->hidden_less_ns + f->hidden_more_ns) / 2 < sheet->report->wall_ns / HIDDEN_SHOWN ||
            listed++ >= HIDDEN_MOST)
            continue;
        char line[1024], name[512];
        snprintf(line, sizeof line,
                 "%s: its own code ran %s, or between %s and %s: its hooks hide part of it from the samples. recount "
                 "record --twice tells.",
                 rc_function_title(f, sheet->namesake[f - sheet->report->functions], name, sizeof name),
                 rc_text_time(f->self_ns).s, rc_text_time(rc_self_least(f)).s,
                 rc_text_time(f->self_ns + f->hidden_more_ns).s);
        rc_print_wrapped(out, line, 2, 4, sheet->paper->width);
    }
}

static void print_probe_samples(const struct rc_paper *paper, const struct rc_report *report) {
    double share = rc_ratio(report->probe_samples, report->kept_samples);
    const char *advice = "";
    char line[256];
    if (!report->probe_samples)
        return;
    if (report->traced && share >= MANY_IN_PROBES)
        advice = rc_slept(report) ? " gcc builds without those of functions that recount cc --recount-exclude names."
                                  : " report --blind shows whose hooks cost most, recount filter puts them to sleep.";
    snprintf(line, sizeof line, "%s of the samples were inside the probes; they count for no function's share.%s",
             rc_text_percent(share).s, advice);
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

/* A hook's slow cases, a coroutine's most of all, cost many times what the calibration measures. */
static void print_dearer_probes(const struct rc_paper *paper, const struct rc_report *report) {
    double share = rc_ratio(report->probe_samples, report->kept_samples), cpu_ns = (double)report->cpu_ns;
    double least = cpu_ns * rc_wilson(share, (double)report->kept_samples, RC_Z95).low, known = 0;
    char line[256];
    for (size_t i = 0; i < report->n_functions; i++)
        known += (double)report->functions[i].self_probes_ns;
    if (!report->traced || report->pair || least - known < MANY_IN_PROBES * cpu_ns)
        return;
    snprintf(
        line, sizeof line,
        "The probes column, by calibration, has %s of about %s that they cost: what it lacks is in the running times.",
        rc_text_time((uint64_t)known).s, rc_text_time((uint64_t)(share * cpu_ns)).s);
    rc_print_wrapped(paper->out, line, 0, 2, paper->width);
}

static void print_losses(const struct rc_paper *paper, const struct rc_report *report) {
    FILE *out = paper->out;
    print_probe_samples(paper, report);
    print_dearer_probes(paper, report);
    if (report->kernel_unseen && report->kept_samples >= report->samples && report->cpu_ns &&
        rc_ratio(report->sampled_ns, report->cpu_ns) < 0.9)
        fprintf(out, "The samples stand for %s of %s of CPU time: the sampler may not look into the kernel here.\n",
                rc_text_time(report->sampled_ns).s, rc_text_time(report->cpu_ns).s);
    uint64_t outside = report->kept_samples - report->probe_samples - report->scoped_samples;
    if (report->traced && outside)
        fprintf(out, "%s of the samples were in code that no hook was entered for.\n",
                rc_text_percent(rc_ratio(outside, report->kept_samples)).s);
    if (report->time_unclosed_ns > report->wall_ns / 100)
        fprintf(out, "Estimated times overlap by %s; --timestamps=all times every call.\n",
                rc_text_time(report->time_unclosed_ns).s);
    if (report->unmatched_exits)
        fprintf(out, "%s exits had no entry.\n", rc_text_count(report->unmatched_exits).s);
    if (report->damage)
        fprintf(out, "%s record%s passed over: their writer was killed while writing them.\n",
                rc_text_count(report->damage).s, rc_plural(report->damage));
    for (size_t i = 0; i < report->n_parts; i++) {
        if (!*report->parts[i].process->failure)
            continue;
        fprintf(out, "Process %" PRIu32 ": ", report->parts[i].process->pid);
        rc_print_wrapped(out, report->parts[i].process->failure, 16, 2, paper->width);
    }
}

/* What a ~ before a verdict means. */
static const char *sampled_legend(const struct rc_report *report) {
    return report->pair ? "~agree, ~disagree: the share awake is mostly what that run's samples told, so the samples "
                          "of two runs are compared, and no clock."
                        : RC_SAMPLED_LEGEND;
}

static void print_closing(const struct sheet *sheet, const struct rc_table_options *options) {
    FILE *out = sheet->paper->out;
    if (sheet->n_hidden)
        fprintf(out, "%zu more function%s; --top 0 shows all.\n", sheet->n_hidden, rc_plural(sheet->n_hidden));
    if (sheet->too_few)
        rc_print_wrapped(out, RC_TOO_FEW_LEGEND, 0, 2, sheet->paper->width);
    if (sheet->sampled)
        rc_print_wrapped(out, sampled_legend(sheet->report), 0, 2, sheet->paper->width);
    print_why(sheet);
    fputc('\n', out);
    if (sheet->report->profile->plain)
        rc_print_wrapped(
            out,
            "This run, the second of two, is of a build without hooks: nothing was counted. The profile of the first "
            "run, without .asleep, has the counts and leads to this one's times.",
            0, 0, sheet->paper->width);
    else if (sheet->report->profile->asleep)
        rc_print_wrapped(
            out,
            "The hooks slept in this run, the second of two: nothing was counted. The profile of the first "
            "run, without .asleep, has the counts and leads to this one's times.",
            0, 0, sheet->paper->width);
    else if (!sheet->report->traced && !rc_slept(sheet->report))
        rc_print_wrapped(
            out,
            "No function was entered through a hook: the table is the sampler's alone. Build the program with "
            "'recount cc' (or CC=\"recount cc\" make) for counts.",
            0, 0, sheet->paper->width);
    else if (sheet->report->traced && !sheet->report->timed)
        fputs("Recorded with --timestamps=none: the tracer took no times, so there are no shares to compare.\n", out);
    print_unexplained(sheet->paper, sheet->report);
    print_estimates(sheet);
    rc_print_asleep(sheet->paper, sheet->report);
    rc_print_sleep(sheet->paper, sheet->report);
    print_losses(sheet->paper, sheet->report);
    print_missing(sheet->paper, options->missing);
}

int rc_render_table(const struct rc_paper *paper, const struct rc_report *report,
                    const struct rc_table_options *options, struct rc_error *err) {
    struct sheet sheet = {.paper = paper,
                          .report = report,
                          .order = rc_functions_ordered(report, options->sort),
                          .table = rc_table_new(columns_of(report), sizeof columns / sizeof *columns),
                          .shown = calloc(report->n_functions + 1, sizeof(bool)),
                          .namesake = rc_namesakes(report)};
    int result = sheet.order && sheet.table && sheet.shown && sheet.namesake ? 0 : -1;
    if (result == 0) {
        rc_print_heading(paper, report);
        choose_rows(&sheet, options->top);
        if (sheet.n_shown)
            result = rc_table_print(sheet.table, paper->out, 0, paper->width, paper->colour);
        else
            fputs("No function was entered and none was sampled.\n", paper->out);
        print_closing(&sheet, options);
        if (report->pair && result == 0)
            result = rc_print_effects(paper, report);
    }
    free(sheet.order);
    free(sheet.shown);
    free(sheet.namesake);
    rc_table_free(sheet.table);
    if (result)
        return rc_fail(err, "no memory for the table");
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}
