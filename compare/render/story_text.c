/* `recount explain` for people: sums that close, then who, when and why. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/causes.h"
#include "compare/explain/evidence.h"
#include "compare/explain/numbers.h"
#include "compare/explain/pair.h"
#include "compare/explain/sightings.h"
#include "compare/model/pair.h"
#include "compare/model/statistics.h"
#include "compare/render/awaits.h"
#include "compare/render/pair.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"
#include "compare/render/table.h"

enum { NUMBER_WIDTH = 14, LIST_MOST = 12, NAME_MOST = 300 };

struct story {
    const struct rc_paper *paper;
    const struct rc_report *report;
    const struct rc_function *f;
};

static void heading(const struct story *story, const char *title) {
    fprintf(story->paper->out, "\n%s%s%s\n", rc_colour_on(RC_BOLD, story->paper->colour), title,
            rc_colour_off(story->paper->colour));
}

/* One line of a sum: the number, what it is, and a remark. */
static void term(const struct story *story, const char *number, const char *name, const char *remark) {
    if (!*remark) {
        fprintf(story->paper->out, "%*s  %s\n", NUMBER_WIDTH, number, name);
        return;
    }
    fprintf(story->paper->out, "%*s  %-9s  ", NUMBER_WIDTH, number, name);
    rc_print_wrapped(story->paper->out, remark, NUMBER_WIDTH + 13, NUMBER_WIDTH + 13, story->paper->width);
}

static void rule(const struct story *story) {
    fprintf(story->paper->out, "%*s\n", NUMBER_WIDTH, "-----------");
}

static void place(const struct story *story) {
    const struct rc_function *f = story->f;
    char where[NAME_MOST];
    FILE *out = story->paper->out;
    fputs(rc_colour_on(RC_BOLD, story->paper->colour), out);
    rc_print_wrapped(out, f->name, 0, 4, story->paper->width);
    fputs(rc_colour_off(story->paper->colour), out);
    if (f->file && f->line)
        snprintf(where, sizeof where, "  %s:%" PRIu32 ", in %s", f->file, f->line, f->object);
    else
        snprintf(where, sizeof where, "  in %s", f->object);
    fputs("  ", out);
    rc_print_wrapped(out, where, 2, 2, story->paper->width);
}

static void entries(const struct story *story) {
    const struct rc_function *f = story->f;
    char remark[256];
    uint64_t with_entry = f->calls - f->calls_without_entry;
    heading(story, "Entries");
    *remark = '\0';
    if (with_entry)
        snprintf(remark, sizeof remark, "%s%s%s%s", f->recursive ? rc_text_count(f->recursive).s : "",
                 f->recursive ? " of them recursive; " : "", f->from_signal ? rc_text_count(f->from_signal).s : "",
                 f->from_signal ? " from a signal handler; " : "");
    size_t used = strlen(remark);
    if (with_entry || !f->calls_without_entry)
        snprintf(remark + used, sizeof remark - used, "one entry each%s",
                 f->identity.doubt ? ", not proven"
                 : f->resumes      ? ", the first"
                                   : "");
    term(story, rc_text_count(with_entry).s, "calls", remark);
    snprintf(remark, sizeof remark, "after a suspension; %s of them idle: suspended again at %s",
             rc_text_count(f->idle_resumes).s, f->identity.by == RC_EVIDENCE_STATE ? "the same place" : "once");
    term(story, rc_text_count(f->resumes).s, "resumes", f->resumes ? remark : "");
    term(story, rc_text_count(f->internal).s, "internal",
         f->internal ? "frames destroyed, and the compiler's clones calling one another: no call and no resume" : "");
    if (f->unexplained)
        term(story, rc_text_signed(f->unexplained).s, "unexplained", "a defect of recount, please report it");
    rule(story);
    snprintf(remark, sizeof remark, "%s was cut off by the end of the process before it told what it was",
             rc_text_count(f->in_flight).s);
    term(story, rc_text_count(f->entries).s, "entries", f->in_flight ? remark : "as the hooks counted them");
    if (f->calls_without_entry)
        term(story, rc_text_count(f->calls_without_entry).s, "calls",
             "besides, without an entry: the compiler inlined the ramp, and their frames alone tell of them");
}

static void say(const struct story *story, const char *sentence) {
    fputs("   ", story->paper->out);
    rc_print_wrapped(story->paper->out, sentence, 3, 3, story->paper->width);
}

static struct rc_text mean(uint64_t ns, uint64_t count) {
    return rc_text_time(count ? ns / count : 0);
}

static void add_point(struct rc_await_point *sum, const struct rc_await_point *point) {
    sum->count += point->count;
    sum->idle += point->idle;
    sum->open += point->open;
    sum->awaiting_ns += point->awaiting_ns;
    sum->queued_ns += point->queued_ns;
    sum->ready_told |= point->ready_told;
}

static int awaits(const struct story *story) {
    static const struct rc_column columns[] = {RC_AWAIT_COLUMNS};
    const struct rc_function *f = story->f;
    struct rc_await_point rest;
    bool more = rc_await_rest(f, &rest);
    if (!f->n_awaits && !more)
        return 0;
    struct rc_table *table = rc_table_new(columns, sizeof columns / sizeof *columns);
    if (!table)
        return -1;
    heading(story, "Await points");
    struct rc_await_point all = {.file = "", .awaited = ""};
    bool several = f->n_awaits + more > 1;
    for (size_t i = 0; i < f->n_awaits; i++)
        add_point(&all, &f->awaits[i]);
    if (more)
        add_point(&all, &rest);
    for (size_t i = 0; i < f->n_awaits; i++)
        rc_await_cells(table, &f->awaits[i], several ? rc_await_wait(&all) : 0);
    if (more)
        rc_await_cells(table, &rest, several ? rc_await_wait(&all) : 0);
    if (several)
        rc_await_cells(table, &all, 0);
    int result = rc_table_print(table, story->paper->out, 3, story->paper->width, story->paper->colour);
    rc_table_free(table);
    return result;
}

static void list(const struct story *story, const char *title, const struct rc_tallies *tallies) {
    if (!tallies->n)
        return;
    heading(story, title);
    uint64_t rest = 0;
    for (size_t i = 0; i < tallies->n; i++) {
        if (i >= LIST_MOST) {
            rest += tallies->items[i].count;
            continue;
        }
        fprintf(story->paper->out, "%*s  ", NUMBER_WIDTH, rc_text_count(tallies->items[i].count).s);
        rc_print_wrapped(story->paper->out, tallies->items[i].name, NUMBER_WIDTH + 2, NUMBER_WIDTH + 4,
                         story->paper->width);
    }
    if (rest)
        fprintf(story->paper->out, "%*s  from %zu others\n", NUMBER_WIDTH, rc_text_count(rest).s,
                tallies->n - LIST_MOST);
}

static bool same(const struct rc_tallies *a, const struct rc_tallies *b) {
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->items[i].count != b->items[i].count || strcmp(a->items[i].name, b->items[i].name))
            return false;
    return true;
}

static void callers(const struct story *story) {
    const struct rc_function *f = story->f;
    if (same(&f->callers, &f->physical_callers)) {
        list(story, "Called by", &f->callers);
        return;
    }
    list(story, "Calls, by who made them", &f->callers);
    list(story, "Entries, by whose code they came from", &f->physical_callers);
}

static void time_term(const struct story *story, uint64_t ns, const char *name, const char *remark) {
    const struct rc_function *f = story->f;
    char text[64], share[16] = "";
    if (f->time.total)
        snprintf(share, sizeof share, "%5.1f%%", 100 * rc_ratio(ns, f->time.total));
    snprintf(text, sizeof text, "%9.3f ms", (double)ns / 1e6);
    fprintf(story->paper->out, "%*s  %-9s %6s %9s a call", NUMBER_WIDTH, text, name, share,
            mean(ns, f->calls - f->recursive).s);
    fprintf(story->paper->out, "%s%s\n", *remark ? "   " : "", remark);
}

static const char *queued_remark(const struct rc_function *f) {
    if (f->time.queued)
        return "ready or due, and not resumed yet";
    for (size_t i = 0; i < f->n_awaits; i++)
        if (f->awaits[i].ready_told)
            return "";
    return f->time.awaiting ? "not told: nothing said when it was ready" : "";
}

static void times(const struct story *story) {
    const struct rc_function *f = story->f;
    char remark[160];
    if ((!story->report->timed && !story->report->pair) || !f->hooked)
        return;
    heading(story, f->registers   ? "Time of its calls, and of waiting for the callbacks that they registered"
                   : f->recursive ? "Time, from begin to end of its outermost calls"
                                  : "Time, from begin to end of its calls");
    snprintf(remark, sizeof remark, "%s of it in its own code", rc_text_time(f->self_ns).s);
    time_term(story, f->time.running, "running", remark);
    time_term(story, f->time.blocked, "blocked", f->time.blocked ? "off the CPU, holding its thread" : "");
    time_term(story, f->time.awaiting, "awaiting", f->time.awaiting ? "what it waits for not there yet" : "");
    time_term(story, f->time.queued, "queued", queued_remark(f));
    time_term(story, f->time.probes, "probes", f->time.probes ? "recount's own hooks" : "");
    rule(story);
    snprintf(remark, sizeof remark, "%s of it scaled up from timed calls, or told by samples",
             rc_text_percent(rc_ratio(f->estimated_ns, f->time.total)).s);
    time_term(story, f->time.total, "total", f->estimated_ns ? remark : "");
}

static const char *told_by_samples(const struct story *story, char *line, size_t room) {
    if (!story->report->pair)
        return "The tracer's share is mostly what samples told, for calls too short for a clock or waits on it: the "
               "two "
               "are not independent. recount record --twice measures it apart.";
    snprintf(
        line, room,
        "The share awake is mostly what that run's samples told: no clock is compared here. They may be off by %.1f "
        "points (95%%), which the verdict counts as well.",
        100 * RC_Z95 * story->f->share.tracer_error);
    return line;
}

/* Some of the code that is named has hooks, and slept in a run. */
static bool any_asleep(const struct story *story, const struct rc_tallies *tallies) {
    for (size_t f = 0; f < story->report->n_functions; f++) {
        const struct rc_function *function = &story->report->functions[f];
        if (!function->asleep && !function->asleep_runs)
            continue;
        for (size_t i = 0; i < tallies->n; i++)
            if (strcmp(tallies->items[i].name, function->name) == 0)
                return true;
    }
    return false;
}

static void sampler(const struct story *story) {
    const struct rc_function *f = story->f;
    char line[600];
    heading(story, "The sampler");
    snprintf(line, sizeof line, "Of %s samples on a CPU, %s had it on the stack and %s were in its own code.",
             rc_text_count(story->report->kept_samples).s, rc_text_count(f->seen.total).s,
             rc_text_count(f->seen.self).s);
    say(story, line);
    if (f->share.compared) {
        static const char *const verdicts[] = {"too few samples to tell", "they agree", "they disagree"};
        snprintf(line, sizeof line,
                 "Share of running time: tracer%s %s, sampler%s%s %s [%.1f, %.1f]: %s (the samples tell as much as %s "
                 "independent "
                 "ones; of a difference of %.1f points or more, four in five would be seen).",
                 story->report->pair ? " awake" : "", rc_text_percent(f->share.tracer).s,
                 story->report->pair ? " " : "", story->report->pair ? rc_second_word(story->report->pair) : "",
                 rc_text_percent(f->share.sampler).s, 100 * f->share.low, 100 * f->share.high, verdicts[f->verdict],
                 rc_text_count((uint64_t)f->share.n_effective).s, 100 * f->share.detectable);
        say(story, line);
        if (rc_verdict_is_sampled(story->report, f))
            say(story, told_by_samples(story, line, sizeof line));
    }
    if (*rc_text_sightings(f).s)
        say(story, rc_text_sightings(f).s);
    list(story,
         any_asleep(story, &f->leaves) ? "Its own samples in code whose hooks slept, or without hooks"
                                       : "Its own samples in code without hooks",
         &f->leaves);
    list(story, "Its samples off the CPU, by system call", &f->syscalls);
}

/* What the witnesses differ by, and the parts of it. */
static void accounts(const struct story *story) {
    char line[700];
    bool any = false;
    for (enum rc_of of = 0; of < RC_OFS; of++) {
        rc_account_sentence(story->f, of, line, sizeof line);
        if (!*line)
            continue;
        if (!any)
            heading(story, "Differences, and what they are made of");
        any = true;
        fprintf(story->paper->out, "   %-8s", rc_of_name(of));
        rc_print_wrapped(story->paper->out, line, 11, 11, story->paper->width);
    }
}

static void causes(const struct story *story, const struct rc_explanation *why) {
    FILE *out = story->paper->out;
    if (!why->n_reasons && !*why->doubt)
        return;
    heading(story, "Causes");
    for (size_t i = 0; i < why->n_reasons; i++) {
        const struct rc_reason *reason = &why->reasons[i];
        fprintf(out, "   %-17s ", rc_cause_name(reason->cause));
        rc_print_wrapped(out, reason->text, 21, 21, story->paper->width);
        if (!*reason->advice)
            continue;
        fprintf(out, "%*s-> ", 18, "");
        rc_print_wrapped(out, reason->advice, 21, 21, story->paper->width);
    }
    if (*why->doubt)
        say(story, why->doubt);
}

static void identity(const struct story *story) {
    const char *sentence = rc_evidence_sentence(story->f->identity.by);
    char line[300];
    if (!sentence)
        return;
    snprintf(line, sizeof line, "Identity: %s", sentence);
    say(story, line);
}

int rc_render_story(const struct rc_paper *paper, const struct rc_report *report, const struct rc_function *function,
                    struct rc_error *err) {
    struct story story = {paper, report, function};
    struct rc_explanation why;
    char line[sizeof why.headline + 2];
    rc_explain(report, function, &why);
    place(&story);
    fputc('\n', paper->out);
    snprintf(line, sizeof line, "%s.", why.headline);
    say(&story, line);
    int result = 0;
    if (function->hooked) {
        identity(&story);
        entries(&story);
        if (*why.identity)
            say(&story, why.identity);
        result = awaits(&story);
        callers(&story);
        times(&story);
    }
    rc_print_effect(paper, report, function);
    sampler(&story);
    accounts(&story);
    causes(&story, &why);
    if (result)
        return rc_fail(err, "no memory for the explanation");
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}
