/* `--json`, as docs/report-json.md describes it. */
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/causes.h"
#include "compare/explain/evidence.h"
#include "compare/explain/numbers.h"
#include "compare/model/pair.h"
#include "compare/render/awaits.h"
#include "compare/render/json.h"
#include "compare/render/pair.h"
#include "compare/render/render.h"
#include "compare/render/sleep.h"

/* What is counted is of the runs awake, and so are rates. */
static void add_runs(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    size_t awake = json->report->runs - f->asleep_runs;
    rc_json_count(json, object, "asleep_runs", f->asleep_runs);
    rc_json_count(json, object, "awake_runs", awake);
    if (!f->asleep_runs || !awake)
        return;
    rc_json_real(json, object, "calls_per_awake_run", (double)f->calls / (double)awake);
    rc_json_real(json, object, "entries_per_awake_run", (double)f->entries / (double)awake);
}

static void add_counts(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    rc_json_text(json, object, "name", f->name);
    rc_json_text(json, object, "file", f->file);
    rc_json_count(json, object, "line", f->line);
    rc_json_text(json, object, "object", f->object);
    rc_json_count(json, object, "entries", f->entries);
    rc_json_count(json, object, "calls", f->calls);
    rc_json_count(json, object, "resumes", f->resumes);
    rc_json_count(json, object, "idle_resumes", f->idle_resumes);
    rc_json_count(json, object, "internal", f->internal);
    rc_json_count(json, object, "recursive", f->recursive);
    rc_json_count(json, object, "from_signal", f->from_signal);
    rc_json_signed(json, object, "unexplained", f->unexplained);
    rc_json_count(json, object, "in_flight", f->in_flight);
    rc_json_count(json, object, "calls_without_entry", f->calls_without_entry);
    if (f->coroutine) {
        rc_json_count(json, object, "frames_tied", f->frames_tied);
        rc_json_count(json, object, "frames_attached", f->frames_attached);
        rc_json_count(json, object, "frames_untied", f->frames_untied);
    }
    rc_json_count(json, object, "lost_exits", f->lost_exits);
    rc_json_bool(json, object, "asleep", f->asleep);
    add_runs(json, object, f);
}

static void add_times(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    const struct rc_pair *pair = json->report->pair;
    cJSON *time = rc_json_object(json, object, "time_ns");
    rc_json_count(json, time, "running", f->time.running);
    rc_json_count(json, time, "blocked", f->time.blocked);
    rc_json_count(json, time, "awaiting", f->time.awaiting);
    rc_json_count(json, time, "queued", f->time.queued);
    rc_json_count(json, time, "probes", f->time.probes);
    rc_json_count(json, time, "total", f->time.total);
    rc_json_count(json, object, "self_ns", f->self_ns);
    rc_json_count(json, object, "self_blocked_ns", f->self_blocked_ns);
    rc_json_count(json, object, "self_probes_ns", f->self_probes_ns);
    rc_json_count(json, object, "estimated_ns", f->estimated_ns);
    rc_json_text(json, object, "share_from",
                 rc_is_sampled(f) || (pair && pair->effects[f - json->report->functions].timed_asleep) ? "sampler"
                                                                                                       : "tracer");
    rc_json_count(json, object, "self_sampled_ns", f->self_sampled_ns);
    rc_json_count(json, object, "self_low_ns", rc_self_least(f));
    rc_json_count(json, object, "self_high_ns", f->self_ns + f->hidden_more_ns);
}

void rc_json_share(struct rc_json *json, cJSON *object, const struct rc_share *share) {
    rc_json_real(json, object, "tracer", share->tracer);
    rc_json_real(json, object, "sampler", share->sampler);
    rc_json_real(json, object, "low", share->low);
    rc_json_real(json, object, "high", share->high);
    rc_json_bool(json, object, "compared", share->compared);
    rc_json_real(json, object, "effective_samples", share->n_effective);
    rc_json_real(json, object, "detectable", share->detectable);
    rc_json_real(json, object, "p_value", share->p_value);
}

static void add_samples(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    cJSON *seen = rc_json_object(json, object, "seen");
    rc_json_count(json, seen, "self", f->seen.self);
    rc_json_count(json, seen, "total", f->seen.total);
    rc_json_count(json, seen, "distinct_calls", f->seen.distinct_calls);
    rc_json_real(json, seen, "estimated_calls_low", f->seen.estimated_calls_low);
    rc_json_real(json, seen, "estimated_calls", f->seen.estimated_calls);
    rc_json_count(json, seen, "calls_once", f->seen.calls_once);
    rc_json_count(json, seen, "calls_twice", f->seen.calls_twice);
    rc_json_bool(json, seen, "contradicted", f->seen.contradicted);
    rc_json_count(json, seen, "off_cpu", f->seen.off_cpu);
    rc_json_count(json, seen, "in_probe", f->seen.in_probe);
    struct rc_share share = f->share;
    share.tracer = rc_reported_share(json->report, f);
    rc_json_share(json, rc_json_object(json, object, "self_share"), &share);
}

void rc_json_await(struct rc_json *json, cJSON *object, const struct rc_await_point *point, uint64_t whole_ns) {
    rc_json_text(json, object, "file", point->file);
    rc_json_count(json, object, "line", point->line);
    rc_json_text(json, object, "awaited", point->awaited);
    rc_json_count(json, object, "count", point->count);
    rc_json_count(json, object, "awaiting_ns", point->awaiting_ns);
    rc_json_count(json, object, "queued_ns", point->queued_ns);
    rc_json_bool(json, object, "ready_told", point->ready_told);
    rc_json_real(json, object, "share", rc_ratio(rc_await_wait(point), whole_ns));
    rc_json_count(json, object, "idle", point->idle);
    rc_json_count(json, object, "open", point->open);
}

static void add_awaits(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    cJSON *awaits = rc_json_array(json, object, "awaits");
    uint64_t whole = 0;
    for (size_t i = 0; i < f->n_awaits; i++)
        whole += rc_await_wait(&f->awaits[i]);
    for (size_t i = 0; i < f->n_awaits; i++)
        rc_json_await(json, rc_json_object(json, awaits, NULL), &f->awaits[i], whole);
}

static void add_identity(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    const struct rc_identity_of *known = &f->identity;
    cJSON *identity = rc_json_object(json, object, "identity");
    rc_json_text(json, identity, "by", rc_evidence_word(known->by));
    rc_json_bool(json, identity, "proven", !known->doubt);
    if (known->by != RC_EVIDENCE_STATE)
        return;
    rc_json_text(json, identity, "doubt", known->doubt);
    rc_json_text(json, identity, "states_are", known->addresses ? "addresses" : "lines");
    rc_json_count(json, identity, "states", known->states);
    rc_json_count(json, identity, "objects", known->objects);
    rc_json_count(json, identity, "fresh", known->fresh);
    rc_json_count(json, identity, "unseen", known->unseen);
    rc_json_count(json, identity, "offset", known->offset);
}

/* Points are printed with their three digits, all others are whole. */
static void add_amount(struct rc_json *json, cJSON *object, const char *key, enum rc_of of, int64_t amount) {
    if (of == RC_OF_SHARE)
        rc_json_real(json, object, key, (double)amount / RC_POINT);
    else
        rc_json_signed(json, object, key, amount);
}

static void add_accounts(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    cJSON *differences = rc_json_array(json, object, "differences");
    for (enum rc_of of = 0; of < RC_OFS; of++) {
        const struct rc_difference *difference = &f->differences[of];
        if (!difference->known)
            continue;
        cJSON *item = rc_json_object(json, differences, NULL);
        rc_json_text(json, item, "of", rc_of_name(of));
        rc_json_text(json, item, "unit", rc_of_unit(of));
        add_amount(json, item, "one", of, difference->one);
        add_amount(json, item, "other", of, difference->other);
        add_amount(json, item, "difference", of, difference->one - difference->other);
        add_amount(json, item, "chance", of, (int64_t)difference->chance);
    }
    cJSON *accounts = rc_json_array(json, object, "accounts");
    for (size_t i = 0; i < f->n_accounts; i++) {
        const struct rc_account *account = &f->accounts[i];
        cJSON *item = rc_json_object(json, accounts, NULL);
        rc_json_text(json, item, "of", rc_of_name(account->of));
        rc_json_text(json, item, "cause", rc_row_name(account->row));
        add_amount(json, item, "amount", account->of, account->amount);
        rc_json_text(json, item, "unit", rc_of_unit(account->of));
        rc_json_bool(json, item, "estimated", account->estimated);
    }
}

static void add_function(struct rc_json *json, cJSON *object, const struct rc_function *f) {
    static const char *const verdicts[] = {"too_few", "agree", "disagree"};
    add_counts(json, object, f);
    add_identity(json, object, f);
    add_times(json, object, f);
    add_samples(json, object, f);
    rc_json_text(json, object, "verdict", verdicts[f->verdict]);
    rc_json_bool(json, object, "independent", f->share.compared && !rc_verdict_is_sampled(json->report, f));
    cJSON *causes = rc_json_array(json, object, "causes");
    for (enum rc_cause cause = 0; cause < RC_CAUSE_COUNT; cause++)
        if (f->causes >> cause & 1)
            rc_json_text(json, causes, NULL, rc_cause_name(cause));
    add_accounts(json, object, f);
    rc_json_tallies(json, object, object != json->root, "callers", &f->callers, "calls");
    rc_json_tallies(json, object, object != json->root, "physical_callers", &f->physical_callers, "entries");
    add_awaits(json, object, f);
    rc_json_tallies(json, object, object != json->root, "leaves", &f->leaves, "samples");
    rc_json_tallies(json, object, object != json->root, "syscalls", &f->syscalls, "samples");
    rc_json_effect(json, object, json->report, f);
}

static void add_stalls(struct rc_json *json, const struct rc_report *report) {
    cJSON *stalls = rc_json_array(json, json->root, "stalls");
    for (size_t i = 0; i < report->n_stalls; i++) {
        const struct rc_stall_row *row = &report->stalls[i];
        cJSON *item = rc_json_object(json, stalls, NULL);
        rc_json_text(json, item, "task", row->task);
        rc_json_text(json, item, "function", row->function == RC_NONE ? NULL : report->functions[row->function].name);
        rc_json_text(json, item, "file", row->file);
        rc_json_count(json, item, "line", row->line);
        rc_json_text(json, item, "syscall", row->syscall);
        rc_json_count(json, item, "start_ns", row->start_ns);
        rc_json_count(json, item, "duration_ns", row->duration_ns);
        rc_json_real(json, item, "on_cpu", row->on_cpu);
        cJSON *victims = rc_json_array(json, item, "victims");
        for (size_t v = 0; v < row->n_victims; v++) {
            cJSON *victim = rc_json_object(json, victims, NULL);
            rc_json_text(json, victim, "task", row->victims[v].task);
            rc_json_count(json, victim, "late_ns", row->victims[v].late_ns);
        }
    }
}

static void add_asleep(struct rc_json *json, const struct rc_report *report) {
    cJSON *asleep = rc_json_array(json, json->root, "asleep");
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        if (!function->asleep || function->hooked)
            continue;
        cJSON *item = rc_json_object(json, asleep, NULL);
        rc_json_text(json, item, "name", function->name);
        rc_json_text(json, item, "file", function->file);
        rc_json_count(json, item, "line", function->line);
        rc_json_text(json, item, "object", function->object);
    }
    rc_json_count(json, json->root, "asleep_counted", report->asleep_counted);
    rc_json_count(json, json->root, "asleep_partly", report->asleep_partly);
    rc_json_count(json, json->root, "asleep_unknown", report->asleep_unknown);
    rc_json_count(json, json->root, "asleep_unmatched", report->asleep_unmatched);
}

static void add_processes(struct rc_json *json, const struct rc_report *report) {
    cJSON *processes = rc_json_array(json, json->root, "processes");
    for (size_t i = 0; i < report->n_parts; i++) {
        const struct rc_process *process = report->parts[i].process;
        cJSON *item = rc_json_object(json, processes, NULL);
        rc_json_count(json, item, "pid", process->pid);
        rc_json_count(json, item, "run", process->run);
        rc_json_count(json, item, "ppid", process->ppid);
        rc_json_text(json, item, "exe", process->exe);
        rc_json_bool(json, item, "ended", process->ended);
        rc_json_bool(json, item, "traced", !process->tracer_off);
        rc_json_count(json, item, "cpu_ns", process->cpu_ns);
        rc_json_count(json, item, "sampler_cpu_ns", process->sampler_cpu_ns);
        rc_json_sleep(json, item, &process->sleep);
        rc_json_text(json, item, "failure", *process->failure ? process->failure : NULL);
    }
}

static void add_totals(struct rc_json *json, const struct rc_report *report, const char *missing) {
    cJSON *root = json->root;
    rc_json_count(json, root, "schema", RC_JSON_SCHEMA);
    rc_json_text(json, root, "command", report->profile->command);
    rc_json_count(json, root, "wall_ns", report->wall_ns);
    rc_json_count(json, root, "runs", report->runs);
    rc_json_count(json, root, "hosts", report->hosts);
    rc_json_count(json, root, "sample_hz", report->profile->sample_hz);
    rc_json_count(json, root, "threads", report->threads);
    rc_json_count(json, root, "tasks", report->tasks);
    rc_json_count(json, root, "samples", report->samples);
    cJSON *lost = rc_json_object(json, root, "lost");
    rc_json_count(json, lost, "samples", report->lost_samples);
    rc_json_count(json, lost, "contexts", report->lost_contexts);
    rc_json_count(json, lost, "events", report->lost_events);
    rc_json_count(json, root, "cpu_ns", report->cpu_ns);
    rc_json_count(json, root, "sampled_ns", report->sampled_ns);
    rc_json_count(json, root, "probe_samples", report->probe_samples);
    rc_json_count(json, root, "kept_samples", report->kept_samples);
    rc_json_count(json, root, "compared_samples", report->scoped_samples);
    rc_json_count(json, root, "time_unclosed_ns", report->time_unclosed_ns);
    rc_json_count(json, root, "off_inferred_ns", report->off_inferred_ns);
    rc_json_count(json, root, "unmatched_exits", report->unmatched_exits);
    rc_json_count(json, root, "damage", report->damage);
    rc_json_bool(json, root, "traced", report->traced);
    rc_json_bool(json, root, "timed", report->timed);
    rc_json_pair(json, root, report);
    cJSON *modules = rc_json_array(json, root, "missing_symbols");
    for (const char *line = missing; *line;) {
        size_t length = strcspn(line, "\n");
        char text[1024];
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        rc_json_text(json, modules, NULL, text);
        line += length + (line[length] == '\n');
    }
    add_asleep(json, report);
    add_processes(json, report);
}

int rc_render_json(FILE *out, const struct rc_report *report, const char *missing, struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject(), .report = report};
    add_totals(&json, report, missing);
    const struct rc_function **order = rc_functions_ordered(report, RC_SORT_SELF);
    json.failed |= !order;
    rc_json_begin_rows(&json, out, "functions");
    for (size_t f = 0; order && f < report->n_functions && !json.failed; f++) {
        add_function(&json, json.root, order[f]);
        rc_json_row(&json, out);
    }
    free(order);
    add_stalls(&json, report);
    return rc_json_end_rows(&json, out, err);
}

int rc_render_function_json(FILE *out, const struct rc_report *report, const struct rc_function *function,
                            struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject(), .report = report};
    struct rc_explanation why;
    rc_explain(report, function, &why);
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "headline", why.headline);
    rc_json_text(&json, json.root, "evidence", *why.identity ? why.identity : NULL);
    add_function(&json, rc_json_object(&json, json.root, "function"), function);
    cJSON *reasons = rc_json_array(&json, json.root, "reasons");
    for (size_t i = 0; i < why.n_reasons; i++) {
        cJSON *item = rc_json_object(&json, reasons, NULL);
        rc_json_text(&json, item, "cause", rc_cause_name(why.reasons[i].cause));
        rc_json_text(&json, item, "text", why.reasons[i].text);
        rc_json_text(&json, item, "advice", *why.reasons[i].advice ? why.reasons[i].advice : NULL);
    }
    rc_json_text(&json, json.root, "doubt", *why.doubt ? why.doubt : NULL);
    return rc_json_print(&json, out, true, err);
}
