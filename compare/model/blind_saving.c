/*
 * What a proposed filter will save, as a range. The samples in the hooks tell what the hooks cost; but a processor does
 * the work of the code around them at the same time, and that takes time of its own once they are gone. How much it
 * is, a single run cannot tell (docs/model.md, "What the hooks hide"). bench/programs/hidden.c has it between nothing
 * and HIDDEN_MOST times the time that is sampled in that code, and never more than the hooks. bench/constants.sh
 * measures all of these again (docs/bench-constants.md).
 */
#include <math.h>
#include <stdlib.h>

#include "compare/model/blind_build.h"

static const double HIDDEN_MOST = 2.2;  /* 2.1 is the most that was measured, of functions that wait for each result */
static const double HIDDEN_GUESS = 0.7; /* by convention: its two kinds of code have 0.1 and 1.1 on average */
static const double SPILT_MOST = 0.25;  /* of the hooks, that is sampled in the code around them (docs/model.md) */
static const double COUNTED_MOST = 1.5; /* times the calibrated cost, which is that of hooks called back to back */

/* The functions that are to sleep, and whose code stands around their hooks: they themselves, and their callers. */
struct sleepers {
    bool *asleep, *around;
};

static void find_around(const struct sleepers *who, const struct rc_resolved *part) {
    for (size_t n = 0; n < part->process->n_nodes; n++) {
        uint32_t function = part->node_function[n], parent = part->process->nodes[n].parent;
        if (function == RC_NONE || !who->asleep[function])
            continue;
        who->around[function] = true;
        if (parent != RC_NONE && part->node_function[parent] != RC_NONE)
            who->around[part->node_function[parent]] = true;
    }
}

/* The share of all samples in the code around the hooks, known as well as that of the hooks. */
static struct rc_sighted code_around(const struct sleepers *who, const struct rc_report *report,
                                     const struct rc_spreads *spreads) {
    struct rc_spread code = spreads->of[0];
    code.weight = 0;
    code.hits = 0;
    for (size_t f = 0; f < report->n_functions; f++)
        if (who->around[f]) {
            code.weight += (double)report->functions[f].seen.self_ns;
            code.hits += report->functions[f].seen.self;
        }
    code.weight = fmin(code.weight, spreads->weight);
    return rc_sighted_of(spreads, &code);
}

static void predict(struct rc_blind *blind, const struct rc_report *report, const struct rc_spreads *spreads,
                    const struct sleepers *who) {
    double cpu = (double)report->cpu_ns;
    double all_ns = cpu > 0 ? fmin(cpu, spreads->weight) : spreads->weight;
    struct rc_prediction *predicted = &blind->predicted;
    predicted->sampled = blind->saving.samples >= RC_PROBE_SAMPLES_ENOUGH;
    if (!predicted->sampled) {
        double most = COUNTED_MOST * blind->proposed_ns;
        predicted->high_ns = cpu > 0 ? fmin(cpu, most) : most;
        predicted->ns = fmin(blind->proposed_ns / 2, predicted->high_ns);
        return;
    }
    predicted->around = code_around(who, report, spreads);
    double hidden = fmin(blind->saving.share / 2, HIDDEN_GUESS * predicted->around.share);
    predicted->ns = (blind->saving.share - hidden) * all_ns;
    predicted->low_ns = fmax(0, blind->saving.low - HIDDEN_MOST * predicted->around.high) * all_ns;
    double spilt = fmin(SPILT_MOST * blind->saving.high, predicted->around.share);
    predicted->high_ns = fmin(1, blind->saving.high + spilt) * all_ns;
}

/* All proposed functions' hooks together: their interval is narrower than the sum of the intervals. */
static int find(struct rc_blind *blind, const struct rc_report *report, struct rc_look *looks,
                const struct sleepers *who) {
    struct rc_spreads spreads;
    for (size_t i = 0; i < blind->n_probes; i++)
        who->asleep[blind->probes[i].function] = blind->probes[i].keep == RC_KEEP_NOT;
    for (size_t p = 0; p < report->n_parts; p++)
        find_around(who, &report->parts[p]);
    for (size_t i = 0; i < blind->samples; i++)
        looks[i].what = looks[i].sample != RC_NONE && who->asleep[looks[i].sample] ? 0 : RC_NONE;
    int result = rc_spreads_find(&spreads, 1, looks, blind->samples);
    if (result == 0) {
        blind->saving = rc_sighted_of(&spreads, &spreads.of[0]);
        predict(blind, report, &spreads, who);
    }
    free(spreads.of);
    return result;
}

int rc_blind_saving(struct rc_blind *blind, const struct rc_report *report, struct rc_look *looks) {
    struct sleepers who = {calloc(report->n_functions + 1, sizeof *who.asleep),
                           calloc(report->n_functions + 1, sizeof *who.around)};
    int result = who.asleep && who.around ? find(blind, report, looks, &who) : -1;
    free(who.asleep);
    free(who.around);
    return result;
}
