#include "tests/unit/simulate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double LATENCY = 0.05; /* of a tick, on average: sampler/watch.c's 5% of a period */
static const double REDRAW = 25;    /* ticks */
static const double MODE = 300;

struct running {
    const struct sim_program *program;
    unsigned short *seed;
    double *truth;
    double now, end; /* of the present piece */
    uint32_t function;
    bool odd;
    double mode_end, half;
    double below[SIM_FUNCTIONS_MOST]; /* shares of the functions up to each */
};

static double uniform(const struct running *run) {
    return erand48(run->seed);
}

static double exponential(const struct running *run, double mean) {
    return -mean * log(1 - uniform(run));
}

static uint32_t draw(const struct running *run) {
    double at = uniform(run);
    uint32_t low = 0, high = (uint32_t)run->program->n_functions - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (at < run->below[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double next_of_modes(struct running *run) {
    if (run->now >= run->mode_end) {
        run->odd = uniform(run) < 0.5;
        run->mode_end = run->now + exponential(run, MODE);
    }
    do
        run->function = draw(run);
    while ((run->function % 2 != 0) != run->odd);
    return exponential(run, run->program->scale);
}

static void begin_piece(struct running *run) {
    double scale = run->program->scale, length = 0;
    switch (run->program->kind) {
    case SIM_RANDOM:
        run->function = draw(run);
        length = exponential(run, scale);
        break;
    case SIM_PERIODIC:
        run->function = (run->function + 1) % (uint32_t)run->program->n_functions;
        length = run->program->shares[run->function] * scale;
        break;
    case SIM_BURSTY:
        run->function = draw(run);
        length = scale * pow(1 - uniform(run), -1 / 1.5);
        break;
    case SIM_MODES:
        length = next_of_modes(run);
        break;
    case SIM_HALVES:
        run->function = run->now >= run->half;
        length = run->function ? INFINITY : run->half;
        break;
    }
    run->end = run->now + length;
}

static void run_until(struct running *run, double to) {
    while (run->end <= to) {
        run->truth[run->function] += run->end - run->now;
        run->now = run->end;
        begin_piece(run);
    }
    run->truth[run->function] += to - run->now;
    run->now = to;
}

/* Somewhere in its period. */
static void begin(struct running *run, size_t n) {
    double below = 0;
    for (size_t f = 0; f < run->program->n_functions; f++)
        run->below[f] = below += run->program->shares[f];
    run->half = (double)n * (0.2 + 0.6 * uniform(run));
    if (run->program->kind != SIM_PERIODIC) {
        begin_piece(run);
        return;
    }
    run->now = run->end = -uniform(run) * run->program->scale;
    run->function = (uint32_t)run->program->n_functions - 1;
    for (begin_piece(run); run->end <= 0; begin_piece(run))
        run->now = run->end;
    run->now = 0;
}

/* As draw_period in sampler/watch.c. */
static double draw_period(const struct running *run) {
    return 0.54 + 0.8 * uniform(run);
}

static double latency(const struct running *run) {
    return 2 * LATENCY * uniform(run);
}

void sim_record(const struct sim_program *program, unsigned short seed[3], struct rc_look *looks, size_t n,
                double *truth) {
    struct running run = {.program = program, .seed = seed, .truth = truth};
    memset(truth, 0, program->n_functions * sizeof *truth);
    begin(&run, n);
    double period = draw_period(&run), armed = 0, tick = period + latency(&run), look = 0.5 + uniform(&run);
    size_t taken = 0, written = 0;
    while (written < n) {
        if (tick <= look && taken < n) {
            run_until(&run, tick);
            looks[taken] = (struct rc_look){.time_ns = 1e6 * tick, .what = run.function, .sample = (uint32_t)taken};
            taken++;
            tick += period + latency(&run);
            continue;
        }
        if (look - armed >= REDRAW * period) { /* its thread looks; what it has not read yet gets the new period */
            armed = look;
            period = draw_period(&run);
            tick = look + period + latency(&run);
        }
        for (; written < taken; written++)
            looks[written].period_ns = 1e6 * period;
        look += 0.5 + uniform(&run);
    }
}
