/* Prints docs/coverage.md: how often the 95% interval of a share holds the truth, by program, share and length of the
 * recording. Built and run by the target `coverage-table`; seeds are fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compare/model/claims.h"
#include "tests/unit/simulate.h"

enum { FUNCTIONS = 6, LENGTHS = 3, LONGEST = 10000, RECORDINGS = 600 };

static const double shares[FUNCTIONS] = {0.48, 0.3, 0.13, 0.06, 0.02, 0.01};
static const size_t lengths[LENGTHS] = {200, 2000, LONGEST};
static const size_t shown[] = {0, 2, 4};

static const struct {
    const char *name, *remark;
    enum sim_kind kind;
    double scale;
} scenes[] = {
    {"independent", "", SIM_RANDOM, 0.05},         {"alternating, 0.3 ms", "a", SIM_RANDOM, 0.3},
    {"alternating, 1 ms", "", SIM_RANDOM, 1},      {"alternating, 5 ms", "", SIM_RANDOM, 5},
    {"periodic, 0.1 ms", "", SIM_PERIODIC, 0.1},   {"periodic, 0.9 ms", "", SIM_PERIODIC, 0.9},
    {"periodic, 1 ms", "", SIM_PERIODIC, 1},       {"in step, 1.2 ms", "b", SIM_PERIODIC, 1.2},
    {"in step, 1.34 ms", "b", SIM_PERIODIC, 1.34}, {"periodic, 2 ms", "a", SIM_PERIODIC, 2},
    {"periodic, 10 ms", "a", SIM_PERIODIC, 10},    {"bursty, from 0.3 ms", "a", SIM_BURSTY, 0.3},
    {"bursty, from 3 ms", "", SIM_BURSTY, 3},      {"phases of 50 ms", "c", SIM_RANDOM, 50},
    {"phases of 400 ms", "c", SIM_RANDOM, 400},    {"modes of 300 ms, mixed", "", SIM_MODES, 0.02},
    {"two phases only", "c", SIM_HALVES, 1},
};

struct cell {
    double covered, width, n;
};

static void look(const double *truth, const struct rc_share *found, struct cell *cells) {
    double whole = 0;
    for (size_t f = 0; f < FUNCTIONS; f++)
        whole += truth[f];
    for (size_t s = 0; s < sizeof shown / sizeof *shown; s++) {
        double share = truth[shown[s]] / whole;
        const struct rc_share *interval = &found[shown[s]];
        if (share <= 0) /* it did not run */
            continue;
        cells[s].n++;
        cells[s].covered += interval->low <= share && share <= interval->high;
        cells[s].width += (interval->high - interval->low) / 2;
    }
}

static void simulate(size_t scene, size_t n, struct cell *cells) {
    static struct rc_look looks[LONGEST];
    struct sim_program program = {scenes[scene].kind, scenes[scene].scale, shares, FUNCTIONS};
    unsigned short seed[3] = {4, 5, 6};
    size_t recordings = n > 2000 ? RECORDINGS / 2 : RECORDINGS;
    for (size_t r = 0; r < recordings; r++) {
        double truth[FUNCTIONS], whole = 0;
        struct rc_claim claims[FUNCTIONS];
        struct rc_share found[FUNCTIONS];
        enum rc_verdict verdicts[FUNCTIONS] = {RC_TOO_FEW};
        sim_record(&program, seed, looks, n, truth);
        for (size_t f = 0; f < FUNCTIONS; f++)
            whole += truth[f];
        for (size_t f = 0; f < FUNCTIONS; f++)
            claims[f] = (struct rc_claim){
                .tracer = truth[f] / whole, .compared = true, .share = &found[f], .verdict = &verdicts[f]};
        if (rc_claims_judge(claims, FUNCTIONS, looks, n))
            exit(1);
        look(truth, found, cells);
    }
}

static void print_cell(const struct cell *cell) {
    if (cell->n < 100)
        fputs(" - |", stdout);
    else
        printf(" %.1f ±%.2f |", 100 * cell->covered / cell->n, 100 * cell->width / cell->n);
}

int main(void) {
    fputs("| program | |", stdout);
    for (size_t l = 0; l < LENGTHS; l++)
        for (size_t s = 0; s < sizeof shown / sizeof *shown; s++)
            printf(" %zu: %.0f%% |", lengths[l], 100 * shares[shown[s]]);
    fputs("\n|---|---|", stdout);
    for (size_t c = 0; c < LENGTHS * sizeof shown / sizeof *shown; c++)
        fputs("---|", stdout);
    for (size_t scene = 0; scene < sizeof scenes / sizeof *scenes; scene++) {
        printf("\n| %s | %s |", scenes[scene].name, scenes[scene].remark);
        for (size_t l = 0; l < LENGTHS; l++) {
            struct cell cells[sizeof shown / sizeof *shown] = {{0, 0, 0}};
            simulate(scene, lengths[l], cells);
            for (size_t s = 0; s < sizeof shown / sizeof *shown; s++)
                print_cell(&cells[s]);
        }
    }
    putchar('\n');
    return 0;
}
