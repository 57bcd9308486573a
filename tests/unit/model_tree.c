/* The two trees of profiles made by hand: who stands where, and that all sums are those of the report. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/render_story.h"
#include "tests/unit/tree_check.h"

Test(model_tree, only_when_asked) {
    struct fixture *f = render_story();
    struct rc_report *report = fixture_report(f);
    cr_assert_null(report->tree);
    rc_report_free(report);
    fixture_free(f);
}

/* 9,605 entries are drawn where the 300 calls began; the loop's callback keeps its own time alone. */
Test(model_tree, story_logical) {
    struct fixture *f = render_story();
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *c = tree_row(report, "[process]/main/dispatch_request/get_character");
    cr_assert_eq(c->calls, 300);
    cr_assert_eq(c->entries, 9605);
    cr_assert_eq(c->resumes, 9305);
    cr_assert_eq(c->idle, 5);
    cr_assert(c->time.awaiting > 3000000000u && c->time.queued > 300000000u);
    cr_assert_null(tree_row_at(report, "[process]/main/on_query_done/get_character"));
    cr_assert_null(tree_row_at(report, "[awaiter not known]"));
    const struct rc_tree_row *callback = tree_row(report, "[process]/main/on_query_done");
    cr_assert_eq(callback->entries, 9305);
    cr_assert_eq(callback->time.running + callback->time.blocked + callback->time.probes, 100000000);
    const struct rc_tree_row *process = tree_row(report, "[process]");
    cr_assert_eq(process->time.running + process->time.blocked + process->time.probes, 900000000);
    rc_report_free(report);
    fixture_free(f);
}

/* As the machine ran it: the slices under the callback, with their time; their callees where the calls began. */
Test(model_tree, story_physical) {
    struct fixture *f = render_story();
    struct rc_report *report = tree_grow(f, RC_TREE_PHYSICAL);
    const struct rc_tree_row *slices = tree_row(report, "[process]/main/on_query_done/get_character");
    cr_assert_eq(slices->entries, 9305);
    cr_assert_eq(slices->passed, 9305);
    cr_assert_float_eq((double)slices->passed_ns, 300e6, 10);
    const struct rc_tree_row *begun = tree_row(report, "[process]/main/dispatch_request/get_character");
    cr_assert_eq(begun->entries, 300);
    cr_assert_eq(begun->moved, 9305);
    cr_assert_float_eq((double)(begun->time.running + begun->time.blocked + begun->time.probes), 40e6, 10);
    rc_report_free(report);
    fixture_free(f);
}

/* The child's last slice resumes its awaiter: that stands below the child's own calls, of whose time most was taken
 * elsewhere, but none of what was passed on below it. */
Test(model_tree, nested_resume) {
    struct fixture *f = fixture_new();
    uint64_t parent = fixture_symbol(f, "parent", 0), child = fixture_symbol(f, "child", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t begun = fixture_node(f, main_, parent, 0, 10), called = fixture_node(f, begun, child, 0, 10);
    uint32_t resumed = fixture_node(f, loop, child, 0, 10), back = fixture_node(f, called, parent, 0, 10);
    tree_lasting(f, main_, 500000000);
    tree_lasting(f, loop, 420000000);
    tree_lasting(f, begun, 20000000);
    tree_lasting(f, called, 10000000);
    *fixture_extra(f, called) =
        (struct rc_extra){.node = called, .begins = 10, .resumed = 10, .resumed_ticks = 400000000};
    *fixture_extra(f, resumed) =
        (struct rc_extra){.node = resumed, .resumes = 10, .passed = 10, .passed_ticks = 400000000};
    *fixture_extra(f, begun) =
        (struct rc_extra){.node = begun, .begins = 10, .resumed = 10, .resumed_ticks = 300000000};
    *fixture_extra(f, back) = (struct rc_extra){.node = back, .resumes = 10, .passed = 10, .passed_ticks = 300000000};
    rc_report_free(tree_grow(f, RC_TREE_LOGICAL));
    struct rc_report *report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_float_eq((double)tree_row(report, "[process]/main/parent/child/parent")->passed_ns, 300e6, 20e6);
    cr_assert_float_eq((double)tree_row(report, "[process]")->time.running, 500e6, 50);
    rc_report_free(report);
    fixture_free(f);
}

/* Slices that nobody is known to have entered: there is no other place for their time. */
Test(model_tree, slices_of_nobody) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begun = fixture_node(f, main_, fixture_symbol(f, "task", 0), 0, 10);
    tree_lasting(f, main_, 500000000);
    tree_lasting(f, begun, 10000000);
    *fixture_extra(f, begun) =
        (struct rc_extra){.node = begun, .begins = 10, .resumed = 10, .resumed_ticks = 300000000};
    struct rc_report *report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(tree_row(report, "[process]/main/task")->own.running, 310000000);
    rc_report_free(report);
    fixture_free(f);
}

/* Not believed to be re-entered: every entry is a call where it was made, and none moves. */
Test(model_tree, doubted) {
    struct fixture *f = fixture_new();
    uint64_t fn = fixture_symbol(f, "w", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begun = fixture_node(f, main_, fn, 0, 4);
    uint32_t loop = fixture_node(f, 0, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t resumed = fixture_node(f, loop, fn, 0, 11);
    *fixture_extra(f, begun) = (struct rc_extra){.node = begun, .begins = 4, .resumed = 10, .idle = 3};
    *fixture_extra(f, resumed) = (struct rc_extra){.node = resumed, .resumes = 10, .passed = 10};
    fixture_call(f, begun, resumed, 77)->state = RF_CALL_RUNNING;
    fixture_open(f, 0, begun, 900000000, RF_CALL_ASYNC | 77);
    f->identities[0] = (struct rc_identity){.fn = fn, .width = 2, .objects = 4, .n_states = 1, .changed = 1};
    f->process.n_identities = 1;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_not_null(fixture_function(report, "w")->identity.doubt);
    cr_assert_eq(tree_row(report, "[process]/main/w")->entries, 4);
    cr_assert_eq(tree_row(report, "[process]/loop/w")->entries, 11);
    cr_assert_eq(tree_row(report, "[process]/loop/w")->calls, 11);
    cr_assert_eq(tree_row(report, "[process]/main/w")->resumes, 0);
    rc_report_free(report);
    rc_report_free(tree_grow(f, RC_TREE_PHYSICAL));
    fixture_free(f);
}

/* A slice that is still running at the end stands where its call began, too. */
Test(model_tree, open_slice) {
    struct fixture *f = render_story();
    uint32_t logical = 5, physical = 6;
    cr_assert_eq(f->nodes[logical].fn, f->nodes[physical].fn);
    f->nodes[physical].count += 1;
    f->extras[f->nodes[physical].extra].resumes += 1;
    struct rc_call *call = fixture_call(f, logical, physical, 77);
    call->state = RF_CALL_RUNNING;
    fixture_open(f, 0, logical, 900000000, RF_CALL_ASYNC | 77);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/dispatch_request/get_character")->entries, 9606);
    rc_report_free(report);
    rc_report_free(tree_grow(f, RC_TREE_PHYSICAL));
    fixture_free(f);
}

/* A resume whose begin nobody saw: its place is not known, and not the loop. */
Test(model_tree, began_unseen) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t resumed = fixture_node(f, loop, fixture_symbol(f, "handler", 0), 0, 5);
    uint32_t callee = fixture_node(f, resumed, fixture_symbol(f, "burn", 0), 0, 5);
    cr_assert(callee);
    fixture_extra(f, resumed)->resumes = 5;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler")->resumes, 5);
    cr_assert_eq(tree_row(report, "[awaiter not known]/handler/burn")->calls, 5);
    cr_assert_null(tree_row_at(report, "[process]/main/loop/handler"));
    rc_report_free(report);
    fixture_free(f);
}

/* Fibers stand under who made them, or under nobody; handlers under no function. */
Test(model_tree, fibers_and_signals) {
    struct fixture *f = fixture_new();
    uint64_t fn = fixture_symbol(f, "work", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t made = fixture_node(f, main_, fn, 0, 30);
    uint32_t found = fixture_node(f, 0, fn, 0, 7);
    uint32_t handler = fixture_node(f, 1, fixture_symbol(f, "on_alarm", 0), 0, 3);
    uint32_t called = fixture_node(f, main_, fn, main_ + 1, 2);
    tree_lasting(f, main_, 500);
    tree_lasting(f, made, 9000);
    f->nodes[made].flags = f->nodes[found].flags = RF_NODE_FIBER;
    f->nodes[handler].flags = RF_NODE_SIGNAL;
    fixture_extra(f, made)->awaiting_ticks = 70000;
    cr_assert(called);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/work(fiber)")->calls, 30);
    cr_assert_eq(tree_row(report, "[process]/main/work(fiber)")->time.awaiting, 70000);
    cr_assert_eq(tree_row(report, "[process]/main/work")->calls, 2);
    cr_assert_eq(tree_row(report, "[process]/main")->time.total, 9500); /* wherever it ran, it was begun here */
    cr_assert_eq(tree_row(report, "[maker not known]/work(fiber)")->calls, 7);
    cr_assert_eq(tree_row(report, "[signal]/on_alarm")->calls, 3);
    rc_report_free(report);
    report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(tree_row(report, "[fiber]/work")->entries, 37);
    cr_assert_eq(tree_row(report, "[process]/main")->time.total, 500);
    rc_report_free(report);
    fixture_free(f);
}

/* Recursion is one row where it is deep, and levels where it is not; inside it nothing is lost. */
Test(model_tree, recursion) {
    struct fixture *f = fixture_new();
    uint64_t fib = fixture_symbol(f, "fib", 0), odd = fixture_symbol(f, "odd", 0),
             shallow = fixture_symbol(f, "two", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t at = main_;
    for (int level = 0; level < 30; level++) {
        at = fixture_node(f, at, fib, 0, (uint64_t)level + 1);
        tree_lasting(f, at, 1000 - 10 * (uint64_t)level);
        fixture_node(f, at, odd, 0, 1);
        fixture_extra(f, at)->awaiting_ticks = 100;
    }
    fixture_node(f, fixture_node(f, main_, shallow, 0, 1), shallow, 0, 1);
    tree_lasting(f, main_, 2000);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *folded = tree_row(report, "[process]/main/fib");
    cr_assert_eq(folded->calls, 465);
    cr_assert_eq(folded->recursive, 464);
    cr_assert_eq(folded->time.running, 1000);
    cr_assert_eq(folded->time.awaiting, 100); /* that of the outermost call; the others waited inside it */
    cr_assert_eq(tree_row(report, "[process]/main/fib/odd")->calls, 30);
    cr_assert_null(tree_row_at(report, "[process]/main/fib/fib"));
    cr_assert_eq(tree_row(report, "[process]/main/two/two")->calls, 1);
    rc_report_free(report);
    rc_report_free(tree_grow(f, RC_TREE_PHYSICAL));
    fixture_free(f);
}

/* Threads of one path are one row; a path that no thread of its kind entered belongs to the thread where it began. */
Test(model_tree, threads) {
    struct fixture *f = fixture_new();
    uint64_t work = fixture_symbol(f, "work", 0), main_fn = fixture_symbol(f, "main", 0);
    f->process.n_threads = 3;
    f->threads[1] = (struct rc_thread){.tid = 101, .ordinal = 1};
    f->threads[2] = (struct rc_thread){.tid = 102, .ordinal = 2};
    uint32_t main_ = fixture_node(f, 0, main_fn, 0, 1);
    uint32_t one = fixture_node(f, 0, work, 0, 4), other = fixture_node(f, 0, work, 0, 6);
    uint32_t mirror = fixture_node(f, 0, main_fn, 0, 0);
    uint32_t begun = fixture_node(f, main_, fixture_symbol(f, "task", 0), 0, 5);
    uint32_t mirrored = fixture_node(f, mirror, f->nodes[begun].fn, 0, 0);
    uint32_t resumed = fixture_node(f, one, f->nodes[begun].fn, 0, 8);
    f->nodes[one].thread = f->nodes[mirror].thread = f->nodes[mirrored].thread = f->nodes[resumed].thread = 1;
    f->nodes[other].thread = 2;
    fixture_extra(f, begun)->begins = 5;
    fixture_extra(f, mirrored)->resumed = 8;
    *fixture_extra(f, resumed) = (struct rc_extra){.node = resumed, .resumes = 8, .passed = 8};
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[thread]/work")->calls, 10);
    cr_assert_eq(tree_row(report, "[process]/main/task")->entries, 13);
    cr_assert_eq(tree_row(report, "[process]/main/task")->calls, 5);
    cr_assert_null(tree_row_at(report, "[thread]/main"));
    rc_report_free(report);
    fixture_free(f);
}

/* A callback that belongs to where it was registered; one was cut off on the way there. */
Test(model_tree, linked) {
    struct fixture *f = fixture_new();
    uint64_t callback = fixture_symbol(f, "on_read", 0);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t request = fixture_node(f, main_, fixture_symbol(f, "request", 0), 0, 10);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t here = fixture_node(f, loop, callback, 0, 11), there = fixture_node(f, request, callback, 0, 0);
    f->process.ended = false;
    *fixture_extra(f, here) = (struct rc_extra){.node = here, .moved_out = 10, .passed = 9};
    *fixture_extra(f, there) = (struct rc_extra){.node = there, .moved_in = 9, .resumed = 9};
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *linked = tree_row(report, "[process]/main/request/on_read");
    cr_assert_eq(linked->calls, 9);
    cr_assert_eq(linked->linked, 9);
    cr_assert_eq(linked->resumes, 0);
    cr_assert_eq(tree_row(report, "[process]/main/loop/on_read")->calls, 1);
    cr_assert_eq(tree_row(report, "[awaiter not known]/on_read")->calls, 1);
    cr_assert_eq(fixture_function(report, "on_read")->identity.by, RC_EVIDENCE_LINK);
    rc_report_free(report);
    fixture_free(f);
}

/* Where an exit was lost the call site tells the caller, in the tree as among the callers. */
Test(model_tree, lost_exit) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t left = fixture_node(f, main_, fixture_symbol(f, "jumps_out", 0), 0, 1);
    uint32_t next = fixture_node(f, left, fixture_symbol(f, "next", 0), f->nodes[main_].fn + 0x60, 3);
    cr_assert(next);
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/next")->calls, 3);
    rc_report_free(report);
    report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(tree_row(report, "[process]/main/jumps_out/next")->entries, 3);
    rc_report_free(report);
    fixture_free(f);
}

/* Two call sites of one context, in the code of different callers that are both open. */
Test(model_tree, sites_of_two_callers) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t left = fixture_node(f, main_, fixture_symbol(f, "jumps_out", 0), 0, 9);
    uint32_t home = fixture_node(f, left, fixture_symbol(f, "leaf", 0), 0, 10);
    uint32_t site = fixture_node(f, left, f->nodes[home].fn, f->nodes[main_].fn + 0x80, 20);
    f->nodes[site].home = home;
    f->nodes[site].flags = RF_NODE_SITE;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/leaf")->calls, 20);
    cr_assert_eq(tree_row(report, "[process]/main/jumps_out/leaf")->calls, 10);
    rc_report_free(report);
    report = tree_grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(tree_row(report, "[process]/main/jumps_out/leaf")->entries, 30);
    rc_report_free(report);
    fixture_free(f);
}

/* A damaged file's call site whose home is no function's context. */
Test(model_tree, site_of_a_root) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t site = fixture_node(f, main_, fixture_symbol(f, "leaf", RC_CLONE_RESUME), 0, 20);
    f->nodes[site].home = 0;
    f->nodes[site].flags = RF_NODE_SITE;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[awaiter not known]/leaf")->entries, 20);
    rc_report_free(report);
    rc_report_free(tree_grow(f, RC_TREE_PHYSICAL));
    fixture_free(f);
}

/* Contexts that there was no room for are a row, and call sites of one context are one. */
Test(model_tree, lost_and_sites) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t home = fixture_node(f, main_, fixture_symbol(f, "leaf", 0), 0, 10);
    uint32_t site = fixture_node(f, main_, f->nodes[home].fn, f->nodes[main_].fn + 0x80, 20);
    uint32_t lost = fixture_node(f, 0, 0, 1, 99);
    f->nodes[site].home = home;
    f->nodes[site].flags = RF_NODE_SITE;
    f->nodes[lost].flags = RF_NODE_LOST;
    struct rc_report *report = tree_grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(tree_row(report, "[process]/main/leaf")->calls, 30);
    cr_assert_eq(tree_row(report, "[contexts lost]")->entries, 99);
    rc_report_free(report);
    fixture_free(f);
}
