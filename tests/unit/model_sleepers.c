/* Functions that a filter put to sleep: no entries, and the report knows why. */
#include <criterion/criterion.h>

#include "compare/explain/causes.h"
#include "tests/unit/model_fixture.h"

/* /bin/app at its own addresses as file 7, and a library that is gone. */
static struct fixture *with_modules(struct rc_module modules[2], struct rf_asleep *asleep, size_t n) {
    struct fixture *f = fixture_new();
    modules[0] = (struct rc_module){.start = 0x400000, .end = 0x480000, .bias = 0x400000, .loaded = 7};
    modules[1] = (struct rc_module){.start = 0x500000, .end = 0x580000, .bias = 0x500000, .loaded = 0};
    f->process.modules = modules;
    f->process.n_modules = 2;
    f->profile.sleepers = asleep;
    f->profile.n_sleepers = n;
    return f;
}

Test(model_sleepers, a_sleeper_is_named_and_not_counted) {
    struct rc_module modules[2];
    struct rf_asleep asleep[] = {{0, 0, 3}, {1, 6, 0x1000}, {1, 7, 0x1000}, {1, 7, 0x2000}, {1, 7, 0x90000}, {2, 7, 0}};
    struct fixture *f = with_modules(modules, asleep, 6);
    uint64_t main = fixture_symbol(f, "main", RC_CLONE_NONE), leaf = fixture_symbol(f, "leaf", RC_CLONE_NONE);
    fixture_symbol(f, "branch", RC_CLONE_NONE);
    uint32_t node = fixture_node(f, 0, main, 0, 1);
    uint32_t native = fixture_native(f, RC_NONE, main + 8, false);
    for (int i = 0; i < 40; i++)
        fixture_sample(f, fixture_path(f, RC_NONE, node, 1), fixture_native(f, native, leaf + 8, true));
    struct rc_report *report = fixture_report(f);
    rc_causes_find(report);
    const struct rc_function *sleeper = fixture_function(report, "leaf");
    cr_expect(sleeper->asleep && !sleeper->entries && sleeper->verdict == RC_TOO_FEW && !sleeper->causes);
    cr_expect(fixture_function(report, "branch")->asleep, "one that never ran, too");
    cr_expect(!fixture_function(report, "main")->asleep);
    cr_expect_eq(fixture_function(report, "main")->seen.self, 40, "what a sleeper does is its caller's");
    cr_expect_eq(report->n_asleep, 2);
    cr_expect_eq(report->asleep_unknown, 3);
    cr_expect_eq(report->asleep_unmatched, 1, "a rule of the third line");
    cr_expect_eq(report->asleep_counted, 0);
    rc_report_free(report);
    fixture_free(f);
}

Test(model_sleepers, one_that_was_counted_all_the_same_is_told) {
    struct rc_module modules[2];
    struct rf_asleep asleep[] = {{1, 7, 0}};
    struct fixture *f = with_modules(modules, asleep, 1);
    fixture_node(f, 0, fixture_symbol(f, "main", RC_CLONE_NONE), 0, 1);
    struct rc_report *report = fixture_report(f);
    cr_expect_eq(report->asleep_counted, 1);
    cr_expect_eq(fixture_function(report, "main")->entries, 1);
    rc_report_free(report);
    fixture_free(f);
}

Test(model_sleepers, the_runtime_itself_does_not_sleep) {
    struct rc_module modules[2];
    struct rf_asleep asleep[] = {{1, 7, 0x1000}};
    struct fixture *f = with_modules(modules, asleep, 1);
    f->process.hooks_lo = 0x401000;
    f->process.hooks_hi = 0x402000;
    fixture_symbol(f, "main", RC_CLONE_NONE);
    fixture_symbol(f, "a_hook", RC_CLONE_NONE);
    struct rc_report *report = fixture_report(f);
    cr_expect_eq(report->n_asleep, 0);
    cr_expect_eq(report->asleep_unknown, 0);
    rc_report_free(report);
    fixture_free(f);
}
