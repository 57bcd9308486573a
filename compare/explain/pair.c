#include "compare/explain/pair.h"

#include <math.h>
#include <stdio.h>

enum { ODD_LEAST = 5 }; /* samples; fewer may be missing by chance */

static uint64_t whole(double ns) {
    return ns > 0 ? (uint64_t)llround(fmin(ns, 9e18)) : 0;
}

struct rc_text rc_text_signed_time(double ns) {
    struct rc_text text, size = rc_text_time(whole(fabs(ns)));
    snprintf(text.s, sizeof text.s, "%s%.30s", !whole(fabs(ns)) ? "" : ns < 0 ? "-" : "+", size.s);
    return text;
}

struct rc_words rc_text_effect(struct rc_estimate effect) {
    struct rc_words words;
    snprintf(words.s, sizeof words.s, "%s [%s, %s]", rc_text_signed_time(effect.value).s,
             rc_text_signed_time(effect.low).s, rc_text_signed_time(effect.high).s);
    return words;
}

struct rc_words rc_text_ratio(struct rc_estimate ratio) {
    struct rc_words words = {"-"};
    if (ratio.value > 0 && ratio.low > 0 && ratio.high >= 0)
        snprintf(words.s, sizeof words.s, "%.2fx [%.2f, %.2f]", ratio.value, ratio.low, ratio.high);
    else if (ratio.low >= 1)
        snprintf(words.s, sizeof words.s, "at least %.2fx", ratio.low);
    return words;
}

void rc_pair_sentence(const struct rc_pair *pair, char *to, size_t room) {
    if (pair->cpu_ratio <= 0)
        snprintf(to, room, "What the hooks cost is not known: the run asleep used no CPU time.");
    else if (pair->cpu_ratio < 1)
        snprintf(to, room,
                 "The run awake used %s of CPU time and the run asleep %s: the hooks cost nothing that shows.",
                 rc_text_time(pair->awake.cpu_ns).s, rc_text_time(pair->asleep.cpu_ns).s);
    else
        snprintf(to, room, "The hooks cost %.2fx: %s of CPU time awake, %s asleep.", pair->cpu_ratio,
                 rc_text_time(pair->awake.cpu_ns).s, rc_text_time(pair->asleep.cpu_ns).s);
}

const char *rc_pair_doubt(const struct rc_pair *pair, size_t i, char *to, size_t room) {
    unsigned left = pair->doubts;
    while (i-- && left)
        left &= left - 1;
    switch (left & -left) {
    case RC_PAIR_SLOWER:
        snprintf(to, room,
                 "The run asleep used more CPU time than the run awake (%s, %s): the two did not do the same work, or "
                 "something else disturbed them. What differs is not the probes' effect alone.",
                 rc_text_time(pair->asleep.cpu_ns).s, rc_text_time(pair->awake.cpu_ns).s);
        return to;
    case RC_PAIR_PROCESSES:
        snprintf(to, room,
                 "The run awake had %zu process%s, the run asleep %zu: the two did not do the same work, and what "
                 "differs is not the probes' effect alone.",
                 pair->awake.processes, pair->awake.processes == 1 ? "" : "es", pair->asleep.processes);
        return to;
    case RC_PAIR_AWAKE:
        snprintf(to, room,
                 "Hooks ran in the run asleep, too: %s entries were counted, and %s of its samples were in hooks. Its "
                 "CPU time is not free of them, and what the probes cost is more than what differs.",
                 rc_text_count(pair->asleep.entries).s,
                 rc_text_percent(rc_ratio(pair->asleep.in_probe, pair->asleep.kept)).s);
        return to;
    case RC_PAIR_UNSAMPLED:
        snprintf(to, room,
                 "The samples stand for %s of %s of CPU time awake and %s of %s asleep; the rest, mostly the kernel's, "
                 "is in no function's times.",
                 rc_text_time(pair->awake.sampled_ns).s, rc_text_time(pair->awake.cpu_ns).s,
                 rc_text_time(pair->asleep.sampled_ns).s, rc_text_time(pair->asleep.cpu_ns).s);
        return to;
    default:
        return NULL;
    }
}

/* Why the two runs' times of a function are not set against each other; NULL: they are. */
static const char *odd_sentence(enum rc_in_run in, bool hooked) {
    switch (in) {
    case RC_IN_AWAKE:
        return hooked ? "Its object was not loaded in the run asleep: its times are those of the run awake."
                      : "No sample of the run asleep met it.";
    case RC_IN_ASLEEP:
        return "Only the run asleep met it.";
    case RC_IN_NAMESAKES:
        return "Another function has the same name in an object of the same name: the run asleep does not tell the "
               "two apart, and its times are those of the run awake.";
    case RC_IN_CALLER:
        return "Its code is inlined, and nothing tells it from its caller's in the run asleep: its times are those of "
               "the run awake. Debug information (-g) would tell.";
    case RC_IN_BOTH:
        break;
    }
    return NULL;
}

void rc_effect_sentence(const struct rc_report *report, size_t f, char *to, size_t room) {
    const struct rc_effect *effect = &report->pair->effects[f];
    const char *odd = odd_sentence(effect->in, report->functions[f].hooked);
    if (odd) {
        snprintf(to, room, "%s", odd);
        return;
    }
    int used = snprintf(to, room,
                        "Own CPU time, as the sampler saw it: %s awake, with the probes in it, and %s [%s, %s] asleep. "
                        "The difference is %s",
                        rc_text_time(whole(effect->awake.value)).s, rc_text_time(whole(effect->asleep.value)).s,
                        rc_text_time(whole(effect->asleep.low)).s, rc_text_time(whole(effect->asleep.high)).s,
                        rc_text_effect(effect->effect).s);
    if (used < 0 || (size_t)used >= room)
        return;
    struct rc_words ratio_words = rc_text_ratio(effect->ratio);
    const char *ratio = ratio_words.s;
    bool clear = effect->effect.low > 0 || effect->effect.high < 0;
    snprintf(to + used, room - (size_t)used, "%s%s%s.", *ratio == '-' ? "" : ", ", *ratio == '-' ? "" : ratio,
             clear ? "" : ": no more than chance makes");
}

const char *rc_in_run_word(enum rc_in_run in) {
    static const char *const words[] = {[RC_IN_BOTH] = "both",
                                        [RC_IN_AWAKE] = "awake",
                                        [RC_IN_ASLEEP] = "asleep",
                                        [RC_IN_NAMESAKES] = "namesakes",
                                        [RC_IN_CALLER] = "caller"};
    return words[in];
}

bool rc_effect_is_odd(const struct rc_report *report, size_t f) {
    const struct rc_effect *effect = &report->pair->effects[f];
    uint64_t asleep = effect->timed_asleep ? report->functions[f].seen.self : 0;
    if (effect->in == RC_IN_BOTH)
        return false;
    if (report->functions[f].hooked)
        return report->functions[f].entries > 0;
    return effect->seen.self >= ODD_LEAST || asleep >= ODD_LEAST;
}
