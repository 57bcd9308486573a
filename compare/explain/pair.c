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

const char *rc_second_run(const struct rc_pair *pair) {
    return pair->profile->plain ? "plain run" : "run asleep";
}

const char *rc_second_word(const struct rc_pair *pair) {
    return pair->profile->plain ? "plain" : "asleep";
}

void rc_pair_sentence(const struct rc_pair *pair, char *to, size_t room) {
    if (pair->cpu_ratio <= 0)
        snprintf(to, room, "What the hooks cost is not known: the %s used no CPU time.", rc_second_run(pair));
    else if (pair->cpu_ratio < 1)
        snprintf(to, room, "The run awake used %s of CPU time and the %s %s: the hooks cost nothing that shows.",
                 rc_text_time(pair->awake.cpu_ns).s, rc_second_run(pair), rc_text_time(pair->asleep.cpu_ns).s);
    else
        snprintf(to, room, "The hooks cost %.2fx: %s of CPU time awake, %s %s.", pair->cpu_ratio,
                 rc_text_time(pair->awake.cpu_ns).s, rc_text_time(pair->asleep.cpu_ns).s, rc_second_word(pair));
}

const char *rc_pair_doubt(const struct rc_pair *pair, size_t i, char *to, size_t room) {
    unsigned left = pair->doubts;
    while (i-- && left)
        left &= left - 1;
    switch (left & -left) {
    case RC_PAIR_SLOWER:
        snprintf(to, room,
                 "The %s used more CPU time than the run awake (%s, %s): the two did not do the same work, or "
                 "something else disturbed them. What differs is not the probes' effect alone.",
                 rc_second_run(pair), rc_text_time(pair->asleep.cpu_ns).s, rc_text_time(pair->awake.cpu_ns).s);
        return to;
    case RC_PAIR_PROCESSES:
        snprintf(to, room,
                 "The run awake had %zu process%s, the %s %zu: the two did not do the same work, and what "
                 "differs is not the probes' effect alone.",
                 pair->awake.processes, pair->awake.processes == 1 ? "" : "es", rc_second_run(pair),
                 pair->asleep.processes);
        return to;
    case RC_PAIR_AWAKE:
        snprintf(to, room,
                 "Hooks ran in the %s, too: %s entries were counted, and %s of its samples were in hooks. Its "
                 "CPU time is not free of them, and what the probes cost is more than what differs.",
                 rc_second_run(pair), rc_text_count(pair->asleep.entries).s,
                 rc_text_percent(rc_ratio(pair->asleep.in_probe, pair->asleep.kept)).s);
        return to;
    case RC_PAIR_UNSAMPLED:
        snprintf(
            to, room,
            "The samples stand for %s of %s of CPU time awake and %s of %s in the %s; the rest, mostly the kernel's, "
            "is in no function's times.",
            rc_text_time(pair->awake.sampled_ns).s, rc_text_time(pair->awake.cpu_ns).s,
            rc_text_time(pair->asleep.sampled_ns).s, rc_text_time(pair->asleep.cpu_ns).s, rc_second_run(pair));
        return to;
    case RC_PAIR_STRANGER:
        snprintf(to, room,
                 "No sample of the plain run was in a function that has hooks in the other build: it is not the same "
                 "program, or has no symbols.");
        return to;
    default:
        return NULL;
    }
}

/* Why the two runs' times of a function are not set against each other. @return whether there is a reason */
static bool put_odd_sentence(const struct rc_pair *pair, enum rc_in_run in, bool hooked, char *to, size_t room) {
    const char *run = rc_second_run(pair);
    if (in == RC_IN_BOTH)
        return false;
    if (in == RC_IN_AWAKE && hooked)
        snprintf(to, room, "Its object was not loaded in the %s: its times are those of the run awake.", run);
    else if (in == RC_IN_AWAKE)
        snprintf(to, room, "No sample of the %s met it.", run);
    else if (in == RC_IN_ASLEEP)
        snprintf(to, room, "Only the %s met it.", run);
    else if (in == RC_IN_NAMESAKES)
        snprintf(to, room,
                 "Another function has the same name in an object of the same name: the %s does not tell the two "
                 "apart, and its times are those of the run awake.",
                 run);
    else if (pair->profile->plain)
        snprintf(to, room,
                 "No sample of the %s met it: there it is inlined, and its caller has its time as well, or it is gone, "
                 "or quick. Its times are those of the run awake. Debug information (-g) tells what is inlined.",
                 run);
    else
        snprintf(to, room,
                 "Its code is inlined, and nothing tells it from its caller's in the %s: its times are those of the "
                 "run awake. Debug information (-g) would tell.",
                 run);
    return true;
}

void rc_effect_sentence(const struct rc_report *report, size_t f, char *to, size_t room) {
    const struct rc_effect *effect = &report->pair->effects[f];
    const struct rc_pair *pair = report->pair;
    if (put_odd_sentence(pair, effect->in, report->functions[f].hooked, to, room))
        return;
    int used = snprintf(to, room,
                        "Own CPU time, as the sampler saw it: %s awake, with the probes in it, and %s [%s, %s] %s. "
                        "The difference is %s",
                        rc_text_time(whole(effect->awake.value)).s, rc_text_time(whole(effect->asleep.value)).s,
                        rc_text_time(whole(effect->asleep.low)).s, rc_text_time(whole(effect->asleep.high)).s,
                        rc_second_word(pair), rc_text_effect(effect->effect).s);
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
