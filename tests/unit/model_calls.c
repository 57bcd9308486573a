/* The call ledger against cases whose truth is known by construction. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/model_fixture.h"

enum { CALLS = 300, RESUMES = 9305, POINTS = 31 };

/* The story: 300 requests, dispatched by a handler, resumed by the loop's callback at 31 await points. */
static struct fixture *story(void) {
    static char awaited[POINTS][16];
    struct fixture *f = fixture_new();
    uint64_t loop = fixture_library(f, "event_base_loop");
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t dispatch = fixture_node(f, main_, fixture_symbol(f, "dispatch", 0), loop + 0x40, CALLS);
    uint32_t callback = fixture_node(f, main_, fixture_symbol(f, "on_result", 0), loop + 0x40, RESUMES);
    uint64_t fn = fixture_symbol(f, "get_character", 0);
    uint32_t logical = fixture_node(f, dispatch, fn, 0, CALLS);
    uint32_t physical = fixture_node(f, callback, fn, 0, RESUMES);
    fixture_extra(f, logical)->begins = CALLS;
    fixture_extra(f, logical)->resumed = RESUMES;
    fixture_extra(f, physical)->resumes = RESUMES;
    fixture_extra(f, physical)->passed = RESUMES;
    for (uint32_t i = 0; i < POINTS; i++) {
        snprintf(awaited[i], sizeof awaited[i], "query_%u", i);
        struct rc_await *await = fixture_await(f, logical, 100 + i, awaited[i]);
        await->count = i == 0 ? CALLS + 5 : CALLS;
        await->awaiting_ticks = 1000 * await->count;
    }
    return f;
}

Test(model_calls, story) {
    struct fixture *f = story();
    struct rc_report *report = fixture_report(f);
    const struct rc_function *c = fixture_function(report, "get_character");
    cr_assert_eq(c->entries, 9605);
    cr_assert_eq(c->calls, 300);
    cr_assert_eq(c->resumes, 9305);
    cr_assert_eq(c->internal, 0);
    cr_assert_eq(c->n_awaits, 31);
    cr_assert_eq(c->callers.n, 1);
    cr_assert_eq(fixture_tally(&c->callers, "dispatch"), 300);
    cr_assert_eq(fixture_tally(&c->physical_callers, "dispatch"), 300);
    cr_assert_eq(fixture_tally(&c->physical_callers, "on_result"), 9305);
    const struct rc_function *callback = fixture_function(report, "on_result");
    cr_assert_eq(fixture_tally(&callback->callers, "main"), 9305);
    cr_assert_eq(fixture_tally(&callback->physical_callers, "event_base_loop"), 9305);
    cr_assert_eq(fixture_tally(&fixture_function(report, "main")->callers, "[process]"), 1);
    uint64_t resumes = 0;
    for (size_t i = 0; i < c->n_awaits; i++)
        resumes += c->awaits[i].count;
    cr_assert_eq(resumes, c->resumes);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* A missing announcement must not be rounded away. */
Test(model_calls, unexplained_is_shown) {
    struct fixture *f = story();
    f->extras[1].resumes -= 12;
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "get_character")->unexplained, 12);
    rc_report_free(report);
    f->extras[1].resumes += 15;
    report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "get_character")->unexplained, -3);
    rc_report_free(report);
    fixture_free(f);
}

/* Killed between an entry and its announcement: the entry is open, and is no more than what is open. */
Test(model_calls, in_flight) {
    struct fixture *f = story();
    f->process.ended = false;
    f->nodes[5].count += 2;
    fixture_open(f, 0, 5, 2000, f->nodes[5].count);
    struct rc_report *report = fixture_report(f);
    const struct rc_function *c = fixture_function(report, "get_character");
    cr_assert_eq(c->in_flight, 1);
    cr_assert_eq(c->calls, 301);
    cr_assert_eq(c->unexplained, 1);
    rc_report_free(report);
    fixture_free(f);
}

/* Counters of a damaged file: whatever they sum up to, it is no more than what left. */
Test(model_calls, damaged_counters_of_what_moved) {
    struct fixture *f = fixture_new();
    uint64_t fn = fixture_symbol(f, "on_turn", 0);
    uint32_t out = fixture_node(f, 0, fn, 0, UINT64_C(1) << 62);
    uint32_t more = fixture_node(f, out, fn, 0, UINT64_C(1) << 62);
    uint32_t in = fixture_node(f, more, fn, 0, 0);
    fixture_extra(f, out)->moved_out = fixture_extra(f, more)->moved_out = UINT64_MAX;
    fixture_extra(f, in)->moved_in = UINT64_MAX - 1;
    struct rc_report *report = fixture_report(f);
    cr_expect_eq(fixture_function(report, "on_turn")->cut_off, 0);
    rc_report_free(report);
    f->extras[2].moved_in = 0;
    report = fixture_report(f);
    cr_expect_eq(fixture_function(report, "on_turn")->cut_off, UINT64_C(1) << 63);
    rc_report_free(report);
    fixture_free(f);
}

/* What is inlined lends its calls its parent's code, at any depth. The siblings' call sites are found nowhere: each
 * looks through the whole chain, which must not cost more than its length. */
Test(model_calls, call_sites_below_a_chain_of_inlined_ones, .timeout = 10) {
    enum { DEPTH = 2000 };
    struct fixture *f = fixture_new();
    uint64_t main_ = fixture_symbol(f, "main", 0), inner = fixture_symbol(f, "inner", 0);
    uint64_t leaf = fixture_symbol(f, "leaf", 0), library = fixture_library(f, "qsort");
    uint32_t at = fixture_node(f, 0, main_, 0, 1);
    for (unsigned i = 0; i < DEPTH; i++) {
        at = fixture_node(f, at, inner, 0, 1);
        f->nodes[at].flags = RF_NODE_INLINED;
    }
    for (unsigned i = 0; i < DEPTH; i++)
        fixture_node(f, at, leaf, i % 2 ? library + 0x40 : main_ + 0x40, 1);
    struct rc_report *report = fixture_report_with(f, RC_TREE_LOGICAL);
    const struct rc_function *called = fixture_function(report, "leaf");
    cr_expect_eq(fixture_tally(&called->callers, "inner"), DEPTH);
    cr_expect_eq(fixture_tally(&called->physical_callers, "qsort"), DEPTH / 2);
    cr_expect_eq(fixture_tally(&called->physical_callers, "main"), DEPTH / 2);
    rc_report_free(report);
    fixture_free(f);
}

/* clang: ramp 100, .resume 600, .destroy 100. */
Test(model_calls, clang_coroutine) {
    struct fixture *f = fixture_new();
    uint64_t ramp = fixture_symbol(f, "handler()", RC_CLONE_NONE);
    uint64_t resume = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint64_t destroy = fixture_symbol(f, "handler()", RC_CLONE_DESTROY);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, ramp, 0, 100);
    uint32_t logical = fixture_node(f, begin, resume, 0, 0);
    uint32_t physical = fixture_node(f, loop, resume, 0, 600);
    fixture_node(f, loop, destroy, 0, 100);
    f->nodes[logical].flags = f->nodes[physical].flags = RF_NODE_COROUTINE;
    fixture_extra(f, physical)->resumes = 600;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *h = fixture_function(report, "handler()");
    cr_assert_eq(h->entries, 800);
    cr_assert_eq(h->calls, 100);
    cr_assert_eq(h->resumes, 600);
    cr_assert_eq(h->internal, 100);
    cr_assert_eq(h->recursive, 0);
    cr_assert_eq(fixture_tally(&h->callers, "main"), 100);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* gcc: ramp 100, .actor 800: the ramp's own first call, start and five resumes, one from .destroy; .destroy 100. */
Test(model_calls, gcc_coroutine) {
    struct fixture *f = fixture_new();
    uint64_t ramp = fixture_symbol(f, "handler()", RC_CLONE_NONE);
    uint64_t actor = fixture_symbol(f, "handler()", RC_CLONE_ACTOR);
    uint64_t destroy = fixture_symbol(f, "handler()", RC_CLONE_DESTROY);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, ramp, 0, 100);
    fixture_node(f, begin, actor, 0, 100);
    uint32_t gone = fixture_node(f, main_, destroy, 0, 100);
    fixture_node(f, gone, actor, 0, 100);
    fixture_node(f, main_, actor, 0, 590);
    uint32_t nested = fixture_node(f, main_, actor, actor + 0x30, 10); /* one coroutine resumes another one */
    cr_assert(nested);
    struct rc_report *report = fixture_report(f);
    const struct rc_function *h = fixture_function(report, "handler()");
    cr_assert_eq(h->entries, 1000);
    cr_assert_eq(h->calls, 100);
    cr_assert_eq(h->resumes, 600);
    cr_assert_eq(h->internal, 300);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* The ramp was inlined away: only frames tell how many calls there were, and they have no entry. */
Test(model_calls, inlined_ramp) {
    struct fixture *f = fixture_new();
    uint64_t resume = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t clone = fixture_node(f, main_, resume, 0, 600);
    struct rc_report *report = fixture_report(f);
    cr_assert_eq(fixture_function(report, "handler()")->calls, 0);
    cr_assert_eq(fixture_function(report, "handler()")->resumes, 600);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_extra(f, clone)->begins = 100;
    report = fixture_report(f);
    const struct rc_function *h = fixture_function(report, "handler()");
    cr_assert_eq(h->calls, 100);
    cr_assert_eq(h->calls_without_entry, 100);
    cr_assert_eq(fixture_tally(&h->callers, "[not known]"), 100); /* main resumed them: who called, no entry tells */
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* Recursion is counted in one task: a fiber or a signal handler starts afresh. */
Test(model_calls, recursion_signals_fibers) {
    struct fixture *f = fixture_new();
    uint64_t fn = fixture_symbol(f, "walk", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t outer = fixture_node(f, main_, fn, 0, 10);
    uint32_t inner = fixture_node(f, outer, fn, 0, 40);
    uint32_t fiber = fixture_node(f, inner, fn, 0, 7);
    uint32_t handler = fixture_node(f, 1, fixture_symbol(f, "on_alarm", 0), 0, 3);
    uint32_t from_handler = fixture_node(f, handler, fn, 0, 3);
    f->nodes[fiber].flags = RF_NODE_FIBER;
    f->nodes[handler].flags = RF_NODE_SIGNAL;
    cr_assert(from_handler);
    struct rc_report *report = fixture_report(f);
    const struct rc_function *walk = fixture_function(report, "walk");
    cr_assert_eq(walk->calls, 60);
    cr_assert_eq(walk->recursive, 40);
    cr_assert_eq(walk->from_signal, 3);
    cr_assert_eq(walk->fiber_starts, 7);
    cr_assert_eq(fixture_tally(&walk->callers, "walk"), 47);
    cr_assert_eq(fixture_tally(&walk->callers, "on_alarm"), 3);
    cr_assert_eq(fixture_tally(&fixture_function(report, "on_alarm")->callers, "[signal]"), 3);
    cr_assert_eq(fixture_tally(&fixture_function(report, "on_alarm")->physical_callers, "[signal]"), 3);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* What an inlined function calls has its call site in the code of the function around it. */
Test(model_calls, caller_is_inlined) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t inlined = fixture_node(f, main_, fixture_symbol(f, "do_job", 0), 0, 5);
    uint32_t called = fixture_node(f, inlined, fixture_symbol(f, "execute", 0), f->nodes[main_].fn + 0x40, 7);
    cr_assert(called);
    f->nodes[inlined].flags = RF_NODE_INLINED;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *execute = fixture_function(report, "execute");
    cr_assert_eq(fixture_tally(&execute->callers, "do_job"), 7);
    cr_assert_eq(fixture_tally(&execute->physical_callers, "main"), 7);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}

/* An await point told by an address has a place; what was awaited is not known from it. */
Test(model_calls, await_by_address) {
    struct fixture *f = fixture_new();
    uint64_t callee = fixture_symbol(f, "read_async", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    struct rc_await *await = fixture_await(f, main_, 0, "");
    await->file = (char *)"";
    await->site = callee + 0x31;
    await->count = 4;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *m = fixture_function(report, "main");
    cr_assert_eq(m->n_awaits, 1);
    cr_assert_str_eq(m->awaits[0].awaited, "");
    cr_assert_str_eq(m->awaits[0].file, "app.c");
    cr_assert_eq(m->awaits[0].line, 0x30);
    rc_report_free(report);
    fixture_free(f);
}

Test(model_calls, unknown_pid) {
    struct fixture *f = story();
    struct rc_report *report;
    struct rc_error err;
    cr_assert_eq(rc_report_build(&report, &f->profile, &f->lookup, 7, &err), -1);
    cr_assert_null(report);
    cr_assert_str_eq(err.text, "no process 7 in the profile; it holds 1, the first is 100");
    cr_assert_eq(rc_report_build(&report, &f->profile, &f->lookup, 100, &err), 0);
    rc_report_free(report);
    fixture_free(f);
}

enum { TURNS = 5 };

/* A callback that registers itself again: each turn is a call of what registered it, and none is open inside another.
 */
Test(model_calls, linked_callbacks) {
    struct fixture *f = fixture_new();
    uint64_t loop = fixture_library(f, "event_base_loop");
    uint64_t main_fn = fixture_symbol(f, "main", 0), arm = fixture_symbol(f, "arm", 0);
    uint64_t on_turn = fixture_symbol(f, "on_turn", 0), work = fixture_symbol(f, "work", 0);
    uint32_t main_ = fixture_node(f, 0, main_fn, 0, 1);
    uint32_t physical = fixture_node(f, main_, on_turn, loop + 0x40, TURNS);
    uint32_t first = fixture_node(f, fixture_node(f, main_, arm, main_fn + 8, 1), on_turn, arm + 8, 0);
    uint32_t again = fixture_node(f, fixture_node(f, first, arm, on_turn + 8, TURNS - 1), on_turn, arm + 8, 0);
    fixture_node(f, again, work, main_fn + 8, 3); /* entered from main's code: below a dead frame, not below main */
    f->nodes[first].flags = f->nodes[again].flags = RF_NODE_LINKED;
    fixture_extra(f, physical)->moved_out = fixture_extra(f, physical)->passed = TURNS;
    fixture_extra(f, first)->moved_in = fixture_extra(f, first)->resumed = 1;
    fixture_extra(f, again)->moved_in = fixture_extra(f, again)->resumed = TURNS - 1;
    struct rc_report *report = fixture_report(f);
    const struct rc_function *c = fixture_function(report, "on_turn");
    cr_assert_eq(c->entries, TURNS);
    cr_assert_eq(c->calls, TURNS);
    cr_assert_eq(c->recursive, 0);
    cr_assert_eq(c->callers.n, 1);
    cr_assert_eq(fixture_tally(&c->callers, "arm"), TURNS);
    cr_assert_eq(fixture_tally(&c->physical_callers, "event_base_loop"), TURNS);
    cr_assert_eq(fixture_function(report, "arm")->recursive, 0);
    cr_assert_eq(fixture_tally(&fixture_function(report, "arm")->callers, "on_turn"), TURNS - 1);
    cr_assert_eq(fixture_tally(&fixture_function(report, "work")->callers, "on_turn"), 3);
    fixture_check_closed(report);
    rc_report_free(report);
    fixture_free(f);
}
