/* Merged profiles: every process comes back as it was, under another number, and knows its recording. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/load/merge.h"
#include "tests/unit/load_check.h"

/* Writes and frees `test`; the path is the caller's. */
static char *file_of(struct rf_test *test) {
    char *path = rf_test_path();
    rf_test_write(test, path, test->size);
    rf_test_free(test);
    return path;
}

/* The example with contexts that fill some pages, recorded at `real_ns` on `host`. */
static struct rf_test *recorded(uint64_t real_ns, const char *host) {
    struct rf_test *test = load_example();
    struct rf_thread *thread = rf_test_add_thread(test, 1, 1);
    rf_test_chunk(test, RF_NODES, 1, 1, 100 * sizeof(struct rf_node));
    for (uint64_t i = 0; i < 100; i++)
        rf_test_add_node(test, 1, thread, NULL, 0x4000 + i, 0x10, 3 + i);
    rf_test_header(test)->start_real_ns = real_ns;
    strcpy(rf_test_header(test)->host, host);
    return test;
}

static void drop(char *path) {
    unlink(path);
    free(path);
}

/* Merges into a new file. The first failure's line is in `err`; the path is the caller's. */
static char *merge_of(char *const *paths, size_t n, struct rc_error *err) {
    char *path = rf_test_path();
    FILE *out = fopen(path, "w+");
    struct rc_merge merge;
    cr_assert(out != NULL);
    int result = rc_merge_begin(&merge, out, err);
    for (size_t i = 0; i < n && result == 0; i++)
        result = rc_merge_add(&merge, paths[i], err);
    if (result == 0)
        result = rc_merge_end(&merge, err);
    rc_merge_free(&merge);
    fclose(out);
    if (result == 0)
        return path;
    drop(path);
    return NULL;
}

static struct rc_profile *load(const char *path) {
    struct rc_error err = {0};
    struct rc_profile *profile;
    cr_assert(rc_profile_load(&profile, path, &err) == 0, "%s", err.text);
    const char *broken = load_broken_promise(profile);
    cr_assert(broken == NULL, "%s", broken);
    return profile;
}

static void expect_same_tree(const struct rc_process *a, const struct rc_process *b) {
    cr_assert(a->n_nodes == b->n_nodes && a->n_extras == b->n_extras && a->n_threads == b->n_threads);
    for (size_t i = 0; i < a->n_nodes; i++) {
        const struct rc_node *x = &a->nodes[i], *y = &b->nodes[i];
        cr_expect(x->parent == y->parent && x->home == y->home && x->fn == y->fn && x->cs == y->cs);
        cr_expect(x->count == y->count && x->extra == y->extra && x->thread == y->thread);
    }
    for (size_t i = 0; i < a->n_extras; i++)
        cr_expect(a->extras[i].node == b->extras[i].node && a->extras[i].begins == b->extras[i].begins);
    cr_assert_eq(a->n_stacks, b->n_stacks);
    for (size_t i = 0; i < a->n_stacks; i++) {
        cr_assert_eq(a->stacks[i].n_frames, b->stacks[i].n_frames);
        for (size_t f = 0; f < a->stacks[i].n_frames; f++)
            cr_expect_eq(a->stacks[i].frames[f].node, b->stacks[i].frames[f].node);
    }
}

static void expect_same_process(const struct rc_process *a, const struct rc_process *b) {
    expect_same_tree(a, b);
    cr_assert(a->n_samples == b->n_samples && a->n_natives == b->n_natives && a->n_paths == b->n_paths);
    for (size_t i = 0; i < a->n_samples; i++)
        cr_expect(a->samples[i].native == b->samples[i].native && a->samples[i].path == b->samples[i].path);
    for (size_t i = 0; i < a->n_paths; i++)
        cr_expect(a->paths[i].node == b->paths[i].node && a->paths[i].caller == b->paths[i].caller);
    cr_assert(a->n_awaits == b->n_awaits && a->n_calls == b->n_calls && a->n_stalls == b->n_stalls);
    for (size_t i = 0; i < a->n_stalls; i++)
        cr_expect(a->stalls[i].node == b->stalls[i].node && a->stalls[i].await == b->stalls[i].await);
    for (size_t i = 0; i < a->n_calls; i++)
        cr_expect(a->calls[i].node == b->calls[i].node && a->calls[i].await == b->calls[i].await);
    cr_assert(a->n_modules == b->n_modules && a->n_identities == b->n_identities);
    cr_expect(a->pid == b->pid && a->n_modules == 1 && strcmp(a->modules->path, b->modules->path) == 0);
}

Test(load_merge, processes_come_back_as_they_were) {
    char *paths[] = {file_of(recorded(7, "one")), file_of(recorded(8, "two"))};
    struct rc_error err = {0};
    char *path = merge_of(paths, 2, &err);
    cr_assert(path != NULL, "%s", err.text);
    struct rc_profile *single = load(paths[0]), *merged = load(path);
    cr_expect(merged->damage == 0 && merged->n_processes == 4 && merged->n_runs == 2);
    for (size_t i = 0; i < merged->n_processes; i++) {
        expect_same_process(&single->processes[i % 2], &merged->processes[i]);
        cr_expect(merged->processes[i].ordinal == i && merged->processes[i].run == i / 2);
    }
    cr_expect(merged->runs[1].first == 2 && merged->runs[1].n == 2 && merged->runs[1].start_real_ns == 8);
    cr_expect_str_eq(merged->runs[0].host, "one");
    cr_expect_str_eq(merged->runs[1].host, "two");
    cr_expect_str_eq(merged->runs[1].command, "app --flag");
    rc_profile_free(single);
    rc_profile_free(merged);
    drop(paths[0]);
    drop(paths[1]);
    drop(path);
}

Test(load_merge, a_merge_of_merges_is_flat) {
    char *paths[] = {file_of(recorded(7, "one")), file_of(recorded(8, "one")), file_of(recorded(9, "one"))};
    struct rc_error err = {0};
    char *inner = merge_of(paths, 2, &err);
    char *both[] = {paths[2], inner};
    char *outer = merge_of(both, 2, &err);
    cr_assert(outer != NULL, "%s", err.text);
    struct rc_profile *single = load(paths[0]), *merged = load(outer);
    cr_assert(merged->n_runs == 3 && merged->n_processes == 6 && merged->damage == 0);
    const uint64_t began[] = {9, 7, 8};
    for (size_t i = 0; i < 3; i++)
        cr_expect(merged->runs[i].start_real_ns == began[i] && merged->runs[i].first == 2 * i);
    for (size_t i = 0; i < 6; i++)
        expect_same_process(&single->processes[i % 2], &merged->processes[i]);
    struct rc_profile run = rc_profile_of_run(merged, 2);
    cr_expect(run.n_processes == 2 && run.processes == merged->processes + 4 && run.start_real_ns == 8);
    rc_profile_free(single);
    rc_profile_free(merged);
    for (size_t i = 0; i < 3; i++)
        drop(paths[i]);
    drop(inner);
    drop(outer);
}

Test(load_merge, forked_children_keep_their_parents_and_damage_stays_damage) {
    struct rf_test *test = recorded(7, "");
    rf_test_add_process(test, 2)->parent = 1;
    rf_test_chunk(test, 99, 0, 0, 1);
    rf_test_chunk(test, RF_NODES, 1, 0, 3 * RF_PAGE)->magic = 0; /* goes on past the end of the file */
    test->size -= RF_PAGE;
    rf_test_header(test)->tail = test->size;
    char *paths[] = {file_of(test), file_of(recorded(8, ""))};
    struct rc_error err = {0};
    char *path = merge_of(paths, 2, &err);
    cr_assert(path != NULL, "%s", err.text);
    struct rc_profile *one = load(paths[0]), *merged = load(path);
    cr_expect(one->damage == 2 && merged->damage == 2, "%llu and %llu", (unsigned long long)one->damage,
              (unsigned long long)merged->damage);
    cr_expect(merged->n_processes == 5 && merged->processes[2].parent == 1 && merged->processes[3].ordinal == 3);
    rc_profile_free(one);
    rc_profile_free(merged);
    char *again[] = {paths[1], path};
    cr_expect(merge_of(again, 2, &err) == NULL && strstr(err.text, "holds a recording that"));
    cr_expect(strstr(err.text, path) != NULL && strstr(err.text, paths[1]) != NULL, "%s", err.text);
    drop(path);
    drop(paths[0]);
    drop(paths[1]);
}

static void expect_refused(struct rf_test *second, const char *why) {
    char *paths[] = {file_of(recorded(7, "")), file_of(second)};
    struct rc_error err = {0};
    char *path = merge_of(paths, 2, &err);
    cr_expect(path == NULL && strstr(err.text, why) && strncmp(err.text, paths[1], strlen(paths[1])) == 0,
              "not '%s' but: %s", why, err.text);
    free(path);
    drop(paths[0]);
    drop(paths[1]);
}

Test(load_merge, what_cannot_be_merged_is_named) {
    struct rf_test *test = recorded(8, "");
    rf_test_header(test)->version++;
    expect_refused(test, "newer recount");
    test = recorded(8, "");
    rf_test_chunk(test, RF_NODES, 0, 0, 1)->size = 100;
    expect_refused(test, "has size 100");
    test = recorded(8, "");
    rf_test_header(test)->asleep = 1;
    expect_refused(test, "its hooks slept");
    test = recorded(8, "");
    rf_test_add_process(test, UINT32_MAX - 2);
    expect_refused(test, "too many");
}

static void add_run(struct rf_test *test, uint32_t first, uint32_t n) {
    struct rf_chunk *chunk = rf_test_chunk(test, RF_RUN, first, 0, sizeof(struct rf_run));
    struct rf_run *run = (void *)(chunk + 1);
    run->first_process = first;
    run->processes = n;
    memset(run->host, 'h', sizeof run->host);
    chunk->used = sizeof *run;
}

static int try(struct rf_test *test, struct rc_error *err) {
    struct rc_profile *profile;
    int result = load_back(test, &profile, err);
    rc_profile_free(profile);
    rf_test_free(test);
    return result;
}

Test(load_merge, runs_of_a_hostile_file_are_checked) {
    struct rc_error err = {0};
    struct rf_test *test = load_example();
    add_run(test, 0, 1);
    cr_expect(try(test, &err) == -1 && strstr(err.text, "belongs to no run"), "%s", err.text);
    test = load_example();
    add_run(test, 0, 2);
    add_run(test, 1, 1);
    cr_expect(try(test, &err) == -1 && strstr(err.text, "overlap"), "%s", err.text);
    test = load_example();
    add_run(test, 1, UINT32_MAX);
    cr_expect(try(test, &err) == -1 && strstr(err.text, "belongs to no run"), "%s", err.text);
    test = load_example();
    add_run(test, 0, UINT32_MAX);
    add_run(test, UINT32_MAX, UINT32_MAX);
    cr_expect(try(test, &err) == 0, "%s", err.text);
    test = load_example();
    rf_test_chunk(test, RF_RUN, 0, 0, 8);
    struct rc_profile *profile;
    cr_assert(load_back(test, &profile, &err) == 0);
    cr_expect(profile->damage == 1 && profile->n_runs == 1);
    rc_profile_free(profile);
    rf_test_free(test);
}
