#include "tests/unit/model_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/causes.h"

static const uint64_t CODE = 0x400000, STRIDE = 0x1000;

static const struct rc_symbol *find(void *context, uint64_t address) {
    static const struct rc_symbol unknown = {.name = "?", .linkage = "?", .object = "[unknown]", .base = "?"};
    struct fixture *f = context;
    size_t at = (address - CODE) / STRIDE;
    return address >= CODE && at < f->n_symbols ? &f->symbols[at] : &unknown;
}

static struct rc_line line(void *context, uint64_t address) {
    const struct fixture *f = context;
    uint32_t number = (uint32_t)(address % STRIDE);
    struct rc_line at = {find(context, address)->file,
                         f->last_line && number + 1 >= f->lines_end ? f->last_line : number};
    return at;
}

static size_t inlined(void *context, uint64_t address, const char **names, size_t most) {
    (void)context;
    if (address % STRIDE < 0x800 || !most) /* the upper half of each function is inlined code */
        return 0;
    names[0] = "inlined_one";
    return 1;
}

/* A module's file is named by when it was loaded: device 1, that inode; 0: it is gone. */
static bool file(void *context, const struct rc_module *module, uint64_t *device, uint64_t *inode) {
    (void)context;
    *device = 1;
    *inode = module->loaded;
    return module->loaded != 0;
}

struct fixture *fixture_new(void) {
    struct fixture *f = calloc(1, sizeof *f);
    cr_assert(f);
    f->profile = (struct rc_profile){.command = (char *)"app --flag",
                                     .sample_hz = 1000,
                                     .start_mono_ns = 1000,
                                     .processes = &f->process,
                                     .n_processes = 1};
    f->process = (struct rc_process){.pid = 100,
                                     .ended = true,
                                     .start = 1000,
                                     .last = 1000 + UINT64_C(10000000000),
                                     .start_mono_ns = 1000,
                                     .ns_per_tick = 1,
                                     .threads_started = 1,
                                     .failure = (char *)"",
                                     .exe = (char *)"/bin/app",
                                     .cmdline = (char *)"app",
                                     .threads = f->threads,
                                     .n_threads = 1,
                                     .nodes = f->nodes,
                                     .extras = f->extras,
                                     .stacks = f->stacks,
                                     .awaits = f->awaits,
                                     .calls = f->calls,
                                     .samples = f->samples,
                                     .natives = f->natives,
                                     .paths = f->paths,
                                     .stalls = f->stalls,
                                     .identities = f->identities};
    f->threads[0] = (struct rc_thread){.tid = 100, .alive = true, .name = "main"};
    f->lookup = (struct rc_lookup){f, find, line, line, inlined, file};
    for (size_t i = 0; i < 8; i++)
        f->stacks[i].frames = f->frames[i];
    fixture_node(f, RC_NONE, 0, 1, 0);
    fixture_node(f, RC_NONE, 0, 1, 0);
    f->nodes[0].flags = f->nodes[1].flags = RF_NODE_ROOT;
    return f;
}

void fixture_free(struct fixture *f) {
    free(f);
}

static uint64_t add_symbol(struct fixture *f, const char *base, const char *object, const char *file,
                           enum rc_clone clone) {
    cr_assert(f->n_symbols < FIXTURE_SYMBOLS);
    uint64_t start = CODE + f->n_symbols * STRIDE;
    f->symbols[f->n_symbols++] = (struct rc_symbol){.name = base,
                                                    .linkage = base,
                                                    .file = clone ? NULL : file,
                                                    .line = clone || !file ? 0 : 10,
                                                    .object = object,
                                                    .start = start,
                                                    .size = STRIDE,
                                                    .base = base,
                                                    .clone = clone};
    return start;
}

uint64_t fixture_symbol(struct fixture *f, const char *base, enum rc_clone clone) {
    return add_symbol(f, base, "/bin/app", "app.c", clone);
}

uint64_t fixture_library(struct fixture *f, const char *base) {
    return add_symbol(f, base, "/lib/lib.so", NULL, RC_CLONE_NONE);
}

uint32_t fixture_node(struct fixture *f, uint32_t parent, uint64_t fn, uint64_t cs, uint64_t count) {
    cr_assert(f->process.n_nodes < FIXTURE_NODES);
    uint32_t at = (uint32_t)f->process.n_nodes++;
    if (!cs)
        cs = parent == RC_NONE || !f->nodes[parent].fn ? 0x10 : f->nodes[parent].fn + 0x20;
    f->nodes[at] =
        (struct rc_node){.parent = parent, .home = (uint32_t)at, .fn = fn, .cs = cs, .count = count, .extra = RC_NONE};
    return at;
}

struct rc_extra *fixture_extra(struct fixture *f, uint32_t node) {
    if (f->nodes[node].extra == RC_NONE) {
        f->nodes[node].extra = (uint32_t)f->process.n_extras;
        f->extras[f->process.n_extras++].node = node;
    }
    return &f->extras[f->nodes[node].extra];
}

struct rc_await *fixture_await(struct fixture *f, uint32_t node, uint32_t at, const char *awaited) {
    struct rc_await *await = &f->awaits[f->process.n_awaits++];
    *await = (struct rc_await){.node = node, .line = at, .file = (char *)"app.c", .awaited = (char *)awaited};
    return await;
}

struct rc_call *fixture_call(struct fixture *f, uint32_t node, uint32_t physical, uint64_t id) {
    struct rc_call *call = &f->calls[f->process.n_calls++];
    *call = (struct rc_call){.id = id, .node = node, .physical = physical, .await = RC_NONE};
    return call;
}

struct rc_frame *fixture_open(struct fixture *f, size_t stack, uint32_t node, uint64_t t0, uint64_t call) {
    if (f->process.n_stacks <= stack)
        f->process.n_stacks = stack + 1;
    struct rc_frame *frame = &f->frames[stack][f->stacks[stack].n_frames++];
    *frame = (struct rc_frame){.node = node, .t0 = t0, .call = call};
    return frame;
}

uint32_t fixture_path(struct fixture *f, uint32_t caller, uint32_t node, uint64_t call) {
    cr_assert(f->process.n_paths < FIXTURE_PATHS);
    f->paths[f->process.n_paths] = (struct rc_path){.node = node, .caller = caller, .call = call};
    return (uint32_t)f->process.n_paths++;
}

uint32_t fixture_native(struct fixture *f, uint32_t caller, uint64_t ip, bool leaf) {
    f->natives[f->process.n_natives] = (struct rc_native){.ip = ip, .caller = caller, .leaf = leaf};
    return (uint32_t)f->process.n_natives++;
}

struct rc_sample *fixture_sample(struct fixture *f, uint32_t path, uint32_t native) {
    cr_assert(f->process.n_samples < FIXTURE_SAMPLES);
    struct rc_sample *sample = &f->samples[f->process.n_samples++];
    *sample = (struct rc_sample){.seq = f->process.n_samples,
                                 .time = 1000 + 1000000 * f->process.n_samples,
                                 .path = path,
                                 .native = native,
                                 .kind = RF_ON_CPU,
                                 .syscall = -1,
                                 .period_ns = 1000000};
    f->process.samples_taken++;
    return sample;
}

/* Each difference is the sum of its parts, with a row for what is unexplained. */
static void check_accounts(const struct rc_function *f) {
    for (enum rc_of of = 0; of < RC_OFS; of++) {
        int64_t sum = 0;
        size_t rests = 0;
        for (size_t i = 0; i < f->n_accounts; i++) {
            sum += f->accounts[i].of == of ? f->accounts[i].amount : 0;
            rests += f->accounts[i].of == of && f->accounts[i].row == RC_ROW_UNEXPLAINED;
        }
        cr_assert_eq(rests, f->differences[of].known, "%s: %zu rests", f->name, rests);
        cr_assert_eq(sum, f->differences[of].one - f->differences[of].other, "%s: account %d is open by %ld", f->name,
                     (int)of, (long)(f->differences[of].one - f->differences[of].other - sum));
    }
}

struct rc_report *fixture_report(struct fixture *f) {
    return fixture_report_with(f, RC_TREE_NONE);
}

struct rc_report *fixture_report_with(struct fixture *f, enum rc_tree_kind tree) {
    struct rc_report *report = NULL;
    struct rc_error err = {""};
    cr_assert_eq(rc_report_build_with(&report, &f->profile, &f->lookup, 0, tree, &err), 0, "%s", err.text);
    rc_causes_find(report);
    for (size_t i = 0; i < report->n_functions; i++)
        check_accounts(&report->functions[i]);
    return report;
}

const struct rc_function *fixture_function(const struct rc_report *report, const char *name) {
    for (size_t i = 0; i < report->n_functions; i++)
        if (strcmp(report->functions[i].name, name) == 0)
            return &report->functions[i];
    cr_assert_fail("no function %s", name);
    return NULL;
}

uint64_t fixture_tally(const struct rc_tallies *tallies, const char *name) {
    for (size_t i = 0; i < tallies->n; i++)
        if (strcmp(tallies->items[i].name, name) == 0)
            return tallies->items[i].count;
    return 0;
}

static uint64_t sum(const struct rc_tallies *tallies) {
    uint64_t total = 0;
    for (size_t i = 0; i < tallies->n; i++)
        total += tallies->items[i].count;
    return total;
}

void fixture_check_closed(const struct rc_report *report) {
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct rc_function *f = &report->functions[i];
        const struct rc_time *t = &f->time;
        cr_assert_eq(f->unexplained, 0, "%s: %ld unexplained", f->name, (long)f->unexplained);
        cr_assert_eq(f->entries + f->calls_without_entry, f->calls + f->resumes + f->internal, "%s", f->name);
        cr_assert_eq(t->total, t->running + t->blocked + t->awaiting + t->queued + t->probes, "%s", f->name);
        cr_assert_eq(sum(&f->callers), f->calls, "%s's callers", f->name);
        cr_assert_eq(sum(&f->physical_callers), f->entries, "%s's physical callers", f->name);
    }
}
