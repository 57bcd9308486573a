/* The accounts: what the differences between the witnesses are made of, on profiles whose parts are known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/causes.h"
#include "compare/model/pair.h"
#include "tests/unit/model_fixture.h"
#include "tests/unit/render_story.h"

enum { SECOND = 1000000000, TICK = 1000000 };

/* main runs for a second, half of it in work. */
struct scene {
    struct fixture *f;
    uint64_t main_fn, work_fn;
    uint32_t main_node, work_node, main_path, work_path, main_native, work_native;
};

static uint32_t lasting(struct fixture *f, uint32_t parent, uint64_t fn, uint64_t calls, uint64_t ticks) {
    uint32_t node = fixture_node(f, parent, fn, 0, calls);
    f->nodes[node].long_count = calls;
    f->nodes[node].long_ticks = ticks;
    return node;
}

static struct scene scene(void) {
    struct scene s = {.f = fixture_new()};
    s.main_fn = fixture_symbol(s.f, "main", 0);
    s.work_fn = fixture_symbol(s.f, "work", 0);
    s.main_node = lasting(s.f, 0, s.main_fn, 1, SECOND);
    s.work_node = lasting(s.f, s.main_node, s.work_fn, 100, SECOND / 2);
    s.main_path = fixture_path(s.f, RC_NONE, s.main_node, 1);
    s.work_path = fixture_path(s.f, s.main_path, s.work_node, 1);
    s.main_native = fixture_native(s.f, RC_NONE, s.main_fn + 0x21, true);
    s.work_native = fixture_native(s.f, s.main_native, s.work_fn + 0x30, true);
    return s;
}

static void take(struct scene *s, int n, uint32_t path, uint32_t native) {
    for (int i = 0; i < n; i++)
        fixture_sample(s->f, path, native);
}

static void amount_is(const struct rc_function *f, enum rc_of of, unsigned row, double wanted, double within) {
    double got = (double)rc_account_of(f, of, row);
    cr_assert(fabs(got - wanted) <= within, "%s, %s: %s is %.0f, wanted %.0f", f->name, rc_of_name(of),
              rc_row_name(row), got, wanted);
}

static void only(const struct rc_function *f, enum rc_cause cause) {
    cr_assert_eq(f->causes, 1u << cause, "%s: causes are %x, wanted %s", f->name, f->causes, rc_cause_name(cause));
}

/* The tracer thinks for 200 ms that work goes on; by the stack it is main. */
Test(model_accounts, lost_exits) {
    struct scene s = scene();
    fixture_extra(s.f, s.work_node)->lost_exits = 100;
    take(&s, 500, s.main_path, s.main_native);
    take(&s, 200, s.work_path, s.main_native);
    take(&s, 300, s.work_path, s.work_native);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work"), *main_ = fixture_function(report, "main");
    amount_is(work, RC_OF_SHARE, RC_LOST_EXITS, 20 * RC_POINT, 0);
    amount_is(main_, RC_OF_SHARE, RC_LOST_EXITS, -20 * RC_POINT, 0);
    amount_is(work, RC_OF_SHARE, RC_ROW_UNEXPLAINED, 0, 0);
    amount_is(work, RC_OF_TIME, RC_LOST_EXITS, 200 * TICK, 0);
    only(work, RC_LOST_EXITS);
    only(main_, RC_LOST_EXITS);
    rc_report_free(report);
    fixture_free(s.f);
}

/* The same samples, and no exit was lost: what it is, is not known, and is not said. */
Test(model_accounts, no_cause) {
    struct scene s = scene();
    struct rc_explanation why;
    take(&s, 700, s.main_path, s.main_native);
    take(&s, 300, s.work_path, s.work_native);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work");
    cr_assert_eq(work->verdict, RC_DISAGREE);
    cr_assert_eq(work->causes, 0);
    amount_is(work, RC_OF_SHARE, RC_ROW_UNEXPLAINED, 20 * RC_POINT, 0);
    rc_explain(report, work, &why);
    cr_assert(strstr(why.doubt, "Nothing recorded accounts for the difference"));
    rc_report_free(report);
    fixture_free(s.f);
}

/* 300 samples are in main's code, inlined there from a function that has hooks elsewhere. */
Test(model_accounts, inlined) {
    struct scene s = scene();
    uint64_t one = fixture_symbol(s.f, "inlined_one", 0);
    uint32_t node = lasting(s.f, s.main_node, one, 10, SECOND / 10);
    uint32_t native = fixture_native(s.f, s.main_native, one + 0x30, true);
    take(&s, 100, s.main_path, s.main_native);
    take(&s, 500, s.work_path, s.work_native);
    take(&s, 100, fixture_path(s.f, s.main_path, node, 1), native);
    take(&s, 300, s.main_path, fixture_native(s.f, RC_NONE, s.main_fn + 0x900, true));
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *f = fixture_function(report, "inlined_one"), *main_ = fixture_function(report, "main");
    cr_assert_eq(f->seen.inlined, 300);
    cr_assert_eq(f->seen.self, 400);
    cr_assert_eq(main_->seen.self, 100);
    amount_is(f, RC_OF_SHARE, RC_INLINED, -30 * RC_POINT, 0);
    amount_is(main_, RC_OF_SHARE, RC_INLINED, 30 * RC_POINT, 0);
    amount_is(f, RC_OF_TIME, RC_INLINED, -300 * TICK, 0);
    only(f, RC_INLINED);
    only(main_, RC_INLINED);
    cr_assert_eq(fixture_function(report, "work")->verdict, RC_AGREE);
    rc_report_free(report);
    fixture_free(s.f);
}

/* The thread's clock has 500 ms that no sample stands for, and work is what they lack. */
static void lacking(bool kernel_seen, bool brief, enum rc_cause cause) {
    struct scene s = scene();
    s.f->process.cpu_ns = s.f->threads[0].cpu_ns = SECOND;
    s.f->process.kernel_seen = kernel_seen;
    s.f->threads[0].lives = brief ? 100 : 1;
    s.f->threads[0].tid = brief ? 101 : 100;
    take(&s, 500, s.main_path, s.main_native);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work");
    cr_assert_eq(work->verdict, RC_DISAGREE);
    if (cause == RC_CAUSE_COUNT) {
        cr_assert_eq(work->causes, 0);
    } else {
        only(work, cause);
        only(fixture_function(report, "main"), cause);
        amount_is(work, RC_OF_SHARE, cause, 50 * RC_POINT, 1);
        amount_is(work, RC_OF_TIME, cause, SECOND / 2, (double)work->differences[RC_OF_TIME].chance);
    }
    cr_assert_eq(report->brief_ns, brief ? SECOND / 2 : 0);
    rc_report_free(report);
    fixture_free(s.f);
}

Test(model_accounts, lacking) {
    lacking(false, false, RC_UNSAMPLED);
    lacking(true, true, RC_TOO_COARSE);
    lacking(true, false, RC_CAUSE_COUNT);
}

/* A wait and no CPU: 300 ms and 100 ms of the same 400 ms off the CPU. */
static const struct rc_function *off_cpu(struct scene *s, struct rc_report **report, uint32_t waited_ms) {
    for (int i = 0; i < 400; i++) {
        struct rc_sample *sample = fixture_sample(s->f, s->work_path, RC_NONE);
        sample->kind = RF_OFF_CPU;
        sample->syscall = (uint32_t)i < waited_ms ? 0 : -1;
        s->f->process.samples_taken--; /* that counts those on a CPU */
    }
    s->f->nodes[s->work_node].off_ns = 400 * TICK;
    take(s, 500, s->main_path, s->main_native);
    take(s, 100, s->work_path, s->work_native);
    *report = fixture_report(s->f);
    return fixture_function(*report, "work");
}

Test(model_accounts, blocked_and_preempted) {
    struct rc_report *report;
    struct scene s = scene();
    const struct rc_function *work = off_cpu(&s, &report, 300);
    amount_is(work, RC_OF_TIME, RC_BLOCKED, 300 * TICK, 0);
    amount_is(work, RC_OF_TIME, RC_ROW_PREEMPTED, 100 * TICK, 0);
    amount_is(work, RC_OF_TIME, RC_ROW_UNEXPLAINED, 0, 0);
    only(work, RC_BLOCKED);
    only(fixture_function(report, "main"), RC_BLOCKED);
    rc_report_free(report);
    fixture_free(s.f);
    s = scene();
    work = off_cpu(&s, &report, 0);
    amount_is(work, RC_OF_TIME, RC_ROW_PREEMPTED, 400 * TICK, 0);
    cr_assert_eq(work->causes, 0); /* that is the machine's */
    rc_report_free(report);
    fixture_free(s.f);
}

/* work calls itself for 300 of its 500 ms: adding up counts those twice. */
Test(model_accounts, recursion) {
    struct scene s = scene();
    uint32_t inner = lasting(s.f, s.work_node, s.work_fn, 100, 300 * TICK);
    take(&s, 500, s.main_path, s.main_native);
    take(&s, 500, fixture_path(s.f, s.work_path, inner, 1), s.work_native);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work");
    cr_assert_eq(work->differences[RC_OF_TIME].one, 800 * TICK);
    cr_assert_eq(work->differences[RC_OF_TIME].other, 500 * TICK);
    amount_is(work, RC_OF_TIME, RC_RECURSION, 300 * TICK, 0);
    only(work, RC_RECURSION);
    rc_report_free(report);
    fixture_free(s.f);
}

/* A handler takes 300 of work's 500 ms; samples in it find work on the stack, and not running. */
Test(model_accounts, signal_reentry) {
    struct scene s = scene();
    uint32_t handler = lasting(s.f, 1, fixture_symbol(s.f, "handler", 0), 100, 300 * TICK);
    s.f->nodes[handler].flags = RF_NODE_SIGNAL;
    fixture_extra(s.f, s.work_node)->interrupted_ticks = 300 * TICK;
    take(&s, 500, s.main_path, s.main_native);
    take(&s, 200, s.work_path, s.work_native);
    take(&s, 300, fixture_path(s.f, s.work_path, handler, 1), RC_NONE);
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work"), *f = fixture_function(report, "handler");
    amount_is(work, RC_OF_TIME, RC_SIGNAL_REENTRY, 300 * TICK, 0);
    amount_is(work, RC_OF_TIME, RC_ROW_UNEXPLAINED, 0, 0);
    only(work, RC_SIGNAL_REENTRY);
    cr_assert(f->differences[RC_OF_CALLS].known);
    amount_is(f, RC_OF_CALLS, RC_SIGNAL_REENTRY, 100, 0);
    only(f, RC_SIGNAL_REENTRY);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Half of the samples are in probes, and the tracer has 400 ms of them in work's own time. */
Test(model_accounts, probe_effect) {
    struct scene s = scene();
    s.f->nodes[s.main_node].long_ticks = s.f->nodes[s.work_node].long_ticks + SECOND / 10;
    take(&s, 100, s.main_path, s.main_native);
    take(&s, 100, s.work_path, s.work_native);
    for (int i = 0; i < 400; i++)
        fixture_sample(s.f, s.work_path, s.work_native)->flags = RF_SAMPLE_IN_PROBE;
    struct rc_report *report = fixture_report(s.f);
    const struct rc_function *work = fixture_function(report, "work"), *main_ = fixture_function(report, "main");
    cr_assert_eq(work->verdict, RC_DISAGREE);
    amount_is(work, RC_OF_SHARE, RC_PROBE_EFFECT, 100.0 * RC_POINT * (5.0 / 6 - 0.5), 1);
    only(work, RC_PROBE_EFFECT);
    only(main_, RC_PROBE_EFFECT);
    struct rc_explanation why;
    rc_explain(report, work, &why);
    cr_assert(strstr(why.reasons[0].text, "of the samples in its own code and its hooks were in the hooks"), "%s",
              why.reasons[0].text);
    rc_explain(report, main_, &why); /* whose own hooks cost nothing, and which has no use for sleeping */
    cr_assert(strstr(why.reasons[0].text, "Neither its own hooks nor those"), "%s", why.reasons[0].text);
    cr_assert(strstr(why.reasons[0].advice, "'sleep work'"), "%s", why.reasons[0].advice);
    rc_report_free(report);
    fixture_free(s.f);
}

/* Adds up the numbers of "... is N: ~a cause, b cause." as they are printed, in units of the last digit. */
static void adds_up(const char *sentence) {
    const char *colon = strchr(sentence, ':'), *at = colon;
    if (!*sentence)
        return;
    cr_assert(colon, "%s", sentence);
    while (at > sentence && !(at[-1] == ' ' && (strchr("-0123456789", *at))))
        at--;
    char plain[700], *to = plain;
    for (const char *from = at; *from && *from != '('; from++)
        if (!(*from == ',' && from[1] >= '0' && from[1] <= '9'))
            *to++ = *from;
    *to = '\0';
    double whole = strtod(plain, &to), sum = 0;
    for (to = strchr(to, ':') + 1; to && *to;) {
        to += strspn(to, " ~,");
        sum += strtod(to, &to);
        to = strchr(to, ',');
    }
    cr_assert(fabs(whole - sum) < 1e-6, "%g and %g: %s", whole, sum, sentence);
}

Test(model_accounts, printed_sums) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    char sentence[700];
    for (size_t i = 0; i < report->n_functions; i++)
        for (enum rc_of of = 0; of < RC_OFS; of++) {
            rc_account_sentence(&report->functions[i], of, sentence, sizeof sentence);
            adds_up(sentence);
        }
    rc_account_sentence(fixture_function(report, "get_character"), RC_OF_ENTRIES, sentence, sizeof sentence);
    cr_assert_str_eq(sentence,
                     "9,605 entries less 300 calls is 9,305: 9,305 async_reentry at 31 await points, 0 unexplained.");
    rc_report_free(report);
    fixture_free(f);
}

/* Amounts that are all rounded up: what is unexplained takes it back. */
Test(model_accounts, rounding) {
    struct rc_function f = {
        .differences = {[RC_OF_TIME] = {true, 30000450000, 10000, 0}, [RC_OF_SHARE] = {true, 1049, 0, 0}},
        .n_accounts = 5,
        .accounts = {{10006000000, RC_OF_TIME, RC_BLOCKED, true},
                     {10006000000, RC_OF_TIME, RC_PROBE_EFFECT, true},
                     {9988440000, RC_OF_TIME, RC_ROW_UNEXPLAINED, true},
                     {950, RC_OF_SHARE, RC_INLINED, true},
                     {99, RC_OF_SHARE, RC_ROW_UNEXPLAINED, true}}};
    char sentence[700];
    rc_account_sentence(&f, RC_OF_TIME, sentence, sizeof sentence);
    adds_up(sentence);
    cr_assert(strstr(sentence, "is 30.00 s: ~10.01 s blocked, ~10.01 s probe_effect, 9.98 s unexplained"), "%s",
              sentence);
    rc_account_sentence(&f, RC_OF_SHARE, sentence, sizeof sentence);
    adds_up(sentence);
}

/* The same of two runs: what the run asleep adds stands before what is unexplained. */
Test(model_accounts, printed_sums_of_two) {
    struct fixture *awake = render_story(), *asleep = render_story();
    struct rc_error err = {""};
    char sentence[700];
    asleep->process.n_nodes = asleep->process.n_paths = asleep->process.n_stacks = asleep->process.n_calls = 0;
    for (size_t i = 0; i < asleep->process.n_samples; i++)
        asleep->samples[i].path = RC_NONE;
    struct rc_report *report = fixture_report(awake);
    cr_assert_eq(rc_pair_add(report, &asleep->profile, &asleep->lookup, 0, &err), 0, "%s", err.text);
    rc_causes_find(report);
    const struct rc_function *f = fixture_function(report, "get_character");
    cr_assert_neq(rc_account_of(f, RC_OF_SHARE, RC_PROBE_EFFECT), 0);
    for (size_t i = 0; i < report->n_functions; i++) {
        int64_t rest = report->functions[i].differences[RC_OF_SHARE].one;
        rest -= report->functions[i].differences[RC_OF_SHARE].other;
        for (size_t k = 0; k < report->functions[i].n_accounts; k++)
            rest -= report->functions[i].accounts[k].of == RC_OF_SHARE ? report->functions[i].accounts[k].amount : 0;
        cr_assert_eq(rest, 0, "%s", report->functions[i].name);
        rc_account_sentence(&report->functions[i], RC_OF_SHARE, sentence, sizeof sentence);
        adds_up(sentence);
    }
    rc_report_free(report);
    fixture_free(awake);
    fixture_free(asleep);
}

/* Whatever a profile claims, amounts are in range and add up. */
Test(model_accounts, hostile) {
    const uint64_t all = UINT64_MAX;
    const struct rc_profile profile = {.sample_hz = 0};
    for (int hooked = 0; hooked < 2; hooked++) {
        struct rc_function f = {.name = "f",
                                .hooked = hooked,
                                .entries = all,
                                .calls = all - 1,
                                .resumes = all,
                                .internal = all,
                                .calls_without_entry = all,
                                .from_signal = all / 2 + 1,
                                .nested_ns = all,
                                .interrupted_ns = all,
                                .self_ns = all,
                                .time = {all, all, all, all, all, all},
                                .seen = {.total_ns = 1e300, .waited_ns = 1e300, .ready_ns = 1e300},
                                .share = {.compared = true, .tracer = 1, .high = 1},
                                .verdict = RC_DISAGREE};
        struct rc_report report = {
            .profile = &profile, .functions = &f, .n_functions = 1, .timed = true, .traced = true, .samples = all};
        rc_accounts_make(&report);
        int64_t sums[RC_OFS] = {0};
        for (size_t i = 0; i < f.n_accounts; i++)
            sums[f.accounts[i].of] += f.accounts[i].amount;
        for (enum rc_of of = 0; of < RC_OFS; of++) {
            char sentence[700];
            cr_assert(f.differences[of].one >= 0 && f.differences[of].other >= 0, "%d", (int)of);
            cr_assert_eq(sums[of], f.differences[of].one - f.differences[of].other, "%d", (int)of);
            rc_account_sentence(&f, of, sentence, sizeof sentence);
        }
    }
}
