/*
 * Random programs, run by a small simulator that keeps the books the way the runtime does (every call timed) and
 * knows the truth at the same time: the model must find exactly the truth, and both ledgers must close.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/model_fixture.h"

enum { FUNCTIONS = 7, ASYNC_FROM = 4, DEPTH = 24, CALLS = 200, STEPS = 1500, PROGRAMS = 150 };

struct call {                  /* a logical one */
    uint32_t function, parent; /* parent: index, or CALLS for none */
    uint32_t node;
    bool recursive, suspended;
    uint64_t id, left, ready, time;
};

struct open {
    uint32_t call, node, physical;
    uint64_t t0;
};

struct truth {
    uint64_t entries, calls, resumes, recursive, self, total, waiting;
};

struct machine {
    struct fixture *f;
    unsigned short seed[3];
    uint64_t now, fn[FUNCTIONS];
    struct call calls[CALLS + 1];
    uint32_t n_calls;
    struct open stack[DEPTH];
    uint32_t depth;
    struct truth truth[FUNCTIONS];
};

static uint64_t pick(struct machine *m, uint64_t below) {
    return (uint64_t)nrand48(m->seed) % below;
}

static uint32_t node_of(struct machine *m, uint32_t parent, uint32_t function) {
    for (uint32_t n = 0; n < m->f->process.n_nodes; n++)
        if (m->f->nodes[n].parent == parent && m->f->nodes[n].fn == m->fn[function])
            return n;
    return fixture_node(m->f, parent, m->fn[function], 0, 0);
}

static bool has_outer(const struct machine *m, uint32_t function, uint32_t parent) {
    for (; parent != CALLS; parent = m->calls[parent].parent)
        if (m->calls[parent].function == function)
            return true;
    return false;
}

static void enter(struct machine *m, uint32_t function) {
    const struct open *top = m->depth ? &m->stack[m->depth - 1] : NULL;
    uint32_t parent = top ? top->call : CALLS, node = node_of(m, top ? top->node : 0, function);
    uint32_t at = m->n_calls++;
    m->calls[at] = (struct call){.function = function,
                                 .parent = parent,
                                 .node = node,
                                 .recursive = has_outer(m, function, parent),
                                 .id = at + 1};
    m->f->nodes[node].count++;
    if (function >= ASYNC_FROM)
        fixture_extra(m->f, node)->begins++;
    m->truth[function].entries++;
    m->truth[function].calls++;
    m->truth[function].recursive += m->calls[at].recursive;
    m->stack[m->depth++] = (struct open){at, node, node, m->now};
}

static void resume(struct machine *m, uint32_t at) {
    struct call *call = &m->calls[at];
    struct rc_extra *extra = fixture_extra(m->f, call->node);
    uint32_t physical = node_of(m, m->stack[m->depth - 1].node, call->function);
    uint64_t ready = call->ready < m->now ? call->ready : m->now;
    extra->awaiting_ticks += ready - call->left;
    extra->queued_ticks += m->now - ready;
    call->suspended = false;
    call->time += m->now - call->left;
    m->f->nodes[physical].count++;
    fixture_extra(m->f, physical)->resumes++;
    m->truth[call->function].entries++;
    m->truth[call->function].resumes++;
    m->truth[call->function].waiting += call->recursive ? 0 : m->now - call->left;
    m->stack[m->depth++] = (struct open){at, call->node, physical, m->now};
}

static void leave(struct machine *m) {
    struct open *top = &m->stack[--m->depth];
    struct call *call = &m->calls[top->call];
    uint64_t ticks = m->now - top->t0;
    call->time += ticks;
    if (top->physical == top->node) {
        m->f->nodes[top->node].long_count++;
        m->f->nodes[top->node].long_ticks += ticks;
    } else {
        fixture_extra(m->f, top->physical)->passed++;
        fixture_extra(m->f, top->physical)->passed_ticks += ticks;
        fixture_extra(m->f, top->node)->resumed++;
        fixture_extra(m->f, top->node)->resumed_ticks += ticks;
    }
    if (call->function < ASYNC_FROM || pick(m, 3) == 0)
        return;
    call->suspended = true;
    call->left = m->now;
    call->ready = m->now + pick(m, 300);
}

static void pass_time(struct machine *m) {
    const struct open *top = &m->stack[m->depth - 1];
    uint64_t ticks = 1 + pick(m, 100);
    m->now += ticks;
    m->truth[m->calls[top->call].function].self += ticks;
    if (pick(m, 5) == 0)
        m->f->nodes[top->node].off_ns += ticks;
}

static void step(struct machine *m) {
    uint32_t at = (uint32_t)pick(m, m->n_calls);
    pass_time(m);
    if (m->depth < DEPTH && m->calls[at].suspended && pick(m, 2))
        resume(m, at);
    else if (m->depth < DEPTH && m->n_calls < CALLS && pick(m, 2))
        enter(m, 1 + (uint32_t)pick(m, FUNCTIONS - 1));
    else if (m->depth > 1)
        leave(m);
}

/* The recording ends in the middle of everything. */
static void stop(struct machine *m) {
    m->f->process.last = m->now;
    for (uint32_t i = 0; i < m->depth; i++) {
        const struct open *open = &m->stack[i];
        struct call *call = &m->calls[open->call];
        bool async = call->function >= ASYNC_FROM;
        fixture_open(m->f, 0, open->node, open->t0 | 1, async ? RF_CALL_ASYNC | call->id : 1);
        call->time += m->now - (open->t0 & ~UINT64_C(1));
        if (async)
            fixture_call(m->f, open->node, open->physical, call->id)->state = RF_CALL_RUNNING;
    }
    for (uint32_t i = 0; i < m->n_calls; i++) {
        struct call *call = &m->calls[i];
        if (call->suspended) {
            struct rc_call *alive = fixture_call(m->f, call->node, RC_NONE, call->id);
            alive->state = RF_CALL_SUSPENDED;
            alive->suspended = call->left;
            alive->ready = call->ready < m->now ? call->ready : 0;
            call->time += m->now - call->left;
            m->truth[call->function].waiting += call->recursive ? 0 : m->now - call->left;
        }
        m->truth[call->function].total += call->recursive ? 0 : call->time;
    }
}

static struct machine *run(unsigned short seed) {
    static const char *const names[FUNCTIONS] = {"main", "parse", "walk", "loop", "fetch", "serve", "query"};
    struct machine *m = calloc(1, sizeof *m);
    cr_assert(m);
    m->f = fixture_new();
    m->seed[0] = seed;
    m->now = 1000;
    for (uint32_t i = 0; i < FUNCTIONS; i++)
        m->fn[i] = fixture_symbol(m->f, names[i], RC_CLONE_NONE);
    enter(m, 0);
    for (int i = 0; i < STEPS; i++)
        step(m);
    stop(m);
    return m;
}

/* Open frames have lost their lowest bits to flags: each may be off by three ticks at each end. */
static bool near(uint64_t a, uint64_t b) {
    return (a > b ? a - b : b - a) <= 6 * DEPTH;
}

static void compare(const struct machine *m, const struct rc_report *report, unsigned seed) {
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        const struct truth *truth = &m->truth[i];
        if (!truth->entries)
            continue;
        const struct rc_function *f = fixture_function(report, m->f->symbols[i].base);
        uint64_t self = f->self_ns + f->self_blocked_ns;
        cr_assert_eq(f->entries, truth->entries, "program %u, %s", seed, f->name);
        cr_assert_eq(f->calls, truth->calls, "program %u, %s", seed, f->name);
        cr_assert_eq(f->resumes, truth->resumes, "program %u, %s", seed, f->name);
        cr_assert_eq(f->recursive, truth->recursive, "program %u, %s", seed, f->name);
        cr_assert(near(self, truth->self), "program %u, %s: self %lu, true %lu", seed, f->name, self, truth->self);
        cr_assert(near(f->time.total, truth->total), "program %u, %s: total %lu, true %lu", seed, f->name,
                  f->time.total, truth->total);
        cr_assert(near(f->time.awaiting + f->time.queued, truth->waiting), "program %u, %s: waited %lu, true %lu", seed,
                  f->name, f->time.awaiting + f->time.queued, truth->waiting);
    }
    cr_assert(report->time_unclosed_ns <= 6 * DEPTH, "program %u: %lu unclosed", seed, report->time_unclosed_ns);
}

Test(model_simulation, random_programs) {
    for (unsigned short seed = 1; seed <= PROGRAMS; seed++) {
        struct machine *m = run(seed);
        struct rc_report *report = fixture_report(m->f);
        fixture_check_closed(report);
        compare(m, report, seed);
        rc_report_free(report);
        fixture_free(m->f);
        free(m);
    }
}
