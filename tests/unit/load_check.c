#include "tests/unit/load_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMISE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return #condition;                                                                                         \
    } while (0)

static bool index_or_none(uint32_t i, size_t n) {
    return i == RC_NONE || i < n;
}

static const char *nodes_and_extras(const struct rc_process *p) {
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct rc_node *node = p->nodes + i;
        PROMISE(node->parent == RC_NONE || node->parent < i);
        PROMISE(node->parent == RC_NONE || p->nodes[node->parent].home == node->parent);
        PROMISE(node->home <= i && p->nodes[node->home].home == node->home);
        PROMISE(node->home == i || p->nodes[node->home].fn == node->fn);
        PROMISE(node->thread < p->n_threads);
        PROMISE(index_or_none(node->extra, p->n_extras));
        PROMISE(node->extra == RC_NONE || p->extras[node->extra].node == i);
    }
    for (size_t i = 0; i < p->n_extras; i++)
        PROMISE(p->extras[i].node < p->n_nodes && p->nodes[p->extras[i].node].extra == i);
    return NULL;
}

static const char *tasks(const struct rc_process *p) {
    for (size_t i = 0; i < p->n_awaits; i++)
        PROMISE(p->awaits[i].node < p->n_nodes && p->awaits[i].file && p->awaits[i].awaited);
    for (size_t i = 0; i < p->n_calls; i++) {
        PROMISE(p->calls[i].node < p->n_nodes && index_or_none(p->calls[i].physical, p->n_nodes));
        PROMISE(index_or_none(p->calls[i].await, p->n_awaits));
    }
    for (size_t i = 0; i < p->n_identities; i++) {
        PROMISE(p->identities[i].width == 2 || p->identities[i].width == 8);
        PROMISE(p->identities[i].n_states <= RF_STATES_MOST);
    }
    for (size_t i = 0; i < p->n_stalls; i++) {
        PROMISE(p->stalls[i].node < p->n_nodes && p->stalls[i].thread < p->n_threads);
        PROMISE(index_or_none(p->stalls[i].await, p->n_awaits));
    }
    for (size_t i = 0; i < p->n_stacks; i++) {
        PROMISE(p->stacks[i].thread < p->n_threads);
        for (size_t f = 0; f < p->stacks[i].n_frames; f++)
            PROMISE(p->stacks[i].frames[f].node < p->n_nodes);
    }
    return NULL;
}

static const char *samples(const struct rc_process *p) {
    for (size_t i = 0; i < p->n_natives; i++)
        PROMISE(p->natives[i].caller == RC_NONE || p->natives[i].caller < i);
    for (size_t i = 0; i < p->n_paths; i++) {
        PROMISE(p->paths[i].caller == RC_NONE || p->paths[i].caller < i);
        PROMISE(p->paths[i].node < p->n_nodes);
    }
    for (size_t i = 0; i < p->n_samples; i++) {
        PROMISE(i == 0 || p->samples[i - 1].seq <= p->samples[i].seq);
        PROMISE(index_or_none(p->samples[i].native, p->n_natives));
        PROMISE(index_or_none(p->samples[i].path, p->n_paths));
        PROMISE(index_or_none(p->samples[i].thread, p->n_threads));
    }
    return NULL;
}

const char *load_broken_promise(const struct rc_profile *profile) {
    for (size_t i = 0; i < profile->n_processes; i++) {
        const struct rc_process *p = profile->processes + i;
        const char *broken = nodes_and_extras(p);
        if (!broken)
            broken = tasks(p);
        if (!broken)
            broken = samples(p);
        if (broken)
            return broken;
        PROMISE(p->ns_per_tick > 0 && p->last >= p->start && p->exe && p->failure && p->cmdline);
        for (size_t m = 0; m < p->n_modules; m++)
            PROMISE(p->modules[m].start < p->modules[m].end && p->modules[m].build_id_size <= 32 && p->modules[m].path);
    }
    return NULL;
}

static void fill_process(struct rf_test *test, uint32_t ordinal) {
    rf_test_add_process(test, ordinal);
    struct rf_thread *thread = rf_test_add_thread(test, ordinal, 0);
    struct rf_node *outer = rf_test_add_node(test, ordinal, thread, NULL, 0x1000, 0x10, 3);
    struct rf_node *inner = rf_test_add_node(test, ordinal, thread, outer, 0x2000, 0x1010, 7);
    rf_test_extra(test, ordinal, inner)->begins = 2;
    struct rf_await *await = rf_test_add_await(test, ordinal, inner, "app.c", 12, "query(x)");
    struct rf_call *call = rf_test_add_call(test, ordinal, inner, 4);
    call->await = await;
    call->physical = outer;
    rf_test_push(thread, outer, 5000, 3);
    rf_test_push(thread, inner, 6000, 7);
    struct rf_stack *fiber = rf_test_add_stack(test, ordinal, thread, 9000);
    rf_test_push_on(fiber, inner, 7000, 8);
    uint32_t native = rf_test_add_native(test, ordinal, 0x1004, 0);
    native = rf_test_add_native(test, ordinal, 0x2004, native);
    uint32_t path = rf_test_add_path(test, ordinal, outer, 3, 0);
    path = rf_test_add_path(test, ordinal, inner, 7, path);
    rf_test_add_sample(test, ordinal, 2, 0, native, path);
    rf_test_add_sample(test, ordinal, 1, 0, native, path);
    rf_test_add_module(test, ordinal, "/usr/bin/app", 0x1000, 0x3000, 0);
    rf_test_add_stall(test, ordinal, inner, 0)->await = await;
    rf_test_add_identity(test, ordinal, inner->fn);
}

struct rf_test *load_example(void) {
    struct rf_test *test = rf_test_new();
    fill_process(test, 0);
    fill_process(test, 1);
    return test;
}

int load_back(const struct rf_test *test, struct rc_profile **out, struct rc_error *err) {
    char *path = rf_test_path();
    rf_test_write(test, path, test->size);
    int result = rc_profile_load(out, path, err);
    unlink(path);
    free(path);
    return result;
}

int64_t load_try_path(const char *path) {
    struct rc_error err = {0};
    struct rc_profile *profile;
    if (rc_profile_load(&profile, path, &err)) {
        cr_assert(profile == NULL);
        cr_assert(strncmp(err.text, path, strlen(path)) == 0, "no file named: %s", err.text);
        cr_assert(strchr(err.text, '\n') == NULL && strchr(err.text, ';') != NULL, "not one helpful line: %s",
                  err.text);
        return -1;
    }
    const char *broken = load_broken_promise(profile);
    cr_assert(broken == NULL, "%s", broken);
    int64_t damage = (int64_t)profile->damage;
    rc_profile_free(profile);
    return damage;
}
