/* Coroutines in the two trees: whose row a clone's work is, with what is known of its frame. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/render_story.h"
#include "tests/unit/tree_check.h"

/* clang's coroutine: tied to its ramp the clone is the ramp's row; else nobody knows which call it was. */
Test(model_tree_coroutine, coroutine) {
    struct fixture *f = fixture_new();
    uint64_t ramp = fixture_symbol(f, "handler()", RC_CLONE_NONE);
    uint64_t resume = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint64_t destroy = fixture_symbol(f, "handler()", RC_CLONE_DESTROY);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, ramp, 0, 100);
    uint32_t tied = fixture_node(f, begin, resume, 0, 0);
    uint32_t physical = fixture_node(f, loop, resume, 0, 600);
    uint32_t callee = fixture_node(f, tied, fixture_symbol(f, "burn", 0), 0, 600);
    uint32_t gone = fixture_node(f, main_, destroy, 0, 100);
    tree_lasting(f, main_, 1000000000);
    tree_lasting(f, loop, 900000000);
    tree_lasting(f, callee, 500000000);
    cr_assert(gone);
    *fixture_extra(f, tied) = (struct rc_extra){.node = tied, .resumed = 500, .resumed_ticks = 700000000};
    *fixture_extra(f, physical) =
        (struct rc_extra){.node = physical, .resumes = 600, .passed = 500, .passed_ticks = 700000000};
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->calls, 100);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->entries, 600);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/burn")->entries, 600);
    cr_assert_eq(tree_row(report, "[process]/main/loop")->time.total, 200000000);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler()")->resumes, 100);
    cr_assert_eq(tree_row(report, "[process]/main/handler().destroy")->internal, 100); /* of which of the two? */
    rc_report_free(report);
    report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(tree_row(report, "[process]/main/loop/handler()")->clone, RC_CLONE_RESUME);
    cr_assert_eq(tree_row(report, "[process]/main/loop/handler()")->entries, 600);
    cr_assert_eq(tree_row(report, "[process]/main/loop/handler()")->passed_ns, 700000000);
    rc_report_free(report);
    fixture_free(f);
}

/* Frames whose making was not seen, of a coroutine that was called in one context alone; which stands behind. */
Test(model_tree_coroutine, attached) {
    struct fixture *f = fixture_new();
    uint64_t ramp = fixture_symbol(f, "handler()", RC_CLONE_NONE),
             body = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t resumed = fixture_node(f, loop, body, 0, 60);
    uint32_t callee = fixture_node(f, resumed, fixture_symbol(f, "burn", 0), 0, 60);
    uint32_t begin = fixture_node(f, main_, ramp, 0, 10);
    fixture_extra(f, resumed)->begins = 10;
    cr_assert(callee && begin);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->resumes, 60);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/burn")->calls, 60);
    cr_assert_null(tree_row_at(report, "[awaiter not known]"));
    rc_report_free(report);
    fixture_free(f);
}

/* Frames made in the ramp's own allocator; where the ramp was inlined; and by the body of another call of its own. */
Test(model_tree_coroutine, made) {
    struct fixture *f = fixture_new();
    uint64_t body = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    uint32_t allocator = fixture_node(f, begin, fixture_symbol(f, "operator new", 0), 0, 10);
    uint32_t made = fixture_node(f, allocator, body, 0, 0), inlined = fixture_node(f, main_, body, 0, 0);
    uint32_t again = fixture_node(f, made, body, 0, 0);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t resumed = fixture_node(f, loop, body, 0, 50);
    f->nodes[made].flags = f->nodes[inlined].flags = f->nodes[again].flags = RF_NODE_COROUTINE | RF_NODE_MADE;
    fixture_extra(f, made)->resumed = 30;
    fixture_extra(f, inlined)->resumed = 15;
    fixture_extra(f, again)->resumed = 5;
    fixture_extra(f, resumed)->passed = 50;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->resumes, 45);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/operator new")->calls, 10);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/handler()")->resumes, 5);
    rc_report_free(report);
    fixture_free(f);
}

/* The body has no hooks: what it calls is called by it, whose one context is known. */
Test(model_tree_coroutine, unhooked_body) {
    struct fixture *f = fixture_new();
    uint64_t body = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t called = fixture_node(f, loop, fixture_symbol(f, "burn", 0), body + 0x20, 60);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/burn")->calls, 60);
    rc_report_free(report);
    fixture_node(f, loop, f->nodes[begin].fn, 0, 1);
    report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler()/burn")->calls, 60);
    cr_assert(called);
    rc_report_free(report);
    fixture_free(f);
}

/* All calls began in one context: what destroys one is its row, and so is what the destructors call. */
Test(model_tree_coroutine, destroyed) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    uint32_t tied = fixture_node(f, begin, fixture_symbol(f, "handler()", RC_CLONE_RESUME), 0, 50);
    uint32_t end = fixture_node(f, main_, fixture_symbol(f, "clear", 0), 0, 1);
    uint32_t gone = fixture_node(f, end, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    cr_assert(tied && freed);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->entries, 70);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->internal, 10);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/~local")->calls, 10);
    rc_report_free(report);
    fixture_free(f);
}

/* The same where the file has the destruction first. */
Test(model_tree_coroutine, destroyed_in_front) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t end = fixture_node(f, main_, fixture_symbol(f, "clear", 0), 0, 1);
    uint32_t gone = fixture_node(f, end, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    cr_assert(freed && begin);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->internal, 10);
    cr_assert_eq(tree_row(report, "[process]/main/handler()/~local")->calls, 10);
    cr_assert_null(tree_row_at(report, "[process]/main/clear/handler().destroy"));
    rc_report_free(report);
    fixture_free(f);
}

/* One call alone, begun by what destroyed another: the destruction cannot stand beneath itself. */
Test(model_tree_coroutine, destroyed_above) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t gone = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    fixture_node(f, freed, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler().destroy/~local/handler()")->calls, 10);
    rc_report_free(report);
    fixture_free(f);
}

/* gcc frees a frame and makes the next one in the same place, inside the first one's slice: which of the contexts
 * entered the slice is then booked wrongly, and one has passed on more than it entered. */
Test(model_tree_coroutine, slice_on_the_wrong_context) {
    struct fixture *f = fixture_new();
    uint64_t actor = fixture_symbol(f, "handler()", RC_CLONE_ACTOR);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 300);
    uint32_t tied = fixture_node(f, begin, actor, 0, 300);
    uint32_t one = fixture_node(f, fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1), actor, 0, 1000);
    uint32_t other = fixture_node(f, fixture_node(f, main_, fixture_symbol(f, "start", 0), 0, 1), actor, 0, 200);
    fixture_extra(f, tied)->resumed = 1200;
    fixture_extra(f, one)->passed = 900;
    fixture_extra(f, other)->passed = 300;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/handler()")->resumes, 1200);
    cr_assert_null(tree_row_at(report, "[awaiter not known]"));
    rc_report_free(report);
    fixture_free(f);
}

/* gcc's ramp enters the body itself: a slice that began elsewhere, and an entry that is no resume. */
Test(model_tree_coroutine, started_by_the_ramp) {
    struct fixture *f = fixture_new();
    uint64_t actor = fixture_symbol(f, "session()", RC_CLONE_ACTOR);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "session()", RC_CLONE_NONE), 0, 20);
    uint32_t first = fixture_node(f, begin, actor, 0, 20);
    uint32_t tied = fixture_node(f, begin, actor, f->nodes[main_].fn + 0x90, 0);
    uint32_t later = fixture_node(f, main_, actor, 0, 80);
    *fixture_extra(f, tied) = (struct rc_extra){.node = tied, .begins = 20, .resumed = 100};
    fixture_extra(f, first)->passed = 20;
    fixture_extra(f, later)->passed = 80;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/session()")->internal, 20);
    cr_assert_eq(tree_row(report, "[process]/main/session()")->resumes, 80);
    rc_report_free(report);
    fixture_free(f);
}

/* Calls that are known by their frames alone have no place. */
Test(model_tree_coroutine, inlined_ramp) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t clone = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_RESUME), 0, 600);
    fixture_extra(f, clone)->begins = 100;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler()")->calls, 100);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler()")->entries, 600);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler()")->resumes, 600);
    rc_report_free(report);
    fixture_free(f);
}
