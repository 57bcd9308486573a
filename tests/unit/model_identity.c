/* What the runtime inferred about re-entered functions: proven by the source, or not believed. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/model_fixture.h"

enum { BEGUN = 4, RESUMED = 5 }; /* nodes */

/* A worker that `begin_all` calls 10 times and a loop resumes 30 times; its state word holds 20 and 30. */
static struct fixture *worker(void) {
    struct fixture *f = fixture_new();
    uint32_t begin = fixture_node(f, 0, fixture_symbol(f, "begin_all", 0), 0, 1);
    uint32_t loop = fixture_node(f, 0, fixture_symbol(f, "loop", 0), 0, 1);
    uint64_t fn = fixture_symbol(f, "worker", 0);
    cr_assert_eq(fixture_node(f, begin, fn, 0, 10), BEGUN);
    cr_assert_eq(fixture_node(f, loop, fn, 0, 30), RESUMED);
    fixture_extra(f, BEGUN)->begins = 10;
    fixture_extra(f, BEGUN)->idle = 12;
    fixture_extra(f, BEGUN)->awaiting_ticks = 5000;
    fixture_extra(f, RESUMED)->resumes = 30;
    struct rc_await *await = fixture_await(f, BEGUN, 20, "");
    await->count = 30;
    await->file = (char *)"";
    f->identities[0] = (struct rc_identity){.fn = fn, .width = 2, .offset = 4, .objects = 10, .n_states = 2};
    f->identities[0].state[0] = 20;
    f->identities[0].state[1] = 30;
    f->process.n_identities = 1;
    return f;
}

static void expect_proven(struct fixture *f) {
    struct rc_report *report = fixture_report(f);
    const struct rc_function *w = fixture_function(report, "worker");
    cr_expect_eq(w->identity.by, RC_EVIDENCE_STATE);
    cr_expect_null(w->identity.doubt, "%s", w->identity.doubt);
    cr_expect_eq(w->entries, 40);
    cr_expect_eq(w->calls, 10);
    cr_expect_eq(w->resumes, 30);
    cr_expect_eq(w->idle_resumes, 12);
    cr_expect_eq(w->time.awaiting, 5000);
    cr_expect_eq(w->n_awaits, 1);
    cr_expect_eq(fixture_tally(&w->callers, "begin_all"), 10);
    cr_expect_eq(w->callers.n, 1);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* Not believed: a call an entry, and no waiting. */
static void expect_doubt(struct fixture *f, const char *why) {
    struct rc_report *report = fixture_report(f);
    const struct rc_function *w = fixture_function(report, "worker");
    cr_expect_eq(w->identity.by, RC_EVIDENCE_STATE);
    cr_assert_not_null(w->identity.doubt, "nothing speaks against it, but should: %s", why);
    cr_expect(strstr(w->identity.doubt, why), "%s: %s", why, w->identity.doubt);
    cr_expect_eq(w->calls, w->entries);
    cr_expect_eq(w->resumes, 0);
    cr_expect_eq(w->idle_resumes, 0);
    cr_expect_eq(w->time.awaiting, 0);
    cr_expect_eq(w->n_awaits, 0);
    cr_expect_eq(fixture_tally(&w->callers, "begin_all"), 10);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

Test(model_identity, lines_of_the_function) {
    struct fixture *f = worker();
    struct rc_report *report = fixture_report(f);
    const struct rc_function *w = fixture_function(report, "worker");
    cr_expect_eq(w->identity.objects, 10);
    cr_expect_eq(w->identity.states, 2);
    cr_expect_eq(w->identity.fresh, 10);
    cr_expect_eq(w->identity.offset, 4);
    cr_expect_not(w->identity.addresses);
    cr_expect_str_eq(w->awaits[0].file, "app.c", "a state's line is in the function's file");
    cr_expect_eq(fixture_function(report, "loop")->identity.by, RC_EVIDENCE_NONE);
    rc_report_free(report);
    expect_proven(f);
}

Test(model_identity, lines_elsewhere) {
    struct fixture *f = worker();
    f->identities[0].state[1] = 9; /* above its declaration */
    expect_doubt(f, "not all lines");
    f = worker();
    f->identities[0].state[1] = 0x900; /* where the code is inlined from another function */
    expect_doubt(f, "not all lines");
}

Test(model_identity, lines_without_code) {
    struct fixture *f = worker();
    f->symbols[2].size = 25; /* lines 0 to 24 have code, and then line 31 */
    f->lines_end = 25;
    f->last_line = 31;
    expect_proven(f); /* 20 has code, 30 is a line of it */
    f = worker();
    f->symbols[2].size = 15;
    f->lines_end = 15;
    f->last_line = 31;
    expect_doubt(f, "hold code");
}

Test(model_identity, no_line_information) {
    struct fixture *f = worker();
    f->symbols[2].file = NULL;
    expect_doubt(f, "no line information");
}

Test(model_identity, addresses) {
    struct fixture *f = worker();
    f->identities[0].width = 8;
    f->identities[0].state[0] = f->identities[0].fn + 0x30;
    f->identities[0].state[1] = f->identities[0].fn + 0x40;
    f->awaits[0].line = 0;
    f->awaits[0].site = f->identities[0].fn + 0x31;
    expect_proven(f);
    f = worker();
    f->identities[0].width = 8;
    f->identities[0].state[0] = f->symbols[0].start;
    expect_doubt(f, "addresses of its own code");
}

Test(model_identity, what_speaks_against_it) {
    struct fixture *f = worker();
    f->identities[0].changed = 1;
    expect_doubt(f, "from outside");
    f = worker();
    f->identities[0].unread = 1;
    expect_doubt(f, "could not be read");
    f = worker();
    f->identities[0].unlisted = 1;
    expect_doubt(f, "not all be kept");
    f = worker();
    f->nodes[RESUMED].count += 2;
    expect_doubt(f, "what they found");
}

/* A file may name any number of functions, and one any number of times. */
Test(model_identity, code_to_look_at_without_end) {
    enum { RECORDS = 1 << 16 };
    struct fixture *f = worker();
    struct rc_identity *many = calloc(RECORDS, sizeof *many);
    cr_assert_not_null(many);
    for (unsigned i = 0; i < RECORDS; i++)
        many[i] = f->identities[0];
    f->process.identities = many;
    f->process.n_identities = RECORDS;
    expect_doubt(f, "too much code");
    free(many);
}

/* An entry that the end of the process cut off is no untold one. */
Test(model_identity, in_flight) {
    struct fixture *f = worker();
    f->process.ended = false;
    f->nodes[RESUMED].count++;
    fixture_open(f, 0, RESUMED, 2000, f->nodes[RESUMED].count);
    struct rc_report *report = fixture_report(f);
    const struct rc_function *w = fixture_function(report, "worker");
    cr_expect_null(w->identity.doubt);
    cr_expect_eq(w->in_flight, 1);
    cr_expect_eq(w->unexplained, 0);
    rc_report_free(report);
    fixture_free(f);
}

Test(model_identity, what_was_told_is_known) {
    struct fixture *f = worker();
    f->process.n_identities = 0;
    struct rc_report *report = fixture_report(f);
    cr_expect_eq(fixture_function(report, "worker")->identity.by, RC_EVIDENCE_TOLD);
    rc_report_free(report);
    fixture_free(f);
}
