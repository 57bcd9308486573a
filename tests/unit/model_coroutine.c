/* Coroutine frames and the calls that made them, against cases whose truth is known by construction. */
#include <criterion/criterion.h>
#include <string.h>

#include "compare/explain/causes.h"
#include "tests/unit/model_fixture.h"

enum { INLINED_CODE = 0x900, OWN_CODE = 0x100 }; /* in a function of the fixture's: see its `inlined` */

struct world {
    struct fixture *f;
    uint32_t main_, left, right, loop;
    uint64_t ramp, resume, destroy;
};

static struct world world_new(void) {
    struct fixture *f = fixture_new();
    struct world w = {.f = f};
    w.ramp = fixture_symbol(f, "inlined_one", RC_CLONE_NONE);
    w.resume = fixture_symbol(f, "inlined_one", RC_CLONE_RESUME);
    w.destroy = fixture_symbol(f, "inlined_one", RC_CLONE_DESTROY);
    w.main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    w.left = fixture_node(f, w.main_, fixture_symbol(f, "left", 0), 0, 10);
    w.right = fixture_node(f, w.main_, fixture_symbol(f, "right", 0), 0, 10);
    w.loop = fixture_node(f, w.main_, fixture_symbol(f, "loop", 0), 0, 1);
    return w;
}

/* Frames that were made at `cs` in the context `maker`, each resumed `resumes` times by the loop. */
static uint32_t made(struct world *w, uint32_t maker, uint64_t cs, uint64_t frames) {
    uint32_t logical = fixture_node(w->f, maker, w->resume, cs, 0);
    w->f->nodes[logical].flags = RF_NODE_COROUTINE | RF_NODE_MADE;
    fixture_extra(w->f, logical)->begins = frames;
    return logical;
}

static uint32_t resumed(struct world *w, uint64_t entries) {
    uint32_t physical = fixture_node(w->f, w->loop, w->resume, 0, entries);
    w->f->nodes[physical].flags = RF_NODE_COROUTINE;
    fixture_extra(w->f, physical)->resumes = entries;
    return physical;
}

static void says(const struct rc_report *report, const struct rc_function *c, const char *headline,
                 const char *reentry) {
    struct rc_explanation why;
    bool said = false;
    rc_explain(report, c, &why);
    cr_assert(strncmp(why.headline, headline, strlen(headline)) == 0, "%s", why.headline);
    for (size_t i = 0; i < why.n_reasons; i++)
        said |= why.reasons[i].cause == RC_ASYNC_REENTRY && strstr(why.reasons[i].text, reentry);
    cr_assert(said, "async_reentry does not say: %s", reentry);
}

/* The ramp was entered: its entries are the calls, whatever the frames say. */
Test(model_coroutine, tied_to_the_ramp) {
    struct world w = world_new();
    uint32_t ramp = fixture_node(w.f, w.left, w.ramp, 0, 100);
    made(&w, ramp, w.ramp + OWN_CODE, 90); /* ten never started */
    resumed(&w, 300);
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->calls, 100);
    cr_assert_eq(c->resumes, 300);
    cr_assert_eq(c->recursive, 0);
    cr_assert_eq(c->frames_tied, 90);
    cr_assert_eq(c->frames_attached + c->frames_untied, 0);
    cr_assert_eq(c->callers.n, 1);
    cr_assert_eq(fixture_tally(&c->callers, "left"), 100);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* The ramp was inlined everywhere: who allocated the frames is who called. */
Test(model_coroutine, callers_of_an_inlined_ramp) {
    struct world w = world_new();
    made(&w, w.left, w.f->nodes[w.left].fn + OWN_CODE, 30);
    made(&w, w.right, w.f->nodes[w.right].fn + OWN_CODE, 10);
    resumed(&w, 80);
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->calls, 40);
    cr_assert_eq(c->calls_without_entry, 40);
    cr_assert_eq(fixture_tally(&c->callers, "left"), 30);
    cr_assert_eq(fixture_tally(&c->callers, "right"), 10);
    cr_assert_eq(c->callers.n, 2);
    rc_causes_find(report);
    cr_assert(c->causes >> RC_INLINED & 1);
    says(report, c, "80 entries are 80 resumes; 40 calls have no entry: the compiler inlined their ramp",
         "80 of the 80 entries go on with a call that had left at an await point; a profiler that counts entries "
         "reports 80 calls where there were 40. 40 of those calls have no entry of their own, for the compiler inlined "
         "the ramp: the entries are 0 calls with one, 80 resumes and 0 internal.");
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* Inlined in one place and called in another: only what debug information says was inlined there has no entry. */
Test(model_coroutine, inlined_here_and_called_there) {
    struct world w = world_new();
    uint32_t ramp = fixture_node(w.f, w.left, w.ramp, 0, 100);
    made(&w, ramp, w.ramp + OWN_CODE, 100);
    uint32_t inlined = made(&w, w.right, w.f->nodes[w.right].fn + INLINED_CODE, 10);
    resumed(&w, 220);
    fixture_node(w.f, w.loop, w.destroy, 0, 10);
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->calls, 110);
    cr_assert_eq(c->calls_without_entry, 10);
    cr_assert_eq(fixture_tally(&c->callers, "left"), 100);
    cr_assert_eq(fixture_tally(&c->callers, "right"), 10);
    says(report, c,
         "330 entries are 100 calls and 220 resumes, and 10 of the compiler's own; 10 more calls have no entry: "
         "the compiler inlined their ramp",
         "the entries are 100 calls with one, 220 resumes and 10 internal.");
    fixture_check_closed(report);
    rc_report_free(report);
    w.f->nodes[inlined].cs = w.f->nodes[w.right].fn + OWN_CODE; /* allocated for it by somebody else: no proof */
    report = fixture_report(w.f);
    cr_assert_eq(fixture_function(report, "inlined_one")->calls, 100);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* A body that makes its own frames, its first part inlined into it, calls itself. */
Test(model_coroutine, recursion_through_an_inlined_ramp) {
    struct world w = world_new();
    uint32_t outer = made(&w, w.left, w.f->nodes[w.left].fn + OWN_CODE, 10);
    made(&w, outer, w.resume + OWN_CODE, 40);
    resumed(&w, 100);
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->calls, 50);
    cr_assert_eq(c->recursive, 40);
    cr_assert_eq(fixture_tally(&c->callers, "inlined_one"), 40);
    cr_assert_eq(fixture_tally(&c->callers, "left"), 10);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* Frames whose making was not seen belong to the ramp's one context, to none when it has two, or too few entries. */
Test(model_coroutine, unseen_frames) {
    struct world w = world_new();
    uint32_t ramp = fixture_node(w.f, w.left, w.ramp, 0, 100);
    uint32_t physical = resumed(&w, 300);
    fixture_extra(w.f, physical)->begins = 100;
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->frames_attached, 100);
    cr_assert_eq(c->frames_untied, 0);
    rc_report_free(report);
    w.f->nodes[ramp].count = 99;
    report = fixture_report(w.f);
    cr_assert_eq(fixture_function(report, "inlined_one")->frames_untied, 100);
    rc_report_free(report);
    w.f->nodes[ramp].count = 60;
    fixture_node(w.f, w.right, w.ramp, 0, 40);
    report = fixture_report(w.f);
    c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->frames_attached, 0);
    cr_assert_eq(c->frames_untied, 100);
    cr_assert_eq(c->calls, 100);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* The ramp alone has hooks: what the body calls is the coroutine's, and its resumes are said to be unknown. */
Test(model_coroutine, body_without_hooks) {
    struct world w = world_new();
    fixture_node(w.f, w.left, w.ramp, 0, 100);
    fixture_node(w.f, w.loop, fixture_symbol(w.f, "burn", 0), w.resume + OWN_CODE, 600);
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert(c->body_unhooked);
    cr_assert_eq(c->calls, 100);
    cr_assert_eq(fixture_tally(&fixture_function(report, "burn")->callers, "inlined_one"), 600);
    rc_causes_find(report);
    cr_assert(c->causes >> RC_UNINSTRUMENTED & 1);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(w.f);
}

/* The last call before a suspension is the await point where it is the awaiter's own or a coroutine. */
Test(model_coroutine, awaited) {
    struct world w = world_new();
    uint32_t ramp = fixture_node(w.f, w.left, w.ramp, 0, 100);
    uint32_t logical = made(&w, ramp, w.ramp + OWN_CODE, 100);
    resumed(&w, 300);
    const char *callees[] = {"io::await_suspend(std::coroutine_handle<void>)", "burn", "inlined_one"};
    const char *expected[] = {"", "(after this call)", "inlined_one"};
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t cs = w.resume + 0x201 + i;
        uint64_t fn = i == 2 ? w.ramp : fixture_symbol(w.f, callees[i], 0);
        fixture_node(w.f, logical, fn, cs, 100);
        struct rc_await *await = fixture_await(w.f, logical, 0, "");
        await->file = (char *)"";
        await->site = cs;
        await->count = 100;
    }
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->n_awaits, 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(c->awaits[i].awaited, expected[i]);
    rc_report_free(report);
    fixture_free(w.f);
}

/* A frame that the caller's inlined ramp made waits at the coroutine's own line, not at the caller's. */
Test(model_coroutine, first_suspension_of_an_inlined_ramp) {
    struct world w = world_new();
    uint32_t left = made(&w, w.left, w.f->nodes[w.left].fn + OWN_CODE, 30);
    uint32_t right = made(&w, w.right, w.f->nodes[w.right].fn + OWN_CODE, 10);
    uint32_t body = resumed(&w, 80);
    for (int i = 0; i < 2; i++) {
        struct rc_await *await = fixture_await(w.f, i ? right : left, 0, RF_FIRST_SUSPENSION);
        await->file = (char *)"";
        await->site = w.f->nodes[i ? right : left].cs;
        await->count = i ? 10 : 30;
    }
    struct rc_report *report = fixture_report(w.f);
    const struct rc_function *c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->n_awaits, 1);
    cr_assert_eq(c->awaits[0].line, 0); /* not known: its clone alone was seen, and tells no line */
    cr_assert_eq(c->awaits[0].count, 40);
    rc_report_free(report);
    fixture_node(w.f, body, w.ramp, 0, 1);
    report = fixture_report(w.f);
    c = fixture_function(report, "inlined_one");
    cr_assert_eq(c->n_awaits, 1);
    cr_assert_gt(c->awaits[0].line, 0);
    cr_assert_eq(c->awaits[0].line, c->line);
    cr_assert_str_eq(c->awaits[0].file, c->file);
    rc_report_free(report);
    fixture_free(w.f);
}
