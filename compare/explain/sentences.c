/* The causes in words. Each sentence states what was measured; each advice says what to do about it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/accounts.h"
#include "compare/explain/advice.h"
#include "compare/explain/causes.h"
#include "compare/explain/numbers.h"
#include "compare/explain/pair.h"

#define TEXT(reason, ...) snprintf((reason)->text, sizeof(reason)->text, __VA_ARGS__)
#define ADVICE(reason, ...) snprintf((reason)->advice, sizeof(reason)->advice, __VA_ARGS__)
#define COUNT(n) rc_text_count(n).s
#define TIME(ns) rc_text_time(ns).s
#define PERCENT(share) rc_text_percent(share).s
#define POINTS(amount) rc_text_points(llabs(amount)).s

enum { NAME_ROOM = 64, PLACE_ROOM = 120 };
static const double BUSY = 0.2;  /* of a function's time without a CPU */
static const double DEAR = 0.05; /* of its time or its samples in hooks */

static void add_text(struct rc_reason *to, const char *format, ...) {
    size_t used = strlen(to->text);
    va_list list;
    va_start(list, format);
    vsnprintf(to->text + used, sizeof to->text - used, format, list);
    va_end(list);
}

/* Which call a coroutine's frame belongs to, where that was not seen when the frame was made. */
static void frames_evidence(const struct rc_function *f, struct rc_reason *to) {
    if (f->frames_attached)
        add_text(to,
                 " Where %s of its frames were made was not seen; all its entries were made in one context, so their "
                 "work belongs there.",
                 COUNT(f->frames_attached));
    if (f->frames_untied)
        add_text(to,
                 " Where %s of its frames were made was not seen; which of its callers their work belongs to is not "
                 "known.",
                 COUNT(f->frames_untied));
}

static void async_reentry(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    TEXT(to,
         "%s of the %s entries go on with a call that had left at an await point; a profiler that counts entries "
         "reports %s calls where there were %s.",
         COUNT(f->resumes), COUNT(f->entries), COUNT(f->entries), COUNT(f->calls));
    if (f->calls_without_entry)
        add_text(
            to,
            " %s of those calls %s no entry of %s own, for the compiler inlined the ramp: the entries are %s calls "
            "with one, %s resumes and %s internal.",
            COUNT(f->calls_without_entry), f->calls_without_entry == 1 ? "has" : "have",
            f->calls_without_entry == 1 ? "its" : "their", COUNT(f->calls - f->calls_without_entry), COUNT(f->resumes),
            COUNT(f->internal));
    frames_evidence(f, to);
    if (2 * f->idle_resumes > f->resumes && f->identity.by == RC_EVIDENCE_STATE)
        ADVICE(to,
               "%s of the resumes left again at the same place: if it polls there, wake it when what it waits for is "
               "there.",
               PERCENT(rc_ratio(f->idle_resumes, f->resumes)));
    else if (2 * f->idle_resumes > f->resumes)
        ADVICE(to,
               "%s of the resumes found nothing to do and left again at once: wake it when what it waits for is "
               "there instead of polling.",
               PERCENT(rc_ratio(f->idle_resumes, f->resumes)));
}

static void suspended_inside(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    if (f->registers) {
        TEXT(to,
             "%s of the %s that its calls and the callbacks which they registered took were spent waiting for those: "
             "%s until they were due or what they wait for was there, %s from then on. None of that is its own work.",
             PERCENT(rc_ratio(f->time.awaiting + f->time.queued, f->time.total)), TIME(f->time.total),
             TIME(f->time.awaiting), TIME(f->time.queued));
        return;
    }
    TEXT(to,
         "%s of the %s from begin to end of its calls it was suspended: %s until what it waited for was there, %s "
         "ready but not yet resumed. None of that is its own work.",
         PERCENT(rc_ratio(f->time.awaiting + f->time.queued, f->time.total)), TIME(f->time.total),
         TIME(f->time.awaiting), TIME(f->time.queued));
    if (f->time.queued > f->time.awaiting)
        ADVICE(to, "It waited longer for its turn than for its results: the loop is busy; look who holds it.");
    else if (f->n_awaits > 1)
        ADVICE(to, "Its await points, one after the other, add up; what does not depend on each other can be awaited "
                   "together.");
}

static void probe_effect_of_two(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    rc_effect_sentence(report, (size_t)(f - report->functions), to->text, sizeof to->text);
    if (f->verdict == RC_DISAGREE)
        add_text(to, " The tracer's share is that of the run awake, where the hooks cost the program %.2fx.",
                 report->pair->cpu_ratio);
    ADVICE(to, "The times here are those of the second run. To time a single run, leave the smallest functions without "
               "hooks (no_instrument_function; with clang, instrument after inlining).");
}

/* Its own, or those of what it calls. */
static bool hooks_cost(const struct rc_function *f) {
    return rc_ratio(f->time.probes, f->time.total) >= DEAR ||
           rc_ratio(f->seen.in_probe, f->seen.in_probe + f->seen.self) >= DEAR;
}

static void probe_effect(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    if (report->pair) {
        probe_effect_of_two(report, f, to);
        return;
    }
    const struct rc_function *noisy = rc_noisiest_callee(report, f);
    bool others = !hooks_cost(f) && rc_noisiest(report) != f;
    char name[NAME_ROOM];
    if (others)
        noisy = rc_noisiest(report);
    rc_rule_name(noisy, name, sizeof name);
    if (others)
        TEXT(to,
             "Neither its own hooks nor those of what it calls cost much. Its share differs by %s because others' do, "
             "whose hooks hide how long they ran: first of all those of %s.",
             POINTS(rc_account_of(f, RC_OF_SHARE, RC_PROBE_EFFECT)), name);
    if (f->time.probes && !others)
        TEXT(to, "The hooks of what it calls cost %s, %s of its time. ", TIME(f->time.probes),
             PERCENT(rc_ratio(f->time.probes, f->time.total)));
    if (!others)
        add_text(to, "%s of the samples in its own code and its hooks were in the hooks. %s",
                 PERCENT(rc_ratio(f->seen.in_probe, f->seen.in_probe + f->seen.self)),
                 f->hidden_more_ns ? "How many of those were its own work is not known, a fixed part is taken for it."
                                   : "The cost is taken out of its running time by calibration, not exactly.");
    ADVICE(to,
           "'recount record --twice' takes the times from a run whose hooks sleep. Or leave %s (%s entries) without "
           "hooks: 'sleep %s' in a file for 'recount record --filter', __attribute__((no_instrument_function)), or, "
           "with clang, 'recount cc --recount-instrument=outlined' where it can be inlined.",
           noisy == f ? "it" : name, COUNT(noisy->entries), name);
}

static void blocked(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    const struct rc_function *where = rc_where_blocked(report, f);
    const char *call = where->syscalls.n ? where->syscalls.items[0].name : "a system call or a lock";
    char name[NAME_ROOM], place[PLACE_ROOM] = "";
    int64_t waited = rc_account_of(f, RC_OF_TIME, RC_BLOCKED);
    rc_place_of(report, where, place, sizeof place);
    TEXT(to, "%s of its time (%s) its thread waited in the kernel, most of it in %s, called in %s%s.",
         PERCENT(rc_ratio((uint64_t)waited, f->time.total)), TIME((uint64_t)waited), call,
         rc_rule_name(where, name, sizeof name), place);
    if (f->resumes)
        ADVICE(to,
               "It holds up everything on its thread: await %s instead, or move the call in %s to a thread of its own.",
               call, name);
    else
        ADVICE(to,
               "If others wait for this thread, move the call of %s in %s%s to another one, or make it asynchronous.",
               call, name, place);
}

static void uninstrumented(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    if (!f->hooked) {
        TEXT(to, "It was never entered through a hook, but %s sample%s had it on the stack and %s in its own code.",
             COUNT(f->seen.total), rc_plural(f->seen.total), COUNT(f->seen.self));
        if (!report->traced)
            ADVICE(to, "The program is built without the hooks: build it with recount cc for counts.");
        else if (f->file)
            ADVICE(to, "Build %.200s with 'recount cc' (and without no_instrument_function) for its counts.", f->file);
        else
            ADVICE(to, "Build %.200s with 'recount cc' for its counts.", f->object);
        return;
    }
    if (f->body_unhooked) {
        TEXT(to, "It is a coroutine, and this build has no hooks in its body: its calls and their callers are counted, "
                 "but how often it was resumed, how long it ran and how long it waited is not known.");
        ADVICE(to, "Build it with recount c++ as it is by default, which hooks what is left after inlining.");
        return;
    }
    TEXT(
        to,
        "Samples stood in the body of a coroutine that has no hooks, and the tracer's innermost open call was another: "
        "%s of the two shares' difference are that.",
        POINTS(rc_account_of(f, RC_OF_SHARE, RC_UNINSTRUMENTED)));
    ADVICE(to, "Build the coroutine with recount c++ as it is by default, which hooks what is left after inlining.");
}

static void unsampled(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)f;
    TEXT(to,
         "The samples stand for %s of the %s of CPU time; the rest was spent in the kernel, where the sampler may not "
         "look here, or between lost ticks. The tracer's clock includes it.",
         TIME(report->sampled_ns), TIME(report->cpu_ns));
    ADVICE(to, "Let it: sysctl kernel.perf_event_paranoid=1, or run recount record as root.");
}

static void inlined(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    if (f->calls_without_entry && f->calls > f->calls_without_entry) {
        TEXT(to,
             "%s of its %s calls have no entry: there the compiler inlined its first part into the caller, as debug "
             "information says of the place where the coroutine's frame was made.",
             COUNT(f->calls_without_entry), COUNT(f->calls));
        return;
    }
    if (f->coroutine && f->calls == f->calls_without_entry) {
        if (f->calls)
            TEXT(to,
                 "Its clones were entered %s times but its first part never was: the compiler inlined that into "
                 "the caller. The %s calls are the coroutine frames that were seen; they have no entry.",
                 COUNT(f->entries), COUNT(f->calls));
        else
            TEXT(to,
                 "Its clones were entered %s times but its first part never was: the compiler inlined that into "
                 "the caller. How many calls there were is not known.",
                 COUNT(f->entries));
        ADVICE(to, "Mark it __attribute__((noinline)) to have its calls counted by entry.");
        return;
    }
    if (f->seen.inlined)
        TEXT(to,
             "%s of the %s samples in it were in copies of its code that the compiler inlined into other functions. "
             "Those "
             "have no hooks: their calls are not counted, and the tracer's clock gives their time to where they stand.",
             COUNT(f->seen.inlined), COUNT(f->seen.self));
    else
        TEXT(to,
             "Samples in it were in code inlined from other functions that have hooks elsewhere. The tracer's clock "
             "gives "
             "it their time: %s of the difference.",
             POINTS(rc_account_of(f, RC_OF_SHARE, RC_INLINED)));
    ADVICE(to,
           "'recount cc --recount-instrument=all' hooks inlined copies, too; __attribute__((noinline)) leaves none.");
}

static void lost_exits(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    if (f->lost_exits)
        TEXT(
            to,
            "%s of its %s entries had no exit (longjmp, an exception through a build of clang's, the end of a thread); "
            "their end was taken to be the next event on the same stack.",
            COUNT(f->lost_exits), COUNT(f->entries));
    else
        TEXT(
            to,
            "It went on where calls had left without an exit: until the next event the tracer took those for open, and "
            "gave them %s of the share.",
            POINTS(rc_account_of(f, RC_OF_SHARE, RC_LOST_EXITS)));
    ADVICE(to,
           "Under 'recount record' a longjmp is seen, __builtin_longjmp is not; of exceptions g++ tells the exits and "
           "clang does not. Take the sampler's share.");
}

static void recursion(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    TEXT(to,
         "%s of the %s calls were made while an earlier call of it was open in the same task: its time is that of "
         "the %s outermost ones. Adding up all calls counts %s again.",
         COUNT(f->recursive), COUNT(f->calls), COUNT(f->calls - f->recursive), TIME(f->nested_ns));
    ADVICE(to,
           "Compare it by the time of its outermost calls and by its own; 'recount report --tree' shows the levels.");
}

static void signal_reentry(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    (void)report;
    if (f->from_signal)
        TEXT(
            to,
            "%s of the %s calls were made from a signal handler: nothing in the program called them, and their time is "
            "also inside whatever was interrupted.",
            COUNT(f->from_signal), COUNT(f->calls));
    else
        TEXT(to,
             "Signal handlers ran for %s in the middle of it or of what it called, %s of its time: no work of its own.",
             TIME(f->interrupted_ns), PERCENT(rc_ratio(f->interrupted_ns, f->time.total)));
    ADVICE(
        to,
        "Let the handler only note the signal (a flag, signalfd(2)) and do the work where the program waits for it.");
}

static void too_coarse(const struct rc_report *report, const struct rc_function *f, struct rc_reason *to) {
    uint64_t hz = report->profile->sample_hz ? report->profile->sample_hz : 1;
    if (report->brief_ns) {
        TEXT(to,
             "Threads came and went within few periods of the sampler (%s): %s of their CPU time has no sample. That "
             "moves "
             "its share by %s.",
             TIME(1000000000u / hz), TIME(report->brief_ns), POINTS(rc_account_of(f, RC_OF_SHARE, RC_TOO_COARSE)));
        ADVICE(to, hz < 1000
                       ? "'recount record -F 1000' looks more often; threads that are kept and used again are seen."
                       : "Keep the threads and use them again; until then take the tracer's share.");
        return;
    }
    TEXT(to,
         "A call of it lasts %s on average, the sampler looks every %s, and %s of its time is scaled up from %s "
         "timed calls: both sides estimate.",
         TIME(f->calls ? f->time.total / f->calls : 0), TIME(1000000000u / hz),
         PERCENT(rc_ratio(f->estimated_ns, f->time.total)), COUNT(f->timed_calls));
    ADVICE(to, "'recount record --timestamps=all' times every call; a longer recording narrows the interval.");
}

typedef void write_reason(const struct rc_report *report, const struct rc_function *function, struct rc_reason *to);

static write_reason *const writers[] = {
#define ROW(enumerator, name) [enumerator] = name,
    RC_CAUSES(ROW)
#undef ROW
};

static void headline(const struct rc_function *f, char *to, size_t room) {
    size_t used = 0;
    if (f->asleep && !f->hooked)
        used = (size_t)snprintf(to, room, "asleep by filter, so not counted; %s sample%s had it on the stack",
                                COUNT(f->seen.total), rc_plural(f->seen.total));
    else if (!f->hooked)
        used = (size_t)snprintf(to, room, "no entries were counted; %s of the samples had it on the stack",
                                COUNT(f->seen.total));
    else if (f->identity.doubt)
        used = (size_t)snprintf(to, room, "%s entries on at least %s object%s, looks like re-entry, not proven",
                                COUNT(f->entries), COUNT(f->identity.objects), rc_plural(f->identity.objects));
    else if (f->entries == f->calls && !f->calls_without_entry)
        used = (size_t)snprintf(to, room, "%s entr%s, each a call", COUNT(f->entries), f->entries == 1 ? "y" : "ies");
    else
        used = (size_t)snprintf(to, room, "%s entries are", COUNT(f->entries));
    bool listed = f->hooked && !f->identity.doubt && (f->entries != f->calls || f->calls_without_entry);
    bool called = f->calls > f->calls_without_entry || (!f->resumes && !f->internal);
    if (listed && called && used < room)
        used += (size_t)snprintf(to + used, room - used, " %s call%s", COUNT(f->calls - f->calls_without_entry),
                                 rc_plural(f->calls - f->calls_without_entry));
    if (f->resumes && used < room) {
        used += (size_t)snprintf(to + used, room - used, "%s %s resume%s", !listed || called ? " and" : "",
                                 COUNT(f->resumes), rc_plural(f->resumes));
        if (f->n_awaits && used < room)
            used +=
                (size_t)snprintf(to + used, room - used, " at %zu await point%s", f->n_awaits, rc_plural(f->n_awaits));
    }
    if (f->internal && used < room)
        used += (size_t)snprintf(to + used, room - used, "%s %s of the compiler's own",
                                 f->resumes          ? ", and"
                                 : listed && !called ? ""
                                                     : " and",
                                 COUNT(f->internal));
    if (f->calls_without_entry && used < room)
        used += (size_t)snprintf(to + used, room - used, "; %s%s call%s no entry: the compiler inlined %s ramp",
                                 COUNT(f->calls_without_entry), called ? " more" : "",
                                 f->calls_without_entry == 1 ? " has" : "s have",
                                 f->calls_without_entry == 1 ? "its" : "their");
    if (f->hooked && f->asleep_runs && used < room)
        used += (size_t)snprintf(to + used, room - used, " in the runs awake; asleep by filter in %" PRIu32 " more",
                                 f->asleep_runs);
    if (f->time.total && used < room) {
        uint64_t waited = f->time.awaiting + f->time.queued;
        if (waited)
            snprintf(to + used, room - used, "; it waited %s and ran %s", TIME(waited), TIME(f->time.running));
        else
            snprintf(to + used, room - used, "; it ran %s", TIME(f->time.running));
    }
}

/* What is said of a word that the runtime took for the place where the function goes on. */
static void identity(const struct rc_function *f, char *to, size_t room) {
    const struct rc_identity_of *known = &f->identity;
    if (known->by != RC_EVIDENCE_STATE)
        return;
    if (known->doubt)
        snprintf(
            to, room,
            "%s of its entries found 0 in the word at offset %u behind the first argument, the others one of %s "
            "value%s, which could be the place to go on at. But %s: each entry is counted as a call. If it is a "
            "protothread, #include <recount/pt/pt.h> in place of its own pt.h (or -I the folder that holds it) tells "
            "its calls.",
            COUNT(known->fresh), known->offset, COUNT(known->states), rc_plural(known->states), known->doubt);
    else
        snprintf(
            to, room,
            "Which entries begin a call is known by the word at offset %u behind the first argument: 0 begins one. "
            "Else it held one of %s value%s, %s of the function itself; there were at least %s object%s.",
            known->offset, COUNT(known->states), rc_plural(known->states),
            known->addresses ? "code addresses" : "lines", COUNT(known->objects), rc_plural(known->objects));
}

/* Disagreement without a cause: where the thread often had no CPU, the tracer's clock is the one to doubt. */
static void doubt(const struct rc_function *f, char *to, size_t room) {
    int64_t ready = rc_account_of(f, RC_OF_TIME, RC_ROW_PREEMPTED);
    if (ready > 0 && rc_ratio((uint64_t)ready, f->time.total) >= BUSY)
        snprintf(to, room,
                 "For %s of its time there was no CPU for its thread, and which function that hit is known by looks "
                 "alone: record again when the machine is less busy; until then take the sampler's share.",
                 PERCENT(rc_ratio((uint64_t)ready, f->time.total)));
    else
        snprintf(to, room,
                 "Nothing recorded accounts for the difference: take the sampler's share with its interval, and record "
                 "again, longer or with --timestamps=all, to see whether it stays.");
}

void rc_explain(const struct rc_report *report, const struct rc_function *function, struct rc_explanation *out) {
    bool accounted = false;
    *out = (struct rc_explanation){.n_reasons = 0};
    headline(function, out->headline, sizeof out->headline);
    identity(function, out->identity, sizeof out->identity);
    for (enum rc_cause cause = 0; cause < RC_CAUSE_COUNT; cause++) {
        if (!(function->causes >> cause & 1))
            continue;
        struct rc_reason *reason = &out->reasons[out->n_reasons++];
        reason->cause = cause;
        writers[cause](report, function, reason);
        accounted |= rc_explains_share(report, function, cause);
    }
    if (function->verdict == RC_DISAGREE && !accounted)
        doubt(function, out->doubt, sizeof out->doubt);
}
