/* Hostile and broken files: an error with its reason or counted damage, never a crash and never a broken promise. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/load_check.h"

/* The error for the file `test`, which must have one and say `why`; takes `test`. */
static void expect_error(struct rf_test *test, const char *why) {
    struct rc_error err = {0};
    struct rc_profile *profile;
    cr_expect(load_back(test, &profile, &err) == -1, "no error: %s", why);
    cr_expect(strstr(err.text, why) != NULL, "not '%s' but: %s", why, err.text);
    rc_profile_free(profile);
    rf_test_free(test);
}

/* Loads and frees `test`; the profile is the caller's. */
static struct rc_profile *expect_damage(struct rf_test *test, uint64_t damage) {
    struct rc_error err = {0};
    struct rc_profile *profile;
    cr_assert(load_back(test, &profile, &err) == 0, "%s", err.text);
    rf_test_free(test);
    cr_expect(profile->damage == damage, "damage %llu", (unsigned long long)profile->damage);
    const char *broken = load_broken_promise(profile);
    cr_assert(broken == NULL, "%s", broken);
    return profile;
}

/* One process, one thread. */
static struct rf_test *small(struct rf_thread **thread) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    *thread = rf_test_add_thread(test, 0, 0);
    return test;
}

static void *const nowhere = (void *)0x12345678;

Test(load_damage, not_a_file) {
    struct rc_error err;
    struct rc_profile *profile;
    cr_expect(rc_profile_load(&profile, "/nonexistent/x", &err) == -1 && strstr(err.text, "no such profile"));
    cr_expect(rc_profile_load(&profile, "/tmp", &err) == -1 && strstr(err.text, "is a directory"));
    cr_expect(rc_profile_load(&profile, "/dev/null", &err) == -1 && strstr(err.text, "not a regular file"));
    cr_expect(rc_profile_load(&profile, "/nonexistent/x", NULL) == -1 && profile == NULL);
}

Test(load_damage, a_fifo_does_not_hang) {
    char *path = rf_test_path();
    unlink(path);
    cr_assert(mkfifo(path, 0600) == 0);
    cr_expect(load_try_path(path) == -1);
    unlink(path);
    free(path);
}

Test(load_damage, header) {
    struct rf_test *test = rf_test_new();
    test->size = 0;
    expect_error(test, "is empty");
    test = rf_test_new();
    test->size = 100;
    expect_error(test, "cut off inside its header");
    test = rf_test_new();
    memcpy(test->memory, "\177ELF", 4);
    expect_error(test, "is not a recount profile");
    test = rf_test_new();
    rf_test_header(test)->version++;
    expect_error(test, "newer recount");
    test = rf_test_new();
    rf_test_header(test)->features |= 0x80000000u;
    expect_error(test, "newer recount");
    test = rf_test_new();
    rf_test_header(test)->version = 0;
    expect_error(test, "no longer reads");
    test = rf_test_new();
    rf_test_header(test)->node_size++;
    expect_error(test, "sizes");
    test = rf_test_new();
    rf_test_header(test)->tail = rf_test_header(test)->reserved = 3 * RF_PAGE;
    expect_error(test, "is truncated");
}

/* A writer that was killed between taking room and having it leaves a tail past the end. */
Test(load_damage, a_tail_without_storage_is_none) {
    struct rf_test *test = rf_test_new();
    rf_test_header(test)->tail = 3 * RF_PAGE;
    rc_profile_free(expect_damage(test, 0));
}

Test(load_damage, chunks) {
    struct rf_test *test = rf_test_new();
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->magic = 7;
    expect_error(test, "no chunk begins");
    test = rf_test_new();
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->size = 100;
    expect_error(test, "has size 100");
    test = rf_test_new();
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->size = 0;
    expect_error(test, "has size 0");
    test = rf_test_new();
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->size = UINT64_MAX - RF_PAGE + 1;
    expect_error(test, "is truncated");
    test = rf_test_new();
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->used = RF_PAGE - 63;
    expect_error(test, "uses");
    test = rf_test_new();
    rf_test_chunk(test, 99, 0, 0, 1);
    rc_profile_free(expect_damage(test, 1));
}

Test(load_damage, unfinished_chunks_are_passed_over) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_chunk *nameless = rf_test_chunk(test, RF_NODES, 0, 0, 3 * RF_PAGE);
    struct rf_chunk *taken = rf_test_chunk(test, RF_CALLS, 0, 0, 2 * RF_PAGE);
    rf_test_add_process(test, 1);
    nameless->magic = 0;       /* its header was written, but for the magic */
    memset(taken, 0, RF_PAGE); /* not even that */
    struct rc_profile *profile = expect_damage(test, 1);
    cr_expect(profile->n_processes == 2);
    rc_profile_free(profile);
}

Test(load_damage, a_process_killed_at_birth) {
    struct rf_test *test = rf_test_new();
    rf_test_chunk(test, RF_CALLS, 7, 0, 1);
    rf_test_chunk(test, RF_STALLS, 7, 0, 1);
    rf_test_chunk(test, RF_PROCESS, 9, 0, 1); /* its record was never filled */
    rf_test_add_process(test, 9);
    struct rc_profile *profile = expect_damage(test, 3);
    cr_expect(profile->n_processes == 1 && profile->processes->ordinal == 9);
    rc_profile_free(profile);
}

Test(load_damage, processes_and_threads) {
    struct rf_thread *thread;
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    rf_test_add_process(test, 0);
    expect_error(test, "twice");
    test = rf_test_new();
    rf_test_add_process(test, 0)->ordinal = 1;
    expect_error(test, "by another");
    test = small(&thread);
    rf_test_add_thread(test, 0, 0);
    expect_error(test, "two threads");
    test = small(&thread);
    thread->ordinal = 1;
    expect_error(test, "as another");
}

/* What a thread owned is not taken over when its own record was never complete: its stack and two roots. */
Test(load_damage, a_thread_killed_at_birth) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    ((struct rf_chunk *)thread - 1)->used = 0;
    struct rc_profile *profile = expect_damage(test, 4);
    cr_expect(profile->processes->n_threads == 0 && profile->processes->n_nodes == 0);
    rc_profile_free(profile);
}

Test(load_damage, circle_of_contexts) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *a = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_node *b = rf_test_add_node(test, 0, thread, a, 2, 0, 0);
    rf_test_add_node(test, 0, thread, b, 3, 0, 0);
    a->parent = b;
    expect_error(test, "circle");
    test = small(&thread);
    a = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    a->parent = a;
    expect_error(test, "circle");
}

/* Children hang under homes alone; left under another call site, they could be a home's own ancestors. */
Test(load_damage, children_of_another_call_site) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *home = rf_test_add_node(test, 0, thread, NULL, 1, 0x10, 0);
    struct rf_node *site = rf_test_add_node(test, 0, thread, home, 1, 0x20, 0);
    struct rf_node *again = rf_test_add_node(test, 0, thread, site, 1, 0x30, 0);
    site->flags = again->flags = RF_NODE_SITE;
    rf_test_add_node(test, 0, thread, site, 2, 0, 0);
    struct rc_profile *profile = expect_damage(test, 2);
    const struct rc_node *nodes = profile->processes->nodes;
    cr_expect(nodes[3].home == 2 && nodes[3].parent == 0);
    cr_expect(nodes[4].home == 2 && nodes[4].parent == 0);
    cr_expect(nodes[5].home == 5 && nodes[5].parent == 2);
    rc_profile_free(profile);
}

Test(load_damage, a_call_site_of_another_function_or_of_none) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *other = rf_test_add_node(test, 0, thread, NULL, 1, 0x10, 0);
    rf_test_add_node(test, 0, thread, other, 2, 0x20, 0)->flags = RF_NODE_SITE;
    rf_test_add_node(test, 0, thread, NULL, 3, 0x30, 0)->flags = RF_NODE_SITE;
    struct rc_profile *profile = expect_damage(test, 2);
    const struct rc_node *nodes = profile->processes->nodes;
    cr_expect(nodes[3].home == 3 && nodes[3].parent == 2 && !nodes[3].flags);
    cr_expect(nodes[4].home == 4 && nodes[4].parent == 0 && !nodes[4].flags);
    rc_profile_free(profile);
}

Test(load_damage, parents) {
    void *wrong[] = {nowhere, (void *)8, (void *)UINTPTR_MAX, NULL, NULL, NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rf_thread *thread;
        struct rf_test *test = small(&thread);
        wrong[3] = thread;                   /* another kind's chunk */
        wrong[4] = (char *)thread->root + 8; /* between two records */
        wrong[5] = thread->root + 5;         /* behind what is used */
        rf_test_add_node(test, 0, thread, NULL, 1, 0, 0)->parent = wrong[i];
        expect_error(test, "has a parent that is none");
    }
    /* Another process's context. */
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    rf_test_add_process(test, 1);
    struct rf_thread *first = rf_test_add_thread(test, 0, 0), *second = rf_test_add_thread(test, 1, 0);
    rf_test_add_node(test, 1, second, first->root, 1, 0, 0);
    expect_error(test, "has a parent that is none");
}

/* A writer may die, or be read, between any two stores: what hangs on an unfilled context goes with it. */
Test(load_damage, unfilled_contexts) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *unfilled = rf_test_add_node(test, 0, thread, NULL, 0, 0, 0);
    struct rf_node *child = rf_test_add_node(test, 0, thread, unfilled, 2, 0, 0);
    rf_test_add_node(test, 0, thread, child, 3, 0, 0);
    rf_test_add_node(test, 0, thread, NULL, 4, 0, 0)->parent = NULL;
    rf_test_add_node(test, 0, thread, NULL, 5, 0, 0);
    struct rc_profile *profile = expect_damage(test, 3);
    cr_expect(profile->processes->n_nodes == 3 && profile->processes->nodes[2].fn == 5);
    rc_profile_free(profile);
}

Test(load_damage, lost_contexts_node_needs_no_function) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    rf_test_add_node(test, 0, thread, NULL, 0, 0, 9)->flags = RF_NODE_LOST;
    struct rc_profile *profile = expect_damage(test, 0);
    cr_expect(profile->processes->n_nodes == 3 && profile->processes->nodes[2].count == 9);
    rc_profile_free(profile);
}

Test(load_damage, extras) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *a = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_node *b = rf_test_add_node(test, 0, thread, NULL, 2, 0, 0);
    struct rf_node *c = rf_test_add_node(test, 0, thread, NULL, 3, 0, 0);
    rf_test_extra(test, 0, a)->begins = 2;
    rf_test_extra(test, 0, b)->begins = 3;
    b->extra->node = a;                        /* a handler's, made between; then b's is missing */
    rf_test_extra(test, 0, c)->node = nowhere; /* and c's */
    struct rc_profile *profile = expect_damage(test, 3);
    cr_expect(profile->processes->n_extras == 1 && profile->processes->nodes[2].extra == 0);
    cr_expect(profile->processes->extras->begins == 5);
    rc_profile_free(profile);
}

Test(load_damage, tasks) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    rf_test_add_await(test, 0, node, "f", 1, "")->node = nowhere;
    rf_test_add_call(test, 0, node, 0);
    rf_test_add_call(test, 0, nowhere, 1);
    rf_test_add_call(test, 0, node, 2)->state = 9;
    struct rf_call *kept = rf_test_add_call(test, 0, node, 3);
    kept->await = nowhere;
    kept->physical = nowhere;
    rf_test_add_stall(test, 0, nowhere, 0);
    rf_test_add_stall(test, 0, node, 77);
    rf_test_add_stall(test, 0, node, 0)->await = nowhere;
    struct rc_profile *profile = expect_damage(test, 8);
    const struct rc_process *p = profile->processes;
    cr_expect(p->n_awaits == 0 && p->n_calls == 1 && p->n_stalls == 1);
    cr_expect(p->calls->await == RC_NONE && p->calls->physical == RC_NONE && p->stalls->await == RC_NONE);
    rc_profile_free(profile);
}

Test(load_damage, frames) {
    for (unsigned way = 0; way < 6; way++) {
        struct rf_thread *thread;
        struct rf_test *test = small(&thread);
        struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
        rf_test_push(thread, node, 1, 1);
        rf_test_push(thread, node, 1, 2);
        size_t left = 0;
        thread->stack->top = nowhere; /* of no use either */
        if (way == 0)
            thread->top->node = nowhere, left = 1;
        else if (way == 1)
            thread->top = thread->stack->frames - 1;
        else if (way == 2)
            thread->top = thread->stack->limit + 1;
        else if (way == 3)
            thread->top = (void *)((char *)thread->top + 8);
        else if (way == 4)
            rf_test_push(thread, thread->signal_root, 0, (uint64_t)(uintptr_t)nowhere), left = 2;
        else
            thread->stack->frames = nowhere;
        struct rc_profile *profile = expect_damage(test, 1);
        const struct rc_process *p = profile->processes;
        cr_expect(p->n_stacks == (way < 5) && (way == 5 || p->stacks->n_frames == left), "way %u", way);
        rc_profile_free(profile);
    }
}

/* Killed between the two stores that switch stacks: each stack's own `top` is true. */
Test(load_damage, killed_in_a_switch) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    struct rf_stack *fiber = rf_test_add_stack(test, 0, thread, 0);
    rf_test_push_on(fiber, node, 1, 1);
    rf_test_push(thread, node, 1, 2);
    rf_test_push(thread, node, 1, 3);
    thread->stack->top = thread->top;
    thread->stack = fiber;
    struct rc_profile *profile = expect_damage(test, 0);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_stacks == 2);
    cr_expect(p->stacks[0].n_frames == 2 && p->stacks[1].n_frames == 1 && p->stacks[1].running);
    rc_profile_free(profile);
}

/* Open calls that outgrew their first place lie in a chunk of their own, which serves one stack. */
Test(load_damage, frames_that_moved) {
    for (unsigned way = 0; way < 3; way++) {
        struct rf_thread *thread;
        struct rf_test *test = small(&thread);
        struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
        struct rf_chunk *chunk = rf_test_chunk(test, RF_FRAMES, 0, 0, 40 * sizeof(struct rf_frame));
        struct rf_frame *frames = (struct rf_frame *)(chunk + 1);
        chunk->used = 40 * sizeof *frames;
        thread->stack->frames = frames + (way == 1);
        thread->top = frames + 2;
        frames[1].node = frames[2].node = node;
        struct rf_stack *other = rf_test_add_stack(test, 0, thread, 5);
        if (way == 2)
            other->frames = other->top = frames;
        struct rc_profile *profile = expect_damage(test, way > 0);
        cr_expect(profile->processes->n_stacks == (way ? 1 : 2), "way %u", way);
        cr_expect(way == 1 || profile->processes->stacks->n_frames == 2, "way %u", way);
        rc_profile_free(profile);
    }
}

/* Or a file of many small stacks that all name one big one would ask for its size squared. */
Test(load_damage, frames_have_one_owner) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    rf_test_push(thread, node, 1, 1);
    struct rf_stack *other = rf_test_add_stack(test, 0, thread, 5);
    other->frames = thread->stack->frames;
    other->top = thread->top;
    struct rc_profile *profile = expect_damage(test, 1);
    cr_expect(profile->processes->n_stacks == 1);
    rc_profile_free(profile);
}

Test(load_damage, samples) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_node *node = rf_test_add_node(test, 0, thread, NULL, 1, 0, 0);
    rf_test_add_native(test, 0, 1, 0);
    rf_test_add_native(test, 0, 2, 2); /* its own caller: 1 */
    uint32_t outer = rf_test_add_path(test, 0, node, 1, 0);
    uint32_t gone = rf_test_add_path(test, 0, nowhere, 2, outer); /* 2 */
    uint32_t inner = rf_test_add_path(test, 0, node, 3, gone);
    rf_test_add_path(test, 0, node, 4, 9);   /* 3 */
    rf_test_add_sample(test, 0, 1, 0, 3, 0); /* 4 */
    rf_test_add_sample(test, 0, 2, 0, 0, 5); /* 5 */
    rf_test_add_sample(test, 0, 3, 8, 0, 0); /* 6 */
    rf_test_add_sample(test, 0, 4, 8, 0, inner)->flags = RF_SAMPLE_NO_TRACE;
    rf_test_add_sample(test, 0, 5, 0, 0, gone);
    rf_test_add_sample(test, 0, 6, 0, 0, 0)->kind = 3; /* 7 */
    struct rc_profile *profile = expect_damage(test, 7);
    const struct rc_process *p = profile->processes;
    cr_assert(p->n_paths == 3 && p->n_samples == 5);
    cr_expect(p->paths[1].call == 3 && p->paths[1].caller == 0 && p->samples[3].path == 1 && p->samples[4].path == 0);
    cr_expect(p->samples[3].thread == RC_NONE && p->natives[1].caller == RC_NONE);
    rc_profile_free(profile);
}

Test(load_damage, modules) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    rf_test_add_module(test, 0, "a", 5, 5, 0);
    rf_test_add_module(test, 0, "b", 5, 6, 0)->build_id_size = 33;
    memset(rf_test_add_module(test, 0, "", 5, 6, 0)->path, 'p', sizeof(((struct rf_module *)0)->path));
    struct rc_profile *profile = expect_damage(test, 2);
    cr_assert(profile->processes->n_modules == 1);
    cr_expect(strlen(profile->processes->modules->path) == sizeof(((struct rf_module *)0)->path));
    rc_profile_free(profile);
}

Test(load_damage, identities_of_no_width) {
    struct rf_test *test = rf_test_new();
    rf_test_add_process(test, 0);
    rf_test_add_identity(test, 0, 1)->width = 4;
    rf_test_add_identity(test, 0, 2)->offset = 7;
    rf_test_add_identity(test, 0, 3)->offset = 8;
    struct rc_profile *profile = expect_damage(test, 2);
    cr_expect_eq(profile->processes->n_identities, 1);
    rc_profile_free(profile);
}

/* The list of sleepers is nobody's: neither its owner's numbers nor its order are believed. */
Test(load_damage, sleepers) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    const struct rf_asleep list[] = {{2, 1, 9}, {1, 5, 7}, {1, 5, 6}, {1, 5, 7}};
    for (size_t i = 0; i < 4; i++)
        *(struct rf_asleep *)rf_test_record(test, RF_ASLEEP, i < 2 ? 0 : 77, 3, sizeof *list) = list[i];
    struct rc_profile *profile = expect_damage(test, 0);
    cr_expect_eq(profile->n_processes, 1);
    cr_assert_eq(profile->n_sleepers, 3);
    cr_expect(profile->sleepers[0].address == 6 && profile->sleepers[1].address == 7 &&
              profile->sleepers[2].device == 2);
    rc_profile_free(profile);
}

Test(load_damage, sleepers_that_are_cut) {
    struct rf_thread *thread;
    struct rf_test *test = small(&thread);
    struct rf_chunk *chunk = rf_test_chunk(test, RF_ASLEEP, 0, 0, 1000);
    chunk->used = sizeof(struct rf_asleep) + 5;
    struct rc_profile *profile = expect_damage(test, 0);
    cr_expect_eq(profile->n_sleepers, 1);
    rc_profile_free(profile);
    test = small(&thread);
    rf_test_chunk(test, RF_ASLEEP, 0, 0, 1000)->used = 100000;
    expect_error(test, "uses 100000 bytes");
}

Test(load_damage, sleepers_alone) {
    struct rf_test *test = rf_test_new();
    rf_test_record(test, RF_ASLEEP, 0, 0, sizeof(struct rf_asleep));
    struct rc_profile *profile = expect_damage(test, 0);
    cr_expect_eq(profile->n_processes, 0);
    cr_expect_eq(profile->n_sleepers, 1);
    rc_profile_free(profile);
}
