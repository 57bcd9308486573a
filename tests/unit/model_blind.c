/* Blind spots: each sample is in one place, what was never sampled is expected or not, and hooks have their price. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "compare/model/blind.h"
#include "tests/unit/model_fixture.h"

struct scene {
    struct fixture *f;
    uint64_t main, parse, scan, memcpy, assembly;
    uint32_t main_node, parse_node, main_native, main_path;
};

/* main calls parse; /lib/lib.so and one function of /bin/app have no hooks. */
static struct scene scene_new(void) {
    struct scene s = {.f = fixture_new()};
    s.main = fixture_symbol(s.f, "main", RC_CLONE_NONE);
    s.parse = fixture_symbol(s.f, "parse", RC_CLONE_NONE);
    s.assembly = fixture_symbol(s.f, "assembly", RC_CLONE_NONE);
    s.memcpy = fixture_library(s.f, "memcpy");
    s.main_node = fixture_node(s.f, 0, s.main, 0, 1);
    s.parse_node = fixture_node(s.f, s.main_node, s.parse, 0, 1000);
    s.main_native = fixture_native(s.f, RC_NONE, s.main + 0x100, false);
    s.main_path = fixture_path(s.f, RC_NONE, s.main_node, 1);
    s.f->process.hooks_lo = 0x900000;
    s.f->process.hooks_hi = 0x901000;
    return s;
}

static struct rc_blind *look(struct scene *s, struct rc_report **report, struct rc_filter_wish wish) {
    struct rc_blind *blind;
    struct rc_error err;
    *report = fixture_report(s->f);
    cr_assert_eq(rc_blind_build(&blind, *report, &s->f->lookup, &wish, &err), 0);
    uint64_t sum = 0;
    double share = 0;
    for (size_t k = 0; k < RC_SIGHT_KINDS; k++) {
        sum += blind->kinds[k].samples;
        share += blind->kinds[k].share;
        cr_expect(blind->kinds[k].low <= blind->kinds[k].share && blind->kinds[k].share <= blind->kinds[k].high);
    }
    cr_expect_eq(sum, blind->samples, "each sample is in one place");
    cr_expect(!blind->samples || fabs(share - 1) < 1e-9);
    for (size_t i = 0; i < blind->n_places; i++) {
        uint64_t under = 0;
        for (size_t u = 0; u < blind->places[i].under.n; u++)
            under += blind->places[i].under.items[u].count;
        cr_expect_eq(under, blind->places[i].seen.samples);
    }
    return blind;
}

static void forget(struct scene *s, struct rc_report *report, struct rc_blind *blind) {
    rc_blind_free(blind);
    rc_report_free(report);
    fixture_free(s->f);
}

static const struct rc_blind_place *place(const struct rc_blind *blind, enum rc_sight_kind kind, const char *name) {
    for (size_t i = 0; i < blind->n_places; i++)
        if (blind->places[i].kind == kind && strcmp(blind->places[i].name, name) == 0)
            return &blind->places[i];
    cr_assert_fail("no place %s", name);
    return NULL;
}

static void samples(struct scene *s, int n, uint32_t path, uint32_t native, uint32_t flags) {
    for (int i = 0; i < n; i++)
        fixture_sample(s->f, path, native)->flags = flags;
}

static const struct rc_filter_wish usual = {.save = 0.9};

Test(model_blind, each_sample_in_its_place) {
    struct scene s = scene_new();
    struct rc_report *report;
    uint32_t path = fixture_path(s.f, s.main_path, s.parse_node, 1);
    uint32_t parse = fixture_native(s.f, s.main_native, s.parse + 0x100, false);
    samples(&s, 10, path, fixture_native(s.f, s.main_native, s.parse + 0x110, true), 0);
    samples(&s, 20, path, fixture_native(s.f, parse, s.memcpy + 8, true), 0);
    samples(&s, 3, s.main_path, fixture_native(s.f, s.main_native, s.memcpy + 8, true), 0);
    samples(&s, 7, path, fixture_native(s.f, parse, s.assembly + 8, true), 0);
    samples(&s, 5, path, fixture_native(s.f, s.main_native, s.parse + 0x900, true), 0);
    samples(&s, 4, path, fixture_native(s.f, parse, s.memcpy + 16, true), RF_SAMPLE_IN_KERNEL);
    samples(&s, 6, path, fixture_native(s.f, parse, 0x900010, true), RF_SAMPLE_IN_PROBE);
    samples(&s, 2, RC_NONE, RC_NONE, RF_SAMPLE_NO_TRACE);
    samples(&s, 1, path, RC_NONE, 0);
    fixture_sample(s.f, path, parse)->kind = RF_OFF_CPU;
    struct rc_blind *blind = look(&s, &report, usual);
    const uint64_t wanted[RC_SIGHT_KINDS] = {
        [RC_SEEN_HOOKED] = 11,  [RC_SEEN_PROBE] = 6,    [RC_SEEN_NOWHERE] = 2, [RC_BLIND_LIBRARY] = 23,
        [RC_BLIND_NO_HOOK] = 7, [RC_BLIND_INLINED] = 5, [RC_BLIND_KERNEL] = 4};
    for (size_t k = 0; k < RC_SIGHT_KINDS; k++)
        cr_expect(blind->kinds[k].samples == wanted[k], "kind %zu: %lu", k, blind->kinds[k].samples);
    const struct rc_blind_place *library = place(blind, RC_BLIND_LIBRARY, "memcpy");
    cr_expect_eq(library->seen.samples, 23);
    cr_expect_str_eq(library->object, "/lib/lib.so");
    cr_expect_eq(fixture_tally(&library->under, "parse"), 20);
    cr_expect_eq(fixture_tally(&library->under, "main"), 3);
    cr_expect_eq(place(blind, RC_BLIND_NO_HOOK, "assembly")->seen.samples, 7);
    cr_expect_eq(fixture_tally(&place(blind, RC_BLIND_INLINED, "inlined_one")->under, "parse"), 5);
    cr_expect_eq(place(blind, RC_BLIND_KERNEL, "memcpy")->seen.samples, 4);
    cr_expect(fabs(library->seen.share - 23.0 / 58) < 1e-9);
    forget(&s, report, blind);
}

Test(model_blind, inlined_code_that_is_traced_is_seen) {
    struct scene s = scene_new();
    struct rc_report *report;
    uint64_t one = fixture_symbol(s.f, "inlined_one", RC_CLONE_NONE);
    uint32_t node = fixture_node(s.f, s.parse_node, one, 0, 5);
    s.f->nodes[node].flags = RF_NODE_INLINED;
    uint32_t path = fixture_path(s.f, fixture_path(s.f, s.main_path, s.parse_node, 1), node, 1);
    samples(&s, 9, path, fixture_native(s.f, s.main_native, s.parse + 0x900, true), 0);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(blind->kinds[RC_SEEN_HOOKED].samples, 9);
    cr_expect_eq(blind->n_places, 0);
    forget(&s, report, blind);
}

Test(model_blind, a_sleeper_is_a_blind_spot_of_its_own) {
    struct scene s = scene_new();
    struct rc_report *report;
    struct rc_module module = {.start = 0x400000, .end = 0x480000, .bias = 0x400000, .loaded = 7};
    struct rf_asleep asleep = {1, 7, s.assembly - 0x400000};
    s.f->process.modules = &module;
    s.f->process.n_modules = 1;
    s.f->profile.sleepers = &asleep;
    s.f->profile.n_sleepers = 1;
    samples(&s, 9, s.main_path, fixture_native(s.f, s.main_native, s.assembly + 8, true), 0);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(blind->kinds[RC_BLIND_ASLEEP].samples, 9);
    cr_expect_eq(fixture_tally(&place(blind, RC_BLIND_ASLEEP, "assembly")->under, "main"), 9);
    forget(&s, report, blind);
}

Test(model_blind, time_without_samples) {
    struct scene s = scene_new();
    struct rc_report *report;
    s.f->process.cpu_ns = 50000000;
    samples(&s, 30, s.main_path, s.main_native, 0);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(blind->unsampled_ns, 20000000);
    rc_blind_free(blind);
    rc_report_free(report);
    s.f->process.samples_taken = 31; /* one was lost: then nothing can be said */
    blind = look(&s, &report, usual);
    cr_expect_eq(blind->unsampled_ns, 0);
    forget(&s, report, blind);
}

/* Samples of 1 ms: of 2 ms of own time two are expected, of 20 ms twenty. */
Test(model_blind, what_was_never_sampled) {
    struct scene s = scene_new();
    struct rc_report *report;
    uint64_t brief = fixture_symbol(s.f, "brief", RC_CLONE_NONE), missed = fixture_symbol(s.f, "missed", RC_CLONE_NONE);
    uint32_t node = fixture_node(s.f, s.main_node, brief, 0, 2);
    s.f->nodes[node].long_count = 2;
    s.f->nodes[node].long_ticks = 2000000;
    node = fixture_node(s.f, s.main_node, missed, 0, 1);
    s.f->nodes[node].long_count = 1;
    s.f->nodes[node].long_ticks = 20000000;
    uint32_t path = fixture_path(s.f, s.main_path, s.parse_node, 1);
    samples(&s, 20, path, fixture_native(s.f, s.main_native, s.parse + 8, true), 0);
    samples(&s, 20, s.main_path, s.main_native, 0);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_assert_eq(blind->n_unsampled, 2);
    cr_expect_str_eq(report->functions[blind->unsampled[0].function].name, "missed");
    cr_expect(fabs(blind->unsampled[0].expected - 20) < 1e-6 && blind->unsampled[0].surprising);
    cr_expect(fabs(blind->unsampled[1].expected - 2) < 1e-6 && !blind->unsampled[1].surprising);
    cr_expect(fabs(blind->unsampled[1].probability - exp(-2)) < 1e-9);
    forget(&s, report, blind);
}

/* 10 ns an entry, 50 ns a timed one. */
static struct scene priced(void) {
    struct scene s = scene_new();
    s.f->process.probe_count_ps = 10000;
    s.f->process.probe_timed_ps = 50000;
    s.f->process.cpu_ns = 1000000000;
    return s;
}

static const struct rc_probe_cost *price(const struct rc_report *report, const struct rc_blind *blind,
                                         const char *name) {
    for (size_t i = 0; i < blind->n_probes; i++)
        if (strcmp(report->functions[blind->probes[i].function].name, name) == 0)
            return &blind->probes[i];
    cr_assert_fail("no price of %s", name);
    return NULL;
}

Test(model_blind, hooks_are_priced_by_counting) {
    struct scene s = priced();
    struct rc_report *report;
    s.f->process.cpu_ns = 1000000;
    s.f->nodes[s.parse_node].timed = 100;
    s.f->nodes[s.parse_node].long_count = 10;
    struct rc_blind *blind = look(&s, &report, usual);
    const struct rc_probe_cost *parse = price(report, blind, "parse");
    cr_expect(fabs(parse->cost_ns - (1000 * 10 + 110 * 40)) < 1e-6 && !parse->sampled);
    cr_expect(parse == &blind->probes[0] && parse->keep == RC_KEEP_NOT);
    cr_expect_eq(price(report, blind, "main")->keep, RC_KEEP_BEYOND);
    cr_expect(fabs(blind->proposed_ns - parse->cost_ns) < 1e-6 && blind->n_proposed == 1);
    forget(&s, report, blind);
}

Test(model_blind, hooks_are_priced_by_samples_where_there_are_enough) {
    struct scene s = priced();
    struct rc_report *report;
    uint32_t path = fixture_path(s.f, s.main_path, s.parse_node, 1);
    uint32_t parse = fixture_native(s.f, s.main_native, s.parse + 0x100, false);
    uint32_t in_entry = fixture_native(s.f, parse, 0x900010, true);
    uint32_t after_jump = fixture_native(s.f, s.main_native, 0x900020, true); /* the exit hook, parse's frame is gone */
    samples(&s, 20, path, in_entry, RF_SAMPLE_IN_PROBE);
    samples(&s, 20, path, after_jump, RF_SAMPLE_IN_PROBE);
    samples(&s, 60, s.main_path, s.main_native, 0);
    struct rc_blind *blind = look(&s, &report, usual);
    const struct rc_probe_cost *cost = price(report, blind, "parse");
    cr_expect(cost->sampled && cost->samples == 40, "%lu", cost->samples);
    cr_expect(fabs(cost->cost_ns - 40e6) < 1 && cost->low < 40e6 && cost->high > 40e6 && cost->low > 20e6);
    cr_expect_eq(price(report, blind, "main")->samples, 0);
    cr_expect(blind->saving.samples == 40 && fabs(blind->saving.share - 0.4) < 1e-9);
    rc_blind_free(blind);
    rc_report_free(report);
    s.f->process.cpu_ns = 90000000; /* samples for 100 ms of 90 */
    blind = look(&s, &report, usual);
    cr_expect(fabs(price(report, blind, "parse")->cost_ns - 36e6) < 1);
    forget(&s, report, blind);
}

/* parse's hooks have 40 samples, its own code `own`; main, which calls it, `around`; another function the rest of 100.
 */
static struct rc_prediction predict(int own, int around, uint64_t *n_hooked) {
    struct scene s = priced();
    struct rc_report *report;
    uint64_t other = fixture_symbol(s.f, "other", RC_CLONE_NONE);
    uint32_t other_path = fixture_path(s.f, s.main_path, fixture_node(s.f, s.main_node, other, 0, 5), 1);
    uint32_t other_native = fixture_native(s.f, s.main_native, other + 0x100, true);
    uint32_t path = fixture_path(s.f, s.main_path, s.parse_node, 1);
    uint32_t in_parse = fixture_native(s.f, s.main_native, s.parse + 0x100, true);
    uint32_t parse = fixture_native(s.f, s.main_native, s.parse + 0x100, false);
    samples(&s, 40, path, fixture_native(s.f, parse, 0x900010, true), RF_SAMPLE_IN_PROBE);
    samples(&s, own, path, in_parse, 0);
    samples(&s, around, s.main_path, s.main_native, 0);
    samples(&s, 60 - own - around, other_path, other_native, 0);
    s.f->process.cpu_ns = 100000000;
    struct rc_blind *blind = look(&s, &report, usual);
    struct rc_prediction predicted = blind->predicted;
    *n_hooked = blind->saving.samples;
    double spilt = fmin(0.25 * blind->saving.high, (own + around) / 100.0);
    cr_expect(fabs(predicted.high_ns - 1e8 * (blind->saving.high + spilt)) < 1);
    forget(&s, report, blind);
    return predicted;
}

Test(model_blind, work_around_hooks_may_be_hidden_by_them) {
    uint64_t n;
    struct rc_prediction none = predict(0, 0, &n), own = predict(6, 4, &n), much = predict(30, 0, &n);
    cr_expect(n == 40 && none.sampled && none.around.samples == 0 && own.around.samples == 10);
    cr_expect(fabs(none.ns - 40e6) < 1, "no code around: all of it is saved: %g", none.ns);
    cr_expect(fabs(own.ns - (40e6 - 0.7 * 10e6)) < 1, "the guess: %g", own.ns);
    cr_expect(own.low_ns < 40e6 - 2.2 * 10e6 && own.high_ns > 40e6 && own.low_ns < none.low_ns);
    cr_expect(fabs(much.ns - 20e6) < 1 && much.low_ns <= 0, "not more than all: %g", much.ns);
}

Test(model_blind, a_prediction_without_samples_is_wide) {
    struct scene s = priced();
    struct rc_report *report;
    struct rc_blind *blind = look(&s, &report, usual);
    const struct rc_prediction *predicted = &blind->predicted;
    cr_expect(!predicted->sampled && predicted->low_ns <= 0);
    cr_expect(fabs(predicted->high_ns - 1.5 * blind->proposed_ns) < 1);
    cr_expect(fabs(predicted->ns - blind->proposed_ns / 2) < 1);
    forget(&s, report, blind);
}

Test(model_blind, few_samples_in_hooks_are_not_believed) {
    struct scene s = priced();
    struct rc_report *report;
    uint32_t path = fixture_path(s.f, s.main_path, s.parse_node, 1);
    uint32_t parse = fixture_native(s.f, s.main_native, s.parse + 0x100, false);
    samples(&s, 29, path, fixture_native(s.f, parse, 0x900010, true), RF_SAMPLE_IN_PROBE);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect(!price(report, blind, "parse")->sampled && price(report, blind, "parse")->cost_ns < 20000);
    forget(&s, report, blind);
}

/* Eight functions, each half as dear as the one before. */
static struct scene ranked(uint32_t *nodes) {
    static const char *const names[] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7"};
    struct scene s = priced();
    for (int i = 0; i < 8; i++)
        nodes[i] = fixture_node(s.f, s.main_node, fixture_symbol(s.f, names[i], RC_CLONE_NONE), 0, 128000000u >> i);
    return s;
}

Test(model_blind, the_dearest_first_until_enough_is_saved) {
    uint32_t nodes[8];
    struct scene s = ranked(nodes);
    struct rc_report *report;
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(blind->n_proposed, 4, "15/16 of it is the first time above 90%%: %zu", blind->n_proposed);
    rc_blind_free(blind);
    rc_report_free(report);
    blind = look(&s, &report, (struct rc_filter_wish){.save = 0.51});
    cr_expect_eq(blind->n_proposed, 2);
    rc_blind_free(blind);
    rc_report_free(report);
    blind = look(&s, &report, (struct rc_filter_wish){.save = 1, .top = 3});
    cr_expect_eq(blind->n_proposed, 3);
    cr_expect(fabs(blind->proposed_ns - 10 * (128e6 + 64e6 + 32e6)) < 1);
    forget(&s, report, blind);
}

Test(model_blind, what_is_asked_for_stays_awake) {
    uint32_t nodes[8];
    struct scene s = ranked(nodes);
    struct rc_report *report;
    fixture_extra(s.f, nodes[0])->begins = 100; /* announced by the program */
    fixture_extra(s.f, nodes[0])->resumes = 128000000 - 100;
    s.f->nodes[nodes[1]].long_count = 1; /* long beside its hooks */
    s.f->nodes[nodes[1]].long_ticks = UINT64_C(64000000) * 10 * 20;
    s.f->nodes[fixture_node(s.f, nodes[2], s.parse, 0, 1)].flags = RF_NODE_LINKED;
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(price(report, blind, "f0")->keep, RC_KEEP_REENTERED);
    cr_expect_eq(price(report, blind, "f1")->keep, RC_KEEP_QUIET);
    cr_expect_eq(price(report, blind, "f2")->keep, RC_KEEP_REGISTERS);
    cr_expect_eq(price(report, blind, "f3")->keep, RC_KEEP_NOT);
    forget(&s, report, blind);
}

Test(model_blind, nothing_at_all) {
    struct scene s = {.f = fixture_new()};
    struct rc_report *report;
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect(blind->samples == 0 && blind->n_places == 0 && blind->n_probes == 0 && blind->n_unsampled == 0);
    forget(&s, report, blind);
}

/* The hooks of what was inlined into parse stand in its code. Its own were entered 1,000 times, the inlined ones'
 * 9,000 times: in the entry hook of one it is not open yet, in its exit hook it is. */
Test(model_blind, hooks_of_inlined_code_are_its_own) {
    struct scene s = scene_new();
    struct rc_report *report;
    uint32_t one = fixture_node(s.f, s.parse_node, fixture_symbol(s.f, "one", RC_CLONE_NONE), 0, 9000);
    uint32_t two = fixture_node(s.f, one, fixture_symbol(s.f, "two", RC_CLONE_NONE), 0, 9000);
    s.f->nodes[one].flags = s.f->nodes[two].flags = RF_NODE_INLINED;
    uint32_t parse = fixture_path(s.f, s.main_path, s.parse_node, 1);
    uint32_t in_one = fixture_path(s.f, parse, one, 1), in_two = fixture_path(s.f, in_one, two, 1);
    uint32_t native = fixture_native(s.f, fixture_native(s.f, s.main_native, s.parse + 0x100, false), 0x900010, true);
    samples(&s, 20, parse, native, RF_SAMPLE_IN_PROBE);
    samples(&s, 30, in_one, native, RF_SAMPLE_IN_PROBE);
    samples(&s, 40, in_two, native, RF_SAMPLE_IN_PROBE);
    struct rc_blind *blind = look(&s, &report, usual);
    cr_expect_eq(price(report, blind, "parse")->samples, 0);
    cr_expect_eq(price(report, blind, "one")->samples, 50);
    cr_expect_eq(price(report, blind, "two")->samples, 40);
    forget(&s, report, blind);
}
