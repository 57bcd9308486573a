#include "tests/unit/render_story.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { CALLS = 300, RESUMES = 9305, POINTS = 31 };

static void lasting(struct fixture *f, uint32_t node, uint64_t ticks) {
    f->nodes[node].long_count = f->nodes[node].count;
    f->nodes[node].long_ticks = ticks;
}

static void add_awaits(struct fixture *f, uint32_t logical) {
    static char awaited[POINTS][40];
    for (uint32_t i = 0; i < POINTS; i++) {
        snprintf(awaited[i], sizeof awaited[i], "db_query(self->db, \"query %u\", co)", i);
        struct rc_await *await = fixture_await(f, logical, 100 + 3 * i, awaited[i]);
        await->count = i == 0 ? CALLS + 5 : CALLS;
        await->idle = i == 0 ? 5 : 0;
        await->awaiting_ticks = 400000 * await->count;
        await->queued_ticks = 40000 * await->count;
        fixture_extra(f, logical)->awaiting_ticks += await->awaiting_ticks;
        fixture_extra(f, logical)->queued_ticks += await->queued_ticks;
    }
    fixture_extra(f, logical)->idle = 5;
}

static void add_samples(struct fixture *f, const uint32_t *nodes, const uint64_t *weights, size_t n, uint32_t native) {
    uint32_t bottom = fixture_path(f, RC_NONE, nodes[0], 1);
    uint32_t dispatched = fixture_path(f, bottom, nodes[1], 3);
    for (uint32_t i = 0; i < 1000; i++) {
        size_t at = 0;
        for (uint64_t rest = i * 7 % 100; at + 1 < n && rest >= weights[at]; at++)
            rest -= weights[at];
        uint32_t path = at == 0 ? bottom : at == 1 ? dispatched : RC_NONE;
        if (at > 1)
            path =
                fixture_path(f, at == 2 ? dispatched : bottom, nodes[at], at == 2 ? RF_CALL_ASYNC | (1 + i % 120) : i);
        fixture_sample(f, path, at == 0 && i % 3 == 0 ? native : RC_NONE);
    }
}

struct fixture *render_story(void) {
    struct fixture *f = fixture_new();
    uint64_t loop = fixture_library(f, "event_base_loop");
    uint64_t main_fn = fixture_symbol(f, "main", 0);
    uint32_t main_ = fixture_node(f, 0, main_fn, 0, 1);
    uint32_t dispatch = fixture_node(f, main_, fixture_symbol(f, "dispatch_request", 0), loop + 0x40, CALLS);
    uint32_t callback = fixture_node(f, main_, fixture_symbol(f, "on_query_done", 0), loop + 0x40, RESUMES);
    uint64_t fn = fixture_symbol(f, "get_character", 0);
    uint32_t logical = fixture_node(f, dispatch, fn, 0, CALLS);
    uint32_t physical = fixture_node(f, callback, fn, 0, RESUMES);
    uint32_t parse = fixture_node(
        f, logical,
        fixture_symbol(f, "json::parse<(anonymous namespace)::value>(char const*, unsigned long, json::options const&)",
                       0),
        0, 1234567);
    lasting(f, main_, 900000000);
    lasting(f, dispatch, 60000000);
    lasting(f, callback, 400000000);
    lasting(f, logical, 40000000);
    lasting(f, parse, 200000000);
    f->nodes[main_].off_ns = 300000000;
    *fixture_extra(f, logical) = (struct rc_extra){
        .node = logical, .begins = CALLS, .resumed = RESUMES, .resumed_ticks = 300000000, .ends = CALLS};
    *fixture_extra(f, physical) =
        (struct rc_extra){.node = physical, .resumes = RESUMES, .passed = RESUMES, .passed_ticks = 300000000};
    add_awaits(f, logical);
    f->process.probe_count_ps = 3000;
    f->process.last = f->process.start + 1000000000;
    f->process.async_calls = CALLS;
    uint32_t native = fixture_native(f, fixture_native(f, RC_NONE, main_fn + 0x41, false), loop + 0x40, true);
    const uint32_t nodes[] = {main_, dispatch, logical, callback, parse};
    const uint64_t weights[] = {22, 4, 24, 16, 34};
    add_samples(f, nodes, weights, 5, native);
    return f;
}
