#include "compare/model/blind.h"

#include <math.h>
#include <stdlib.h>

#include "compare/model/blind_build.h"
#include "compare/model/build.h"

static const double SURPRISING = 0.05; /* of all functions that were never sampled together */

static int by_expectation(const void *left, const void *right) {
    const struct rc_unsampled *a = left, *b = right;
    if (a->expected != b->expected)
        return a->expected < b->expected ? 1 : -1;
    return (a->function > b->function) - (a->function < b->function);
}

/* Bonferroni's bound: the chance that any of them is surprising without a reason is at most 5%. */
static void judge(struct rc_blind *blind) {
    for (size_t i = 0; i < blind->n_unsampled; i++)
        blind->unsampled[i].surprising = blind->unsampled[i].probability * (double)blind->n_unsampled < SURPRISING;
}

/* Which is a call whose own time the tracer knows; without times nothing can be expected. */
int rc_blind_unsampled(struct rc_blind *blind, const struct rc_report *report) {
    double period_ns = report->kept_samples ? (double)report->sampled_ns / (double)report->kept_samples : 0;
    blind->unsampled = calloc(report->n_functions + 1, sizeof *blind->unsampled);
    if (!blind->unsampled)
        return -1;
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        if (!function->hooked || !function->entries || function->seen.self)
            continue;
        double expected = period_ns > 0 && report->timed ? (double)function->self_ns / period_ns : 0;
        blind->unsampled[blind->n_unsampled++] = (struct rc_unsampled){(uint32_t)f, expected, exp(-expected), false};
    }
    if (blind->n_unsampled)
        qsort(blind->unsampled, blind->n_unsampled, sizeof *blind->unsampled, by_expectation);
    judge(blind);
    return 0;
}

/* A reservoir that ran over, or a ring that did, holds less than was taken: then what is missing is no blind spot. */
static void find_unsampled_time(struct rc_blind *blind, const struct rc_report *report) {
    if (report->kept_samples >= report->samples && report->cpu_ns > report->sampled_ns)
        blind->unsampled_ns = report->cpu_ns - report->sampled_ns;
}

int rc_blind_build(struct rc_blind **out, const struct rc_report *report, const struct rc_lookup *lookups,
                   const struct rc_filter_wish *wish, struct rc_error *err) {
    struct rc_blind *blind = calloc(1, sizeof *blind);
    struct rc_look *looks = NULL;
    *out = NULL;
    int result = blind ? rc_blind_see(blind, report, lookups, &looks) : -1;
    if (result == 0)
        result = rc_blind_unsampled(blind, report);
    if (result == 0)
        result = rc_blind_probes(blind, report, looks, wish);
    free(looks);
    if (result) {
        rc_blind_free(blind);
        return rc_no_memory(err);
    }
    find_unsampled_time(blind, report);
    *out = blind;
    return 0;
}

void rc_blind_free(struct rc_blind *blind) {
    if (!blind)
        return;
    for (size_t i = 0; i < blind->n_places; i++)
        free(blind->places[i].under.items);
    free(blind->places);
    free(blind->unsampled);
    free(blind->probes);
    free(blind);
}
