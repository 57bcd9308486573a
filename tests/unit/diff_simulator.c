#include "tests/unit/diff_simulator.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SAMPLE_NS = 1e6;

/* Shares of the CPU time; they add up to 1. */
static const double shares[SIMULATED_FUNCTIONS] = {.30, .20, .14, .10, .08, .06, .04, .03, .02, .015, .01, .005};

/* xorshift64*: the same numbers on every machine. */
static uint64_t next(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static double uniform(uint64_t *state) {
    return ((double)(next(state) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state) {
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(2 * M_PI * uniform(state));
}

/* A Poisson count of mean `mean`, or one whose variance is `regular` times that. */
static uint64_t count(uint64_t *state, double mean, double regular) {
    double poisson = mean * regular, fixed = mean - poisson;
    uint64_t drawn = 0;
    double whole = floor(fixed + uniform(state));
    if (poisson > 50)
        return (uint64_t)fmax(0, round(whole + poisson + sqrt(poisson) * normal(state)));
    for (double left = exp(-poisson), product = uniform(state); product > left; product *= uniform(state))
        drawn++;
    return drawn + (uint64_t)whole;
}

static void add(struct rc_diff *diff, const struct simulation *s, enum rc_side side, uint64_t *state) {
    struct rc_diff_seen functions[SIMULATED_FUNCTIONS];
    char names[SIMULATED_FUNCTIONS][8];
    struct rc_error err = {""};
    struct rc_diff_run run = {.side = side, .command = "app", .host = "", .sample_ns = SAMPLE_NS, .traced = true};
    double speed = exp(s->machine * normal(state)) * (uniform(state) < s->outliers ? 1.5 : 1);
    for (size_t f = 0; f < SIMULATED_FUNCTIONS; f++) {
        bool changed = side == RC_AFTER && f == 0;
        double ns =
            1e9 * s->seconds * shares[f] * speed * exp(s->function * normal(state)) * (changed ? 1 + s->change : 1);
        snprintf(names[f], sizeof names[f], "f%zu", f);
        functions[f] = (struct rc_diff_seen){.name = names[f], .object = "/bin/app", .hooked = true};
        functions[f].counts[RC_DIFF_CALLS] = functions[f].counts[RC_DIFF_ENTRIES] =
            100 * (f + 1) + (side == RC_AFTER && f == 1 ? s->changed_calls : 0);
        functions[f].samples = count(state, ns / SAMPLE_NS, s->regular);
        functions[f].own_ns = (double)functions[f].samples * SAMPLE_NS;
        run.samples += functions[f].samples;
        run.cpu_ns += ns;
    }
    run.wall_ns = (uint64_t)(run.cpu_ns * exp(0.05 * fabs(normal(state))));
    cr_assert(rc_diff_add(diff, &run, functions, SIMULATED_FUNCTIONS, &err) == 0, "%s", err.text);
}

struct rc_diff *simulate(const struct simulation *s, uint64_t n) {
    uint64_t state = (s->seed + n) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    struct rc_diff *diff = rc_diff_new(NULL, false);
    struct rc_error err = {""};
    cr_assert(diff != NULL);
    for (int i = 0; i < 8; i++)
        next(&state);
    for (size_t i = 0; i < 2 * s->runs; i++)
        add(diff, s, i % 2 ? RC_AFTER : RC_BEFORE, &state);
    cr_assert(rc_diff_judge(diff, &err) == 0, "%s", err.text);
    return diff;
}

const struct rc_diff_row *simulated_row(const struct rc_diff *diff, size_t f) {
    char name[8];
    snprintf(name, sizeof name, "f%zu", f);
    for (size_t i = 0; i < diff->n_rows; i++)
        if (strcmp(diff->rows[i].name, name) == 0)
            return &diff->rows[i];
    abort();
}
