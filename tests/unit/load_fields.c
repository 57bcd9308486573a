/* Every field of a profile comes back as it was written. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/load_check.h"

static struct rc_profile *load(struct rf_test *test) {
    struct rc_error err = {0};
    struct rc_profile *profile;
    cr_assert(load_back(test, &profile, &err) == 0, "%s", err.text);
    const char *broken = load_broken_promise(profile);
    cr_assert(broken == NULL, "%s", broken);
    rf_test_free(test);
    return profile;
}

Test(load_fields, header) {
    struct rc_profile *profile = load(rf_test_new());
    cr_expect_str_eq(profile->command, "app --flag");
    cr_expect_eq(profile->sample_hz, 1000);
    cr_expect_eq(profile->timestamps, RF_TIME_ADAPTIVE);
    cr_expect_eq(profile->start_mono_ns, 5000);
    cr_expect_eq(profile->start_real_ns, 7000);
    cr_expect_eq(profile->damage, 0);
    cr_expect_eq(profile->n_processes, 0);
    rc_profile_free(profile);
}

Test(load_fields, example_is_undamaged) {
    struct rc_profile *profile = load(load_example());
    cr_expect_eq(profile->damage, 0);
    cr_expect_eq(profile->n_processes, 2);
    rc_profile_free(profile);
}

Test(load_fields, process) {
    struct rf_test *test = rf_test_new();
    struct rf_process *raw = rf_test_add_process(test, 0);
    raw->parent = 3;
    raw->sampler = RF_SAMPLER_PERF;
    raw->samples_taken = 11;
    raw->samples_lost = 12;
    raw->samples_unbacked = 13;
    raw->lost_contexts = 14;
    raw->lost_events = 15;
    raw->async_calls = 16;
    raw->chained_calls = 25;
    raw->probe_count_ps = 17;
    raw->probe_timed_ps = 18;
    raw->hooks_lo = 19;
    raw->hooks_hi = 20;
    raw->cpu_ns = 21;
    raw->sampler_cpu_ns = 22;
    raw->start_mono_ns = 23;
    raw->threads_started = 24;
    raw->tracer_off = 1;
    strcpy(raw->failure, "no perf\x1b[2J");
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_expect_eq(p->parent, 3);
    cr_expect_eq(p->pid, 100);
    cr_expect_eq(p->ppid, 99);
    cr_expect_eq(p->sampler, RF_SAMPLER_PERF);
    cr_expect(p->ended && p->tracer_off);
    cr_expect(p->start == 1000 && p->last == 2000000 && p->ns_per_tick == 1.0);
    cr_expect(p->samples_taken == 11 && p->samples_lost == 12 && p->samples_unbacked == 13 && p->lost_contexts == 14);
    cr_expect(p->lost_events == 15 && p->async_calls == 16 && p->probe_count_ps == 17 && p->probe_timed_ps == 18);
    cr_expect_eq(p->chained_calls, 25);
    cr_expect(p->hooks_lo == 19 && p->hooks_hi == 20 && p->cpu_ns == 21 && p->sampler_cpu_ns == 22);
    cr_expect(p->start_mono_ns == 23 && p->threads_started == 24);
    cr_expect_str_eq(p->failure, "no perf?[2J");
    cr_expect_str_eq(p->exe, "/usr/bin/app");
    cr_expect_str_eq(p->cmdline, "app --flag");
    rc_profile_free(profile);
}

static double ns_per_tick(uint64_t ticks_per_s, uint64_t ticks, uint64_t ns) {
    struct rf_test *test = rf_test_new();
    struct rf_process *raw = rf_test_add_process(test, 0);
    raw->ticks_per_s = ticks_per_s;
    raw->last = raw->start + ticks;
    raw->start_mono_ns = 77;
    raw->last_mono_ns = 77 + ns;
    struct rc_profile *profile = load(test);
    double result = profile->processes->ns_per_tick;
    rc_profile_free(profile);
    return result;
}

Test(load_fields, clock) {
    cr_expect(ns_per_tick(2000000000, 1, 1) == 0.5);                    /* as stated */
    cr_expect(ns_per_tick(0, 4000000000, 1000000000) == 0.25);          /* from the pairs */
    cr_expect(ns_per_tick(2000000000, 4000000000, 1000000000) == 0.25); /* they are better */
    cr_expect(ns_per_tick(2000000000, 4000000, 1000000) == 0.5);        /* but not so near each other */
    cr_expect(ns_per_tick(2000000000, 1, 1000000000) == 0.5);           /* nor when they cannot be believed */
    cr_expect(ns_per_tick(0, 4000, 1000) == 1.0);
    cr_expect(ns_per_tick(1, 0, 0) == 1.0);
}

Test(load_fields, thread) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    rf_test_add_thread(test, 0, 5);
    struct rf_thread *raw = rf_test_add_thread(test, 0, 2);
    raw->lives = 4;
    raw->start = 1500;
    raw->end = 1600;
    raw->cpu_ns = 31;
    raw->wall_ns = 32;
    raw->off_ns = 33;
    raw->ticks_taken = 34;
    raw->ticks_lost = 35;
    raw->lost_contexts = 36;
    raw->unmatched_exits = 37;
    raw->switches = 38;
    memset(raw->name, 'n', sizeof raw->name); /* not closed */
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert_eq(p->n_threads, 2);
    const struct rc_thread *t = p->threads;
    cr_expect(t[0].ordinal == 2 && t[1].ordinal == 5 && t->tid == 502 && t->lives == 4 && t->alive && t->traced);
    cr_expect(t->start == 1500 && t->end == 1600 && t->cpu_ns == 31 && t->wall_ns == 32 && t->off_ns == 33);
    cr_expect(t->ticks_taken == 34 && t->ticks_lost == 35 && t->lost_contexts == 36 && t->unmatched_exits == 37);
    cr_expect_eq(t->switches, 38);
    cr_expect_str_eq(t->name, "nnnnnnnnnnnnnnn");
    rc_profile_free(profile);
}

Test(load_fields, node_and_extra) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *raw = rf_test_add_node(test, 0, thread, NULL, 0x111, 0x222, 3);
    raw->timed = 4;
    raw->timed_ticks = 5;
    raw->long_count = 6;
    raw->long_ticks = 7;
    raw->off_ns = 8;
    raw->flags = RF_NODE_COROUTINE;
    struct rf_extra *extra = rf_test_extra(test, 0, raw);
    uint64_t *numbers = &extra->begins;
    for (unsigned i = 0; i < 15; i++)
        numbers[i] = 50 + i;
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_nodes == 3 && p->n_extras == 1);
    const struct rc_node *n = p->nodes + 2;
    cr_expect(p->nodes[0].flags == RF_NODE_ROOT && p->nodes[0].parent == RC_NONE && p->nodes[0].extra == RC_NONE);
    cr_expect(n->parent == 0 && n->thread == 0 && n->fn == 0x111 && n->cs == 0x222);
    cr_expect(n->count == 3 && n->timed == 4 && n->timed_ticks == 5 && n->long_count == 6 && n->long_ticks == 7);
    cr_expect(n->off_ns == 8 && n->flags == RF_NODE_COROUTINE && n->extra == 0);
    const struct rc_extra *e = p->extras;
    cr_expect(e->node == 2 && e->begins == 50 && e->resumes == 51 && e->ends == 52 && e->idle == 53);
    cr_expect(e->resumed == 54 && e->resumed_ticks == 55 && e->passed_ticks == 56 && e->passed == 57);
    cr_expect(e->awaiting_ticks == 58 && e->queued_ticks == 59 && e->lost_exits == 60 && e->internal == 61);
    cr_expect(e->moved_out == 62 && e->interrupted_ticks == 63 && e->moved_in == 64);
    rc_profile_free(profile);
}

/* A fiber's first function may lie before the context that made it. */
Test(load_fields, parents_come_first_whatever_the_order_in_the_file) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *leaf = rf_test_add_node(test, 0, thread, NULL, 3, 0, 0);
    struct rf_node *middle = rf_test_add_node(test, 0, thread, NULL, 2, 0, 0);
    struct rf_node *outer = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    leaf->parent = middle;
    middle->parent = outer;
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert_eq(p->n_nodes, 5);
    cr_expect(p->nodes[2].fn == 1 && p->nodes[3].fn == 2 && p->nodes[4].fn == 3);
    cr_expect(p->nodes[4].parent == 3 && p->nodes[3].parent == 2 && p->nodes[2].parent == 0);
    rc_profile_free(profile);
}

/* Another call site names its home as its parent; loaded, it stands beside it. */
Test(load_fields, another_call_site_of_a_context) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *outer = rf_test_add_node(test, 0, thread, NULL, 1, 0x10, 0);
    struct rf_node *home = rf_test_add_node(test, 0, thread, outer, 2, 0x20, 0);
    rf_test_add_node(test, 0, thread, home, 2, 0x30, 0)->flags = RF_NODE_SITE;
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_nodes == 5);
    cr_expect(p->nodes[3].home == 3 && p->nodes[3].parent == 2);
    cr_expect(p->nodes[4].home == 3 && p->nodes[4].parent == 2 && p->nodes[4].cs == 0x30);
    rc_profile_free(profile);
}

Test(load_fields, await_call_and_stall) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_await *await = rf_test_add_await(test, 0, node, "a.c", 9, "read()");
    struct rf_await numbers = {.site = 1, .count = 2, .idle = 3, .awaiting_ticks = 4, .queued_ticks = 5};
    memcpy(&await->site, &numbers.site, offsetof(struct rf_await, line) - offsetof(struct rf_await, site));
    memset(await->awaited, 'w', sizeof await->awaited); /* not closed */
    struct rf_call *call = rf_test_add_call(test, 0, node, 40);
    *call = (struct rf_call){.key = 41,
                             .id = 40,
                             .node = node,
                             .physical = node,
                             .await = await,
                             .begin = 42,
                             .suspended = 44,
                             .ready = 44,
                             .resumed = 45,
                             .awaiter = 46,
                             .state = RF_CALL_SUSPENDED,
                             .flags = RF_CALL_FRAME,
                             .slices = 47};
    rf_test_add_call(test, 0, node, 48)->state = RF_CALL_ENDED;
    rf_test_add_call(test, 0, node, 0)->state = RF_CALL_MADE; /* has not run: no call that is alive, and no damage */
    struct rf_stall *stall = rf_test_add_stall(test, 0, node, 0);
    *stall = (struct rf_stall){
        .node = node, .call = 60, .start = 61, .duration = 62, .off_ns = 63, .syscall = 64, .late = 1, .await = await};
    rf_test_add_stall(test, 0, NULL, 0);
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_awaits == 1 && p->n_calls == 1 && p->n_stalls == 1 && profile->damage == 0);
    const struct rc_await *a = p->awaits;
    cr_expect(a->node == 2 && a->site == 1 && a->count == 2 && a->idle == 3 && a->awaiting_ticks == 4);
    cr_expect(a->queued_ticks == 5 && a->line == 9);
    cr_expect_str_eq(a->file, "a.c");
    cr_expect_eq(strlen(a->awaited), sizeof await->awaited);
    const struct rc_call *c = p->calls;
    cr_expect(c->key == 41 && c->id == 40 && c->node == 2 && c->physical == 2 && c->await == 0 && c->begin == 42);
    cr_expect(c->suspended == 44 && c->ready == 44 && c->resumed == 45 && c->awaiter == 46 && c->slices == 47);
    cr_expect(c->state == RF_CALL_SUSPENDED && c->flags == RF_CALL_FRAME);
    const struct rc_stall *s = p->stalls;
    cr_expect(s->node == 2 && s->thread == 0 && s->await == 0 && s->call == 60 && s->start == 61 && s->duration == 62);
    cr_expect(s->off_ns == 63 && s->syscall == 64 && s->late);
    rc_profile_free(profile);
}

/* Of a coroutine's frame one word says whether it runs; and what has ended is no call that is alive. */
Test(load_fields, turns_of_frames) {
    static const struct {
        uint64_t word;
        uint32_t state;
    } turns[] = {{44, RF_CALL_SUSPENDED}, {45, RF_CALL_RUNNING}};
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    for (size_t i = 0; i <= 2; i++) {
        struct rf_call *call = rf_test_add_call(test, 0, node, i + 1);
        call->state = RF_CALL_RUNNING;
        call->flags = RF_CALL_FRAME;
        call->suspended = i < 2 ? turns[i].word : 0;
    }
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_calls == 2 && profile->damage == 0);
    for (size_t i = 0; i < 2; i++)
        cr_expect_eq(p->calls[i].state, turns[i].state);
    rc_profile_free(profile);
}

Test(load_fields, open_calls) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *a = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_node *b = rf_test_add_node(test, 0, thread, a, 2, 0, 0);
    rf_test_push(thread, a, 100, 1)->sp = 0x7000;
    rf_test_push(thread, b, 200, RF_CALL_ASYNC | 5);
    thread->stack->top = thread->stack->frames; /* stale while it runs */
    struct rf_stack *fiber = rf_test_add_stack(test, 0, thread, 900);
    rf_test_push_on(fiber, b, 300, 2);
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_stacks == 2 && profile->damage == 0);
    const struct rc_stack *own = p->stacks, *other = p->stacks + 1;
    cr_expect(own->running && !own->fiber && own->suspended_at == 0 && own->n_frames == 2);
    cr_expect(own->frames[0].node == 2 && own->frames[0].sp == 0x7000 && own->frames[0].t0 == 100);
    cr_expect(own->frames[1].node == 3 && own->frames[1].call == (RF_CALL_ASYNC | 5));
    cr_expect(!other->running && other->fiber && other->suspended_at == 900 && other->n_frames == 1);
    cr_expect(other->frames[0].node == 3 && other->frames[0].t0 == 300);
    rc_profile_free(profile);
}

/* Between the interrupted call and the handler's lie a slot that may be half written and the marker. */
Test(load_fields, a_handlers_marker_is_no_call) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 0);
    struct rf_node *a = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_node *handler = rf_test_add_node(test, 0, thread, thread->signal_root, 2, 0, 0);
    handler->flags = RF_NODE_SIGNAL;
    rf_test_push(thread, a, 100, 1);
    rf_test_push(thread, (struct rf_node *)0x123, 0, 0);
    rf_test_push(thread, thread->signal_root, 0, 1); /* frame 1 was interrupted */
    rf_test_push(thread, handler, 200, 1);
    struct rc_profile *profile = load(test);
    const struct rc_stack *stack = profile->processes->stacks;
    cr_expect_eq(profile->damage, 0);
    cr_assert_eq(stack->n_frames, 2);
    cr_expect(stack->frames[0].node == 2 && stack->frames[1].node == 3);
    rc_profile_free(profile);
}

Test(load_fields, samples) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_thread *thread = rf_test_add_thread(test, 0, 3);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    uint32_t native = 0, path = 0;
    for (uint64_t i = 0; i < 600; i++) { /* more than a page's */
        native = rf_test_add_native(test, 0, 0x4000 + i, native);
        path = rf_test_add_path(test, 0, node, i, path);
    }
    rf_test_add_sample(test, 0, 9, 3, native, path);
    struct rf_sample *raw = rf_test_add_sample(test, 0, 4, 3, 0, 0);
    raw->kind = RF_OFF_CPU;
    raw->syscall = 7;
    raw->flags = RF_SAMPLE_TRUNCATED;
    raw->period_ns = 8;
    raw->time = 1234;
    rf_test_add_sample(test, 0, 0, 3, 0, 0);
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_samples == 2 && p->n_natives == 600 && p->n_paths == 600 && profile->damage == 0);
    const struct rc_sample *s = p->samples;
    cr_expect(s->seq == 4 && s->kind == RF_OFF_CPU && s->syscall == 7 && s->flags == RF_SAMPLE_TRUNCATED);
    cr_expect(s->period_ns == 8 && s->time == 1234 && s->thread == 0 && s->native == RC_NONE && s->path == RC_NONE);
    cr_expect(s[1].seq == 9 && s[1].kind == RF_ON_CPU && s[1].native == 599 && s[1].path == 599);
    cr_expect(p->natives[599].ip == 0x4000 + 599 && p->natives[599].caller == 598 && !p->natives[599].leaf);
    cr_expect(p->paths[599].call == 599 && p->paths[599].caller == 598 && p->paths[599].node == 2);
    cr_expect(p->natives[0].caller == RC_NONE && p->paths[0].caller == RC_NONE);
    rc_profile_free(profile);
}

Test(load_fields, module) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    struct rf_module *raw = rf_test_add_module(test, 0, "/lib/a\nb.so", 0x5000, 0x6000, 0x1000);
    raw->loaded = 71;
    raw->generation = 72;
    raw->build_id_size = 20;
    memset(raw->build_id, 0xab, 20);
    struct rc_profile *profile = load(test);
    cr_assert_eq(profile->processes->n_modules, 1);
    const struct rc_module *m = profile->processes->modules;
    cr_expect(m->start == 0x5000 && m->end == 0x6000 && m->bias == 0x1000 && m->loaded == 71 && m->generation == 72);
    cr_expect(m->build_id_size == 20 && m->build_id[19] == 0xab && m->build_id[20] == 0);
    cr_expect_str_eq(m->path, "/lib/a\nb.so"); /* a file's name is kept as it is */
    rc_profile_free(profile);
}

/* Two processes map the file at different places. */
Test(load_fields, each_process_has_its_own_base) {
    struct rf_test *test = load_example();
    uint64_t shift = 0x10000000;
    for (uint64_t at = RF_PAGE; at < test->size; at += ((struct rf_chunk *)(test->memory + at))->size) {
        struct rf_chunk *chunk = (struct rf_chunk *)(test->memory + at);
        if (chunk->process != 1)
            continue;
        if (chunk->kind == RF_PROCESS)
            ((struct rf_process *)(chunk + 1))->base += shift;
        for (uint64_t *word = (uint64_t *)(chunk + 1), *end = word + (chunk->size - sizeof *chunk) / 8; word < end;
             word++)
            if (*word - (uint64_t)(uintptr_t)test->memory < test->size && chunk->kind != RF_PROCESS)
                *word += shift;
    }
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_expect_eq(profile->damage, 0);
    cr_expect(p[0].n_nodes == p[1].n_nodes && p[1].nodes[3].parent == 2 && p[1].n_extras == 1 && p[1].n_calls == 1);
    cr_expect(p[1].stacks[0].n_frames == 2 && p[1].n_paths == 2);
    rc_profile_free(profile);
}

Test(load_fields, chunks_come_in_any_order) {
    struct rf_test *test = load_example();
    uint64_t at = RF_PAGE, end = test->size, pages = (end - at) / RF_PAGE;
    unsigned char *copy = malloc(end);
    uint64_t base = (uint64_t)(uintptr_t)test->memory;
    memcpy(copy, test->memory, end);
    /* Each chunk of the example is a page: turn them round, and the pointers with them. */
    for (uint64_t i = 0; i < pages; i++)
        memcpy(test->memory + at + i * RF_PAGE, copy + at + (pages - 1 - i) * RF_PAGE, RF_PAGE);
    for (uint64_t *word = (uint64_t *)(test->memory + at); word < (uint64_t *)(test->memory + end); word++)
        if (*word > base && *word - base < end) {
            uint64_t page = (*word - base - at) / RF_PAGE, inside = (*word - base) % RF_PAGE;
            *word = base + at + (pages - 1 - page) * RF_PAGE + inside;
        }
    free(copy);
    struct rc_profile *profile = load(test);
    cr_expect(profile->damage == 0 && profile->n_processes == 2);
    cr_expect(profile->processes[1].n_nodes == 4 && profile->processes[1].stacks[0].n_frames == 2);
    rc_profile_free(profile);
}

Test(load_fields, identity) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    *rf_test_add_identity(test, 0, 1) = (struct rf_identity){.fn = 77,
                                                             .offset = 6,
                                                             .width = 2,
                                                             .objects = 3,
                                                             .changed = 4,
                                                             .unseen = 5,
                                                             .unread = 6,
                                                             .unlisted = 7,
                                                             .state = {20, 30, 0, 40}};
    memset(rf_test_add_identity(test, 0, 0)->state, 0xff,
           sizeof((struct rf_identity *)NULL)->state); /* not filled in */
    struct rf_identity *full = rf_test_add_identity(test, 0, 78);
    memset(full->state, 0xff, sizeof full->state);
    struct rc_profile *profile = load(test);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_identities == 2 && profile->damage == 0);
    const struct rc_identity *i = p->identities;
    cr_expect(i->fn == 77 && i->offset == 6 && i->width == 2 && i->objects == 3 && i->changed == 4 && i->unseen == 5);
    cr_expect(i->unread == 6 && i->unlisted == 7 && i->n_states == 2 && i->state[0] == 20 && i->state[1] == 30);
    cr_expect_eq(p->identities[1].n_states, RF_STATES_MOST);
    rc_profile_free(profile);
}
