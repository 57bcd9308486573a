/* Blind spots for people. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/blind.h"
#include "compare/render/heading.h"
#include "compare/render/printable.h"
#include "compare/render/table.h"

enum { NAME_MOST = 512, UNDER_MOST = 2 };

struct sheet {
    const struct rc_paper *paper;
    const struct rc_report *report;
    const struct rc_blind *blind;
    const bool *namesakes;
    size_t top;
};

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void heading(const struct sheet *sheet, const char *text) {
    fprintf(sheet->paper->out, "\n%s%s%s\n", rc_colour_on(RC_BOLD, sheet->paper->colour), text,
            rc_colour_off(sheet->paper->colour));
}

static void sighted_cells(struct rc_table *table, const struct rc_sighted *seen) {
    char interval[64];
    snprintf(interval, sizeof interval, "%.1f-%.1f", 100 * seen->low, 100 * seen->high);
    rc_table_cell(table, rc_text_count(seen->samples).s, RC_PLAIN);
    rc_table_cell(table, rc_text_percent(seen->share).s, RC_PLAIN);
    rc_table_cell(table, interval, RC_PLAIN);
}

static const char *title(const struct sheet *sheet, uint32_t function, char *to) {
    return rc_function_title(&sheet->report->functions[function], sheet->namesakes[function], to, NAME_MOST);
}

static int print(const struct sheet *sheet, struct rc_table *table, size_t rows, size_t all) {
    int result = rc_table_print(table, sheet->paper->out, 2, sheet->paper->width, sheet->paper->colour);
    if (rows < all)
        fprintf(sheet->paper->out, "  %zu more; --top 0 shows all.\n", all - rows);
    rc_table_free(table);
    return result;
}

static size_t rows_of(const struct sheet *sheet, size_t n) {
    return sheet->top && sheet->top < n ? sheet->top : n;
}

/* ---- where the samples were ---- */

static int print_kinds(const struct sheet *sheet) {
    static const struct rc_column columns[] = {
        {NULL, "in", RC_LEFT}, {NULL, "samples", RC_RIGHT}, {NULL, "share", RC_RIGHT}, {NULL, "95%", RC_RIGHT}};
    static const char *const names[] = {[RC_SEEN_HOOKED] = "code with hooks",
                                        [RC_SEEN_PROBE] = "the hooks themselves",
                                        [RC_SEEN_NOWHERE] = "not known: no stack came with it",
                                        [RC_BLIND_LIBRARY] = "libraries",
                                        [RC_BLIND_INLINED] = "inlined code of others",
                                        [RC_BLIND_NO_HOOK] = "its own code without hooks",
                                        [RC_BLIND_ASLEEP] = "functions asleep by filter",
                                        [RC_BLIND_KERNEL] = "the kernel"};
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    if (!table)
        return -1;
    for (size_t k = 0; k < RC_SIGHT_KINDS; k++)
        if (sheet->blind->kinds[k].samples) {
            rc_table_cell(table, names[k], RC_PLAIN);
            sighted_cells(table, &sheet->blind->kinds[k]);
        }
    return print(sheet, table, 0, 0);
}

static void print_unsampled_time(const struct sheet *sheet) {
    const struct rc_report *report = sheet->report;
    char line[400];
    if (rc_ratio(sheet->blind->unsampled_ns, report->cpu_ns) < 0.01)
        return;
    snprintf(
        line, sizeof line, "%s of %s of CPU time (%s) have no sample: %s.", rc_text_time(sheet->blind->unsampled_ns).s,
        rc_text_time(report->cpu_ns).s, rc_text_percent(rc_ratio(sheet->blind->unsampled_ns, report->cpu_ns)).s,
        report->kernel_unseen ? "the sampler may not look into the kernel here, and threads may be too brief for it"
                              : "threads too brief for the sampler, or the first and last tick of each");
    rc_print_wrapped(sheet->paper->out, line, 0, 2, sheet->paper->width);
}

/* ---- code without hooks ---- */

static void under_cell(struct rc_table *table, const struct rc_blind_place *place) {
    char text[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < place->under.n && i < UNDER_MOST && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.80s %.0f%%", i ? ", " : "",
                                 place->under.items[i].name,
                                 100 * rc_ratio(place->under.items[i].count, place->seen.samples));
    if (place->under.n > UNDER_MOST && used < sizeof text)
        snprintf(text + used, sizeof text - used, ", ...");
    rc_table_cell(table, text, RC_PLAIN);
}

static int print_places(const struct sheet *sheet) {
    static const struct rc_column columns[] = {
        {NULL, "blind spot", RC_LEFT}, {NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
        {NULL, "object", RC_LEFT},     {NULL, "samples", RC_RIGHT},
        {NULL, "share", RC_RIGHT},     {NULL, "95%", RC_RIGHT},
        {NULL, "under", RC_LEFT}};
    size_t rows = rows_of(sheet, sheet->blind->n_places);
    heading(sheet, "Time in code without hooks");
    if (!rows) {
        fputs("  No sample was there.\n", sheet->paper->out);
        return 0;
    }
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    if (!table)
        return -1;
    for (size_t i = 0; i < rows; i++) {
        const struct rc_blind_place *place = &sheet->blind->places[i];
        rc_table_cell(table, rc_sight_word(place->kind), RC_PLAIN);
        rc_table_cell(table, place->name, RC_PLAIN);
        rc_table_cell(table, base_name(place->object), RC_DIM);
        sighted_cells(table, &place->seen);
        under_cell(table, place);
    }
    return print(sheet, table, rows, sheet->blind->n_places);
}

/* ---- counted, never sampled ---- */

static int print_unsampled(const struct sheet *sheet) {
    static const struct rc_column columns[] = {{NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
                                               {NULL, "entries", RC_RIGHT},
                                               {NULL, "own time", RC_RIGHT},
                                               {NULL, "samples expected", RC_RIGHT},
                                               {NULL, "chance of none", RC_RIGHT},
                                               {NULL, "", RC_LEFT | RC_OPTIONAL}};
    const struct rc_blind *blind = sheet->blind;
    size_t rows = rows_of(sheet, blind->n_unsampled), surprising = 0;
    heading(sheet, "Counted, and never sampled in their own code");
    if (!rows) {
        fputs("  None.\n", sheet->paper->out);
        return 0;
    }
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    if (!table)
        return -1;
    for (size_t i = 0; i < blind->n_unsampled; i++) {
        const struct rc_unsampled *row = &blind->unsampled[i];
        const struct rc_function *function = &sheet->report->functions[row->function];
        char name[NAME_MOST], expected[32], chance[32];
        surprising += row->surprising;
        if (i >= rows)
            continue;
        snprintf(expected, sizeof expected, "%.2g", row->expected);
        snprintf(chance, sizeof chance, row->probability < 0.001 ? "%.1g" : "%.3f", row->probability);
        rc_table_cell(table, title(sheet, row->function, name), RC_PLAIN);
        rc_table_cell(table, rc_text_count(function->entries).s, RC_PLAIN);
        rc_table_cell(table, sheet->report->timed ? rc_text_time(function->self_ns).s : "not timed", RC_PLAIN);
        rc_table_cell(table, sheet->report->timed ? expected : "-", RC_PLAIN);
        rc_table_cell(table, sheet->report->timed ? chance : "-", RC_PLAIN);
        rc_table_cell(table, row->surprising ? "surprising" : "-", RC_RED);
    }
    if (print(sheet, table, rows, blind->n_unsampled))
        return -1;
    if (!sheet->report->timed)
        fputs("  Without times (--timestamps=none) nothing can be expected.\n", sheet->paper->out);
    else if (surprising)
        fputs("  Surprising: the tracer's time is too high, as that of brief calls may be (--twice takes times from "
              "samples),\n"
              "  or it runs where no sample is taken.\n",
              sheet->paper->out);
    else
        fputs("  None of it is surprising: they ran too briefly for the sampler.\n", sheet->paper->out);
    return 0;
}

/* ---- probes ---- */

static int print_probes(const struct sheet *sheet) {
    static const struct rc_column columns[] = {{NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME},
                                               {NULL, "entries", RC_RIGHT},
                                               {NULL, "own time", RC_RIGHT},
                                               {"its hooks", "cost", RC_RIGHT},
                                               {"its hooks", "of CPU", RC_RIGHT},
                                               {"its hooks", "known by", RC_LEFT},
                                               {NULL, "in the filter", RC_LEFT}};
    const struct rc_blind *blind = sheet->blind;
    size_t rows = rows_of(sheet, blind->n_probes);
    heading(sheet, "The dearest hooks");
    if (!rows) {
        fputs("  No function was entered through a hook.\n", sheet->paper->out);
        return 0;
    }
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    if (!table)
        return -1;
    for (size_t i = 0; i < rows; i++) {
        const struct rc_probe_cost *row = &blind->probes[i];
        const struct rc_function *function = &sheet->report->functions[row->function];
        char name[NAME_MOST], by[48];
        snprintf(by, sizeof by, row->sampled ? "%s samples" : "calibration", rc_text_count(row->samples).s);
        rc_table_cell(table, title(sheet, row->function, name), RC_PLAIN);
        rc_table_cell(table, rc_text_count(function->entries).s, RC_PLAIN);
        rc_table_cell(table, sheet->report->timed ? rc_text_time(function->self_ns).s : "-", RC_PLAIN);
        rc_table_cell(table, rc_text_time((uint64_t)row->cost_ns).s, RC_PLAIN);
        rc_table_cell(table, rc_text_percent(rc_ratio((uint64_t)row->cost_ns, sheet->report->cpu_ns)).s, RC_PLAIN);
        rc_table_cell(table, by, RC_PLAIN);
        rc_table_cell(table, row->keep == RC_KEEP_NOT ? "sleep" : rc_keep_word(row->keep),
                      row->keep == RC_KEEP_NOT ? RC_BOLD : RC_DIM);
    }
    return print(sheet, table, rows, blind->n_probes);
}

static void print_proposal(const struct sheet *sheet) {
    const struct rc_blind *blind = sheet->blind;
    char line[600];
    if (!blind->n_proposed) {
        fputs("  None of them costs so much that a filter is worth it.\n", sheet->paper->out);
        return;
    }
    const struct rc_prediction *predicted = &blind->predicted;
    double percent = sheet->report->cpu_ns ? 100 / (double)sheet->report->cpu_ns : 0;
    char who[32];
    if (blind->n_proposed == 1)
        snprintf(who, sizeof who, "%s", blind->n_probes == 1 ? "it" : "one of them");
    else
        snprintf(who, sizeof who, "%zu of them", blind->n_proposed);
    int used =
        snprintf(line, sizeof line, "Asleep, %s would save %.0f to %.0f%% of %s of CPU time (best guess %.0f%%, %s)",
                 who, percent * predicted->low_ns, percent * predicted->high_ns, rc_text_time(sheet->report->cpu_ns).s,
                 percent * predicted->ns, rc_text_time((uint64_t)predicted->ns).s);
    if (predicted->sampled)
        used += snprintf(line + used, sizeof line - (size_t)used,
                         ": %.1f-%.1f%% of the samples were in their hooks (95%%), which hide part of the work around "
                         "them",
                         100 * blind->saving.low, 100 * blind->saving.high);
    else
        used += snprintf(line + used, sizeof line - (size_t)used, ", by calibration, with too few samples in them");
    snprintf(line + used, sizeof line - (size_t)used,
             ". 'recount filter -o FILE' writes the filter, 'recount record --filter FILE' applies it.");
    fputs("  ", sheet->paper->out);
    rc_print_wrapped(sheet->paper->out, line, 2, 2, sheet->paper->width);
}

int rc_render_blind(const struct rc_paper *paper, const struct rc_report *report, const struct rc_blind *blind,
                    size_t top, struct rc_error *err) {
    bool *namesakes = rc_namesakes(report);
    struct sheet sheet = {paper, report, blind, namesakes, top};
    int result = namesakes ? 0 : -1;
    if (result == 0) {
        rc_print_heading(paper, report);
        result = print_kinds(&sheet);
        print_unsampled_time(&sheet);
    }
    if (result == 0 && (print_places(&sheet) || print_unsampled(&sheet) || print_probes(&sheet)))
        result = -1;
    if (result == 0 && blind->n_probes)
        print_proposal(&sheet);
    free(namesakes);
    if (result)
        return rc_fail(err, "no memory for the tables");
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}
