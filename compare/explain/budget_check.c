/* Budgets against a report. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/budget.h"
#include "compare/explain/budget_times.h"
#include "compare/explain/find.h"
#include "compare/explain/numbers.h"
#include "compare/model/blocking.h"
#include "compare/model/tree.h"

struct check {
    const struct rc_report *report;
    const struct rc_budget_rule *rule;
    struct rc_finding *finding;
    const struct rc_function *function, *per; /* of the rule, where it names them */
};

__attribute__((format(printf, 3, 4))) static void say(struct check *check, enum rc_finding_state state,
                                                      const char *format, ...) {
    va_list list;
    check->finding->state = state;
    va_start(list, format);
    vsnprintf(check->finding->text, sizeof check->finding->text, format, list);
    va_end(list);
}

__attribute__((format(printf, 2, 3))) static void add(struct check *check, const char *format, ...) {
    size_t used = strlen(check->finding->text);
    va_list list;
    va_start(list, format);
    vsnprintf(check->finding->text + used, sizeof check->finding->text - used, format, list);
    va_end(list);
}

static bool holds(enum rc_comparison comparison, double value, double limit) {
    switch (comparison) {
    case RC_AT_MOST:
        return value <= limit;
    case RC_LESS:
        return value < limit;
    case RC_AT_LEAST:
        return value >= limit;
    case RC_MORE:
        return value > limit;
    default:
        return value == limit;
    }
}

/* ---- what a quantity is ---- */

/* A function's, or a row's of the tree. */
struct quantities {
    uint64_t calls, entries, resumes, idle, recursive;
    const struct rc_time *time;
};

static struct quantities of_function(const struct rc_function *f) {
    return (struct quantities){f->calls, f->entries, f->resumes, f->idle_resumes, f->recursive, &f->time};
}

static struct quantities of_row(const struct rc_tree_row *row) {
    return (struct quantities){row->calls, row->entries, row->resumes, row->idle, row->recursive, &row->time};
}

static double take(enum rc_budget_of of, struct quantities from) {
    switch (of) {
    case RC_BUDGET_CALLS:
        return (double)from.calls;
    case RC_BUDGET_ENTRIES:
        return (double)from.entries;
    case RC_BUDGET_RESUMES:
        return (double)from.resumes;
    case RC_BUDGET_IDLE:
        return (double)from.idle;
    case RC_BUDGET_RECURSIVE:
        return (double)from.recursive;
    case RC_BUDGET_RUNNING:
        return (double)from.time->running;
    case RC_BUDGET_BLOCKED:
        return (double)from.time->blocked;
    case RC_BUDGET_AWAITING:
        return (double)from.time->awaiting;
    default:
        return (double)from.time->queued;
    }
}

/* Over the rows of the function below rows of the other one; inclusive times of the outermost of them alone. */
static double below(const struct check *check) {
    const struct rc_tree *tree = check->report->tree;
    uint32_t function = (uint32_t)(check->function - check->report->functions);
    uint32_t per = (uint32_t)(check->per - check->report->functions);
    size_t per_end = 0, own_end = 0; /* behind the subtrees that the present row is in */
    double sum = 0;
    for (size_t i = 0; i < tree->n; i++) {
        const struct rc_tree_row *row = &tree->rows[i];
        bool inside = i < per_end, again = i < own_end;
        if (inside && row->function == function) {
            sum += check->rule->unit == RC_UNIT_TIME && again ? 0 : take(check->rule->of, of_row(row));
            own_end = again ? own_end : row->end;
        }
        if (!inside && row->function == per)
            per_end = row->end;
    }
    return sum;
}

static struct rc_text amount(enum rc_unit unit, double value) {
    struct rc_text text;
    if (unit == RC_UNIT_TIME)
        return rc_text_time((uint64_t)value);
    if (unit == RC_UNIT_SHARE)
        return rc_text_percent(value);
    if (value == (double)(uint64_t)value)
        return rc_text_count((uint64_t)value);
    snprintf(text.s, sizeof text.s, "%.4g", value);
    return text;
}

/* ---- what speaks against a figure ---- */

/* A count that is not known for certain keeps no budget; one that is a lower bound breaks what it breaks. */
static void doubt(struct check *check) {
    const struct rc_function *f = check->function;
    enum rc_budget_of of = check->rule->of;
    bool at_most = check->rule->comparison == RC_AT_MOST || check->rule->comparison == RC_LESS;
    if (of != RC_BUDGET_ENTRIES && rc_is_doubted(f))
        say(check, RC_UNSURE, "its entries look like re-entry, not proven: 'recount explain' says by what");
    else if (of != RC_BUDGET_CALLS && of != RC_BUDGET_ENTRIES && f->body_unhooked)
        say(check, RC_UNSURE, "its body has no hooks in this build: resumes and times are not seen");
    else if (f->unexplained)
        say(check, RC_UNSURE, "%s of its entries are not explained", rc_text_signed(f->unexplained).s);
    else if (check->rule->unit == RC_UNIT_TIME && !check->report->timed)
        say(check, RC_UNSURE, "the recording took no times");
    else if (check->finding->state == RC_HELD && at_most && check->report->lost_contexts)
        add(check, "; but %s entries found no room in the profile", rc_text_count(check->report->lost_contexts).s);
    else
        return;
    check->finding->state = RC_UNSURE;
}

static void judge(struct check *check, double value) {
    check->finding->value = value;
    check->finding->measured = true;
    bool held = holds(check->rule->comparison, value, check->rule->limit);
    say(check, held ? RC_HELD : RC_BROKEN, "%s", amount(check->rule->unit, value).s);
}

static void check_ratio(struct check *check, double whole, double of, const char *what) {
    if (of <= 0) {
        say(check, RC_UNSURE, "there was no call of '%s'", what);
        return;
    }
    judge(check, whole / of);
    add(check, " (%s in %s call%s of %s)", amount(check->rule->unit, whole).s, rc_text_count((uint64_t)of).s,
        rc_plural((uint64_t)of), what);
    doubt(check);
}

static void check_inflation(struct check *check) {
    const struct rc_function *f = check->function;
    if (!f->calls) {
        say(check, RC_UNSURE, "no call of it is known, of %s entries", rc_text_count(f->entries).s);
        return;
    }
    judge(check, (double)f->entries / (double)f->calls);
    add(check, " (%s entries, %s call%s)", rc_text_count(f->entries).s, rc_text_count(f->calls).s, rc_plural(f->calls));
    doubt(check);
}

/* The sampler's share is an estimate: what lies across the limit is neither. */
static void check_share(struct check *check) {
    const struct rc_share *share = &check->function->share;
    if (share->n_effective <= 0) {
        say(check, RC_UNSURE, "no sample tells");
        return;
    }
    judge(check, share->sampler);
    add(check, " of the samples (95%%: %s to %s)", rc_text_percent(share->low).s, rc_text_percent(share->high).s);
    bool low = holds(check->rule->comparison, share->low, check->rule->limit);
    bool high = holds(check->rule->comparison, share->high, check->rule->limit);
    check->finding->state = low && high ? RC_HELD : low || high ? RC_UNSURE : RC_BROKEN;
}

/* The rule's figure as a part of the function's time; of a time of 0, as if all of it counted. */
static double part_of_all(const struct check *check, double whole) {
    if (whole > 0)
        return check->finding->value / whole;
    if (check->per)
        return 1 / (double)check->per->calls;
    return check->rule->per ? 1 / (double)check->function->calls : 1;
}

/* Where the two witnesses contradict one another, a limit between what they say is neither kept nor broken. */
static void doubt_time(struct check *check) {
    struct rc_finding *finding = check->finding;
    const struct rc_budget_rule *rule = check->rule;
    struct rc_estimate sampled;
    double whole = take(rule->of, of_function(check->function));
    bool awake = check->report->pair && check->per; /* the tree's times are those of the first run */
    if (rule->unit != RC_UNIT_TIME || finding->state == RC_UNSURE || awake ||
        !rc_budget_sampled(check->report, check->function, rule->of, &sampled))
        return;
    double part = part_of_all(check, whole), high = sampled.high * part;
    double low = whole <= 0 && check->per ? 0 : sampled.low * part; /* how much of it was below the other: not known */
    bool held = finding->state == RC_HELD;
    if (holds(rule->comparison, low, rule->limit) == held && holds(rule->comparison, high, rule->limit) == held)
        return;
    const char *format = check->report->pair
                             ? ", of a second run's samples; the limit lies within their 95%% interval, %s to %s"
                             : "; but %s to %s by the samples (95%%): the two disagree, and the limit lies between";
    add(check, format, amount(RC_UNIT_TIME, low).s, amount(RC_UNIT_TIME, high).s);
    finding->state = RC_UNSURE;
}

static void check_quantity(struct check *check) {
    const struct rc_budget_rule *rule = check->rule;
    if (rule->of == RC_BUDGET_INFLATION)
        check_inflation(check);
    else if (rule->of == RC_BUDGET_SHARE)
        check_share(check);
    else if (check->per)
        check_ratio(check, below(check), (double)check->per->calls, check->per->name);
    else if (rule->per)
        check_ratio(check, take(rule->of, of_function(check->function)), (double)check->function->calls,
                    check->function->name);
    else {
        judge(check, take(rule->of, of_function(check->function)));
        if (check->report->runs > 1)
            add(check, " in %zu runs", check->report->runs);
        doubt(check);
    }
    doubt_time(check);
}

/* ---- what must not be ---- */

static const char *name_of(const struct rc_report *report, uint32_t function) {
    return function == RC_NONE ? "[unknown]" : report->functions[function].name;
}

static void check_stall(struct check *check) {
    const struct rc_report *report = check->report;
    const struct rc_stall_row *longest = NULL;
    size_t n = 0;
    for (size_t i = 0; i < report->n_stalls; i++) {
        const struct rc_stall_row *stall = &report->stalls[i];
        bool there =
            !check->function || (stall->function != RC_NONE && &report->functions[stall->function] == check->function);
        if (!there || (double)stall->duration_ns <= check->rule->limit)
            continue;
        longest = !longest || stall->duration_ns > longest->duration_ns ? stall : longest;
        n++;
    }
    if (!longest) {
        bool known = report->timed && !report->lost_events;
        say(check, known ? RC_HELD : RC_UNSURE, "%s",
            known           ? "none"
            : report->timed ? "none was seen, but events were lost"
                            : "the recording took no times");
        return;
    }
    check->finding->value = (double)longest->duration_ns;
    check->finding->measured = true;
    say(check, RC_BROKEN, "%zu stall%s, the longest %s in %s%s%s", n, rc_plural(n),
        rc_text_time(longest->duration_ns).s, name_of(report, longest->function),
        longest->syscall ? ", in " : ", on the CPU", longest->syscall ? longest->syscall : "");
}

static int check_blocking(struct check *check) {
    struct rc_blocking *calls;
    size_t n;
    uint32_t inside = check->function ? (uint32_t)(check->function - check->report->functions) : RC_NONE;
    if (rc_blocking_list(check->report, inside, &calls, &n))
        return -1;
    if (n) {
        check->finding->value = (double)calls[0].ns;
        check->finding->measured = true;
        say(check, RC_BROKEN, "%s in %s, found at %s look%s (%s)", calls[0].syscall,
            name_of(check->report, calls[0].function), rc_text_count(calls[0].looks).s, rc_plural(calls[0].looks),
            rc_text_time(calls[0].ns).s);
        if (n > 1)
            add(check, "; and %zu more", n - 1);
    } else {
        say(check, RC_HELD, "none was found at %" PRIu32 " looks a second", check->report->profile->sample_hz);
    }
    free(calls);
    return 0;
}

static void check_losses(struct check *check) {
    const struct rc_report *report = check->report;
    uint64_t unexplained = 0;
    for (size_t i = 0; i < report->n_functions; i++)
        unexplained += report->functions[i].unexplained != 0;
    uint64_t all = report->lost_samples + report->lost_contexts + report->lost_events + report->damage +
                   report->unmatched_exits + unexplained;
    check->finding->value = (double)all;
    check->finding->measured = true;
    if (!all)
        say(check, RC_HELD, "none");
    else
        say(check, RC_BROKEN,
            "lost: %s samples, %s entries' contexts, %s events, %s records; %s exits without an entry; %s functions "
            "whose ledger does not close",
            rc_text_count(report->lost_samples).s, rc_text_count(report->lost_contexts).s,
            rc_text_count(report->lost_events).s, rc_text_count(report->damage).s,
            rc_text_count(report->unmatched_exits).s, rc_text_count(unexplained).s);
}

static void check_no_calls(struct check *check) {
    if (!check->function || !check->function->entries) {
        say(check, check->report->lost_contexts ? RC_UNSURE : RC_HELD, "none%s",
            check->report->lost_contexts ? " was seen, but some entries found no room in the profile" : "");
        return;
    }
    judge(check, (double)check->function->calls);
    check->finding->state = RC_BROKEN;
    if (check->function->callers.n)
        add(check, " call%s, most by %s", rc_plural(check->function->calls), check->function->callers.items[0].name);
}

/* False: the rule is broken by that, or held where it asks for no more. */
static bool find(struct check *check, const char *name, const struct rc_function **function) {
    struct rc_error err;
    if (!name || !*name || rc_function_find(function, check->report, name, &err) == 0)
        return true;
    if (check->rule->of != RC_BUDGET_NO_CALLS)
        say(check, RC_BROKEN, "%s", err.text);
    *function = NULL;
    return check->rule->of == RC_BUDGET_NO_CALLS;
}

/* A filter put it to sleep, in all runs or in some: what was counted is not all that happened. */
static bool slept(const struct rc_function *f) {
    return f && f->asleep && (!f->hooked || f->asleep_runs);
}

/* What is measured is too little: of an upper limit it proves that it was broken, and nothing else. */
static void doubt_sleepers(struct check *check) {
    enum rc_budget_of of = check->rule->of;
    bool proven = check->finding->state == RC_BROKEN && !slept(check->per) &&
                  (of == RC_BUDGET_NO_CALLS || of == RC_BUDGET_NO_STALL || of == RC_BUDGET_NO_BLOCKING ||
                   check->rule->comparison == RC_AT_MOST || check->rule->comparison == RC_LESS);
    bool ratio = of == RC_BUDGET_INFLATION && check->function && check->function->hooked; /* of the runs awake alone */
    if (proven || ratio || !(slept(check->function) || slept(check->per)))
        return;
    const struct rc_function *f = slept(check->per) ? check->per : check->function;
    add(check, "; but a filter put '%.60s' to sleep", f->name);
    if (f->hooked)
        add(check, " in %" PRIu32 " of %zu runs", f->asleep_runs, check->report->runs);
    check->finding->state = RC_UNSURE;
}

static int check_rule(struct check *check) {
    if (!find(check, check->rule->function, &check->function) || !find(check, check->rule->per, &check->per))
        return 0;
    switch (check->rule->of) {
    case RC_BUDGET_NO_STALL:
        check_stall(check);
        return 0;
    case RC_BUDGET_NO_BLOCKING:
        return check_blocking(check);
    case RC_BUDGET_NO_CALLS:
        check_no_calls(check);
        return 0;
    case RC_BUDGET_NO_LOSSES:
        check_losses(check);
        return 0;
    default:
        if (check->function) /* each of these rules names one */
            check_quantity(check);
        return 0;
    }
}

int rc_budget_check(const struct rc_budget *budget, const struct rc_report *report, struct rc_finding **out,
                    struct rc_error *err) {
    int result = 0;
    *out = calloc(budget->n + 1, sizeof **out);
    for (size_t i = 0; *out && i < budget->n && result == 0; i++) {
        struct check check = {.report = report, .rule = &budget->rules[i], .finding = &(*out)[i]};
        result = check_rule(&check);
        doubt_sleepers(&check);
    }
    if (*out && result == 0)
        return 0;
    free(*out);
    *out = NULL;
    return rc_fail(err, "no memory for the check");
}
