/* By what evidence entries are calls or resumes, and what is known of a wait's end. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/model_fixture.h"
#include "tests/unit/render_story.h"

/* What told calls apart, as far as a file can tell today. */
Test(model_evidence, kinds) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "get_character")->identity.by, RC_EVIDENCE_TOLD);
    cr_assert_eq(fixture_function(report, "main")->identity.by, RC_EVIDENCE_NONE);
    rc_report_free(report);
    fixture_free(f);
    f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t fiber = fixture_node(f, main_, fixture_symbol(f, "fiber", 0), 0, 1);
    fixture_node(f, main_, fixture_symbol(f, "body()", RC_CLONE_RESUME), 0, 4);
    f->nodes[fiber].flags = RF_NODE_FIBER;
    report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "fiber")->identity.by, RC_EVIDENCE_STACK);
    cr_assert_eq(fixture_function(report, "body()")->identity.by, RC_EVIDENCE_FRAME);
    rc_report_free(report);
    fixture_free(f);
}

/* Readiness is told for the point where some wait was queued, or where a suspended call is ready by now. */
Test(model_evidence, readiness) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    fixture_await(f, main_, 1, "queued")->queued_ticks = 5;
    fixture_await(f, main_, 2, "never")->count = 9;
    fixture_await(f, main_, 3, "open");
    struct rc_call *call = fixture_call(f, main_, main_, 1);
    call->state = RF_CALL_SUSPENDED;
    call->await = 2;
    call->suspended = call->ready = 2000;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *m = fixture_function(report, "main");
    cr_assert(m->awaits[0].ready_told);
    cr_assert_not(m->awaits[1].ready_told);
    cr_assert(m->awaits[2].ready_told);
    rc_report_free(report);
    fixture_free(f);
}

/* A coroutine's suspension is counted when it begins, by the thread that leaves, and what is given up by another: what
 * nobody has resumed yet is open, and no resume. */
Test(model_evidence, suspensions_of_frames) {
    struct fixture *f = fixture_new();
    uint64_t main_ = fixture_symbol(f, "main", 0);
    uint32_t one = fixture_node(f, 0, main_, 0, 1), other = fixture_node(f, one, main_, 0, 1);
    fixture_await(f, one, 1, "")->count = 7;
    fixture_await(f, other, 1, "")->count = UINT64_MAX; /* -1 */
    for (uint64_t id = 1; id <= 2; id++) {
        struct rc_call *call = fixture_call(f, one, one, id);
        call->state = RF_CALL_SUSPENDED;
        call->flags = RF_CALL_FRAME;
        call->await = 0;
        call->suspended = 2000;
    }
    struct rc_report *report = fixture_report(f);
    const struct rc_function *m = fixture_function(report, "main");
    cr_assert(m->n_awaits == 1 && m->awaits[0].count == 4 && m->awaits[0].open == 2);
    rc_report_free(report);
    fixture_free(f);
}

/* Killed between the beginning of a suspension and its count. */
Test(model_evidence, suspension_that_was_not_counted) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    fixture_await(f, main_, 1, "");
    struct rc_call *call = fixture_call(f, main_, main_, 1);
    call->state = RF_CALL_SUSPENDED;
    call->flags = RF_CALL_FRAME;
    call->await = 0;
    call->suspended = 2000;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *m = fixture_function(report, "main");
    cr_assert(m->n_awaits == 1 && m->awaits[0].count == 0 && m->awaits[0].open == 1);
    rc_report_free(report);
    fixture_free(f);
}

/* Who registers callbacks waits for them without leaving its stack: no fiber. */
Test(model_evidence, a_registrar_is_not_on_a_fiber) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "begin", 0), 0, 1);
    uint64_t on_timer = fixture_symbol(f, "on_timer", 0);
    uint32_t physical = fixture_node(f, main_, on_timer, 0, 5);
    uint32_t logical = fixture_node(f, begin, on_timer, 0, 0);
    f->nodes[logical].flags = RF_NODE_LINKED;
    fixture_extra(f, physical)->moved_out = 5;
    fixture_extra(f, logical)->moved_in = 5;
    fixture_extra(f, begin)->awaiting_ticks = 1000;
    struct rc_report *report = fixture_report(f);
    cr_assert(fixture_function(report, "begin")->registers);
    cr_assert_eq(fixture_function(report, "begin")->identity.by, RC_EVIDENCE_NONE);
    cr_assert_eq(fixture_function(report, "on_timer")->identity.by, RC_EVIDENCE_LINK);
    cr_assert_eq(fixture_tally(&fixture_function(report, "on_timer")->callers, "begin"), 5);
    rc_report_free(report);
    fixture_free(f);
}

/* What the runtime took for a coroutine's frame is none, as the symbol of the function says: its entries are calls. */
Test(model_evidence, disproved_by_its_symbol) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t plain = fixture_node(f, main_, fixture_symbol(f, "callback_object", 0), 0, 7);
    f->symbols[f->n_symbols - 1].named = true; /* it has an entry in the symbol table, and that is no clone's */
    uint32_t clone = fixture_node(f, main_, fixture_symbol(f, "body()", RC_CLONE_RESUME), 0, 7);
    f->nodes[plain].flags = f->nodes[clone].flags = RF_NODE_COROUTINE;
    fixture_extra(f, plain)->resumes = fixture_extra(f, clone)->resumes = 7;
    fixture_extra(f, plain)->awaiting_ticks = 1000;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *object = fixture_function(report, "callback_object");
    cr_assert(object->disproved && rc_is_doubted(object));
    cr_assert(object->calls == 7 && object->resumes == 0 && object->time.awaiting == 0);
    cr_assert_not(fixture_function(report, "body()")->disproved);
    cr_assert_eq(fixture_function(report, "body()")->resumes, 7);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}
