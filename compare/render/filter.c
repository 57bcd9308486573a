/* The proposed filter, as a file that says why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/blind.h"
#include "compare/render/printable.h"
#include "compare/symbolize/names.h"

/* Without its arguments; what would stand for more than itself is escaped. */
static void print_name(FILE *out, const char *name) {
    size_t length = rc_name_length(name);
    for (size_t i = 0; i < length; i++) {
        if (strchr("*?\\", name[i]))
            fputc('\\', out);
        fputc((unsigned char)name[i] < ' ' || name[i] == 0x7f ? '?' : name[i], out);
    }
}

/* A name may hold anything, a line of its own as well. */
static void print_clean(FILE *out, const char *text) {
    char *clean = rc_printable(text);
    fputs(clean ? clean : "?", out);
    free(clean);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* The launcher finds the program by its file name. Of other objects it may be told later only, when they are opened:
 * these are named by their path. */
static const char *object_name(const struct rc_report *report, const char *object) {
    for (size_t p = 0; p < report->n_parts; p++)
        if (strcmp(report->parts[p].process->exe, object) == 0)
            return base_name(object);
    return object;
}

static void print_rule(FILE *out, const struct rc_report *report, const struct rc_probe_cost *row) {
    const struct rc_function *function = &report->functions[row->function];
    fprintf(out, "# %s entries, %s of own time; its hooks cost %s (%s of CPU time), by ",
            rc_text_count(function->entries).s, report->timed ? rc_text_time(function->self_ns).s : "(not timed)",
            rc_text_time((uint64_t)row->cost_ns).s,
            rc_text_percent(rc_ratio((uint64_t)row->cost_ns, report->cpu_ns)).s);
    if (row->sampled)
        fprintf(out, "%s samples in them\n", rc_text_count(row->samples).s);
    else
        fputs("calibration\n", out);
    fputs("sleep ", out);
    print_name(out, function->name);
    fputs(" in ", out);
    print_clean(out, object_name(report, function->object));
    fputc('\n', out);
}

static void print_prediction(FILE *out, const struct rc_report *report, const struct rc_blind *blind) {
    const struct rc_prediction *predicted = &blind->predicted;
    double percent = report->cpu_ns ? 100 / (double)report->cpu_ns : 0;
    if (!blind->n_proposed) {
        fputs("# No function's hooks cost so much that it should sleep: there is no rule.\n", out);
        return;
    }
    if (blind->n_proposed == 1)
        fputs("# This function", out);
    else
        fprintf(out, "# These %zu functions", blind->n_proposed);
    fprintf(out, ": predicted to save %.0f to %.0f%% of the CPU time (best guess %.0f%%, %s).\n",
            percent * predicted->low_ns, percent * predicted->high_ns, percent * predicted->ns,
            rc_text_time((uint64_t)predicted->ns).s);
    if (!predicted->sampled) {
        fputs("# It rests on their entries times the calibrated cost of a hook: samples in their hooks are too few.\n",
              out);
        return;
    }
    fprintf(out,
            "# It rests on %s samples in their hooks: %.1f%% of all, %.1f-%.1f%% with 95%% confidence. Not all of it\n",
            rc_text_count(blind->saving.samples).s, 100 * blind->saving.share, 100 * blind->saving.low,
            100 * blind->saving.high);
    fprintf(
        out,
        "# need be saved: a processor does part of the work around a hook beside it. In that code are %.1f%% of the\n"
        "# samples. The range is from what such work was measured to be at most, to none; the guess lies between.\n",
        100 * predicted->around.share);
}

static void print_reasons(FILE *out, const struct rc_report *report, const struct rc_blind *blind, const char *file) {
    fputs("# Proposed by recount filter from ", out);
    print_clean(out, file);
    fputs(": ", out);
    print_clean(out, report->profile->command);
    fprintf(out, "\n# Hooks cost about %s of %s of CPU time there (%s).\n", rc_text_time((uint64_t)blind->probes_ns).s,
            rc_text_time(report->cpu_ns).s, rc_text_percent(rc_ratio((uint64_t)blind->probes_ns, report->cpu_ns)).s);
    if (blind->n_nameless)
        fprintf(out,
                "# %zu function%s whose hooks cost %s of the CPU time cannot be named: their objects have no symbols "
                "(stripped).\n",
                blind->n_nameless, rc_plural(blind->n_nameless),
                rc_text_percent(rc_ratio((uint64_t)blind->nameless_ns, report->cpu_ns)).s);
    print_prediction(out, report, blind);
    if (blind->n_proposed)
        fputs(
            "# That holds if all their hooks can be taken out of the program, as the recording with the filter tells.\n"
            "# Asleep they are not counted, and what they do is their callers'.\n",
            out);
}

int rc_render_filter(FILE *out, const struct rc_report *report, const struct rc_blind *blind, const char *file,
                     struct rc_error *err) {
    print_reasons(out, report, blind, file);
    for (size_t i = 0; i < blind->n_probes; i++)
        if (blind->probes[i].keep == RC_KEEP_NOT) {
            fputc('\n', out);
            print_rule(out, report, &blind->probes[i]);
        }
    return fflush(out) || ferror(out) ? rc_fail(err, "the filter could not be written: %s", strerror(errno)) : 0;
}
