/* The two trees of profiles made by hand: who stands where, and that all sums are those of the report. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "compare/model/tree.h"
#include "tests/unit/render_story.h"

static void lasting(struct fixture *f, uint32_t node, uint64_t ticks) {
    f->nodes[node].long_count = f->nodes[node].count;
    f->nodes[node].long_ticks = ticks;
}

/* "[process]/main/f", from the row up. */
static void path_of(const struct rc_report *report, uint32_t at, char *to, size_t room) {
    char above[400] = "";
    const struct rc_tree_row *row = &report->tree->rows[at];
    if (row->parent != RC_NONE) {
        path_of(report, row->parent, above, sizeof above - 1);
        strcat(above, "/");
    }
    const char *mark = row->fiber                                                                ? "(fiber)"
                       : report->tree->kind == RC_TREE_LOGICAL && row->clone == RC_CLONE_DESTROY ? ".destroy"
                                                                                                 : "";
    snprintf(to, room, "%s%s%s", above, rc_tree_row_name(report, row), mark);
}

static const struct rc_tree_row *row_at(const struct rc_report *report, const char *path) {
    char has[512];
    for (uint32_t i = 0; i < report->tree->n; i++) {
        path_of(report, i, has, sizeof has);
        if (strcmp(has, path) == 0)
            return &report->tree->rows[i];
    }
    return NULL;
}

static const struct rc_tree_row *row(const struct rc_report *report, const char *path) {
    const struct rc_tree_row *found = row_at(report, path);
    cr_assert(found, "no row %s", path);
    return found;
}

/* The children's time and the own make up each row's; a subtree's rows stand together. */
static void check_rows(const struct rc_tree *tree) {
    for (uint32_t i = 0; i < tree->n; i++) {
        const struct rc_tree_row *at = &tree->rows[i];
        struct rc_time sum = at->own;
        cr_assert(at->end > i && at->end <= tree->n);
        cr_assert_eq(at->depth, at->parent == RC_NONE ? 0 : tree->rows[at->parent].depth + 1);
        cr_assert(at->parent == RC_NONE || (at->parent < i && at->end <= tree->rows[at->parent].end));
        for (uint32_t c = i + 1; c < at->end; c = tree->rows[c].end) {
            cr_assert_eq(tree->rows[c].parent, i);
            sum.running += tree->rows[c].time.running;
            sum.blocked += tree->rows[c].time.blocked;
            sum.probes += tree->rows[c].time.probes;
        }
        cr_assert_eq(sum.running, at->time.running);
        cr_assert_eq(sum.blocked, at->time.blocked);
        cr_assert_eq(sum.probes, at->time.probes);
        const struct rc_time *t = &at->time;
        cr_assert_eq(t->total, t->running + t->blocked + t->probes + t->awaiting + t->queued);
    }
}

static void check_function(const struct rc_report *report, uint32_t f, bool logical) {
    const struct rc_function *function = &report->functions[f];
    struct rc_tree_row sum = {0};
    for (uint32_t i = 0; i < report->tree->n; i++) {
        const struct rc_tree_row *at = &report->tree->rows[i];
        if (at->function != f)
            continue;
        sum.calls += at->calls;
        sum.entries += at->entries;
        sum.resumes += at->resumes;
        sum.internal += at->internal;
        sum.idle += at->idle;
        sum.own.running += at->own.running;
    }
    cr_assert_eq(sum.entries, function->entries, "%s: %lu entries", function->name, (unsigned long)sum.entries);
    if (!logical)
        return;
    cr_assert_eq(sum.calls, function->calls, "%s: %lu calls", function->name, (unsigned long)sum.calls);
    cr_assert_eq(sum.resumes, function->resumes, "%s: %lu resumes", function->name, (unsigned long)sum.resumes);
    cr_assert_eq(sum.internal, function->internal, "%s", function->name);
    cr_assert_eq(sum.idle, function->idle_resumes, "%s", function->name);
    cr_assert_eq(sum.own.running, function->self_ns, "%s", function->name);
}

/* In the physical tree a time may stand on another function's row, but it stands somewhere. */
static void check_all(const struct rc_report *report) {
    double all = 0, rows = 0;
    for (uint32_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        all += (double)(function->self_ns + function->self_blocked_ns + function->self_probes_ns);
    }
    for (uint32_t i = 0; i < report->tree->n; i++)
        rows += (double)report->tree->rows[i].own.total;
    cr_assert_float_eq(rows, all, 10.0 + 6.0 * (double)report->tree->n, "%.0f ns of %.0f", rows, all);
}

static struct rc_report *grow(struct fixture *f, enum rc_tree_kind kind) {
    struct rc_report *report = fixture_report_with(f, kind);
    cr_assert(report->tree);
    cr_assert_eq(report->tree->kind, kind);
    check_rows(report->tree);
    check_all(report);
    for (uint32_t i = 0; i < report->n_functions; i++)
        check_function(report, i, kind == RC_TREE_LOGICAL);
    return report;
}

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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *c = row(report, "[process]/main/dispatch_request/get_character");
    cr_assert_eq(c->calls, 300);
    cr_assert_eq(c->entries, 9605);
    cr_assert_eq(c->resumes, 9305);
    cr_assert_eq(c->idle, 5);
    cr_assert(c->time.awaiting > 3000000000u && c->time.queued > 300000000u);
    cr_assert_null(row_at(report, "[process]/main/on_query_done/get_character"));
    cr_assert_null(row_at(report, "[awaiter not known]"));
    const struct rc_tree_row *callback = row(report, "[process]/main/on_query_done");
    cr_assert_eq(callback->entries, 9305);
    cr_assert_eq(callback->time.running + callback->time.blocked + callback->time.probes, 100000000);
    const struct rc_tree_row *process = row(report, "[process]");
    cr_assert_eq(process->time.running + process->time.blocked + process->time.probes, 900000000);
    rc_report_free(report);
    fixture_free(f);
}

/* As the machine ran it: the slices under the callback, with their time; their callees where the calls began. */
Test(model_tree, story_physical) {
    struct fixture *f = render_story();
    struct rc_report *report = grow(f, RC_TREE_PHYSICAL);
    const struct rc_tree_row *slices = row(report, "[process]/main/on_query_done/get_character");
    cr_assert_eq(slices->entries, 9305);
    cr_assert_eq(slices->passed, 9305);
    cr_assert_float_eq((double)slices->passed_ns, 300e6, 10);
    const struct rc_tree_row *begun = row(report, "[process]/main/dispatch_request/get_character");
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
    lasting(f, main_, 500000000);
    lasting(f, loop, 420000000);
    lasting(f, begun, 20000000);
    lasting(f, called, 10000000);
    *fixture_extra(f, called) =
        (struct rc_extra){.node = called, .begins = 10, .resumed = 10, .resumed_ticks = 400000000};
    *fixture_extra(f, resumed) =
        (struct rc_extra){.node = resumed, .resumes = 10, .passed = 10, .passed_ticks = 400000000};
    *fixture_extra(f, begun) =
        (struct rc_extra){.node = begun, .begins = 10, .resumed = 10, .resumed_ticks = 300000000};
    *fixture_extra(f, back) = (struct rc_extra){.node = back, .resumes = 10, .passed = 10, .passed_ticks = 300000000};
    rc_report_free(grow(f, RC_TREE_LOGICAL));
    struct rc_report *report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_float_eq((double)row(report, "[process]/main/parent/child/parent")->passed_ns, 300e6, 20e6);
    cr_assert_float_eq((double)row(report, "[process]")->time.running, 500e6, 50);
    rc_report_free(report);
    fixture_free(f);
}

/* Slices that nobody is known to have entered: there is no other place for their time. */
Test(model_tree, slices_of_nobody) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begun = fixture_node(f, main_, fixture_symbol(f, "task", 0), 0, 10);
    lasting(f, main_, 500000000);
    lasting(f, begun, 10000000);
    *fixture_extra(f, begun) =
        (struct rc_extra){.node = begun, .begins = 10, .resumed = 10, .resumed_ticks = 300000000};
    struct rc_report *report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(row(report, "[process]/main/task")->own.running, 310000000);
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_not_null(fixture_function(report, "w")->identity.doubt);
    cr_assert_eq(row(report, "[process]/main/w")->entries, 4);
    cr_assert_eq(row(report, "[process]/loop/w")->entries, 11);
    cr_assert_eq(row(report, "[process]/loop/w")->calls, 11);
    cr_assert_eq(row(report, "[process]/main/w")->resumes, 0);
    rc_report_free(report);
    rc_report_free(grow(f, RC_TREE_PHYSICAL));
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/dispatch_request/get_character")->entries, 9606);
    rc_report_free(report);
    rc_report_free(grow(f, RC_TREE_PHYSICAL));
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[awaiter not known]/handler")->resumes, 5);
    cr_assert_eq(row(report, "[awaiter not known]/handler/burn")->calls, 5);
    cr_assert_null(row_at(report, "[process]/main/loop/handler"));
    rc_report_free(report);
    fixture_free(f);
}

/* clang's coroutine: tied to its ramp the clone is the ramp's row; else nobody knows which call it was. */
Test(model_tree, coroutine) {
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
    lasting(f, main_, 1000000000);
    lasting(f, loop, 900000000);
    lasting(f, callee, 500000000);
    cr_assert(gone);
    *fixture_extra(f, tied) = (struct rc_extra){.node = tied, .resumed = 500, .resumed_ticks = 700000000};
    *fixture_extra(f, physical) =
        (struct rc_extra){.node = physical, .resumes = 600, .passed = 500, .passed_ticks = 700000000};
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->calls, 100);
    cr_assert_eq(row(report, "[process]/main/handler()")->entries, 600);
    cr_assert_eq(row(report, "[process]/main/handler()/burn")->entries, 600);
    cr_assert_eq(row(report, "[process]/main/loop")->time.total, 200000000);
    cr_assert_eq(row(report, "[awaiter not known]/handler()")->resumes, 100);
    cr_assert_eq(row(report, "[process]/main/handler().destroy")->internal, 100); /* of which of the two? */
    rc_report_free(report);
    report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(row(report, "[process]/main/loop/handler()")->clone, RC_CLONE_RESUME);
    cr_assert_eq(row(report, "[process]/main/loop/handler()")->entries, 600);
    cr_assert_eq(row(report, "[process]/main/loop/handler()")->passed_ns, 700000000);
    rc_report_free(report);
    fixture_free(f);
}

/* Frames whose making was not seen, of a coroutine that was called in one context alone; which stands behind. */
Test(model_tree, attached) {
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->resumes, 60);
    cr_assert_eq(row(report, "[process]/main/handler()/burn")->calls, 60);
    cr_assert_null(row_at(report, "[awaiter not known]"));
    rc_report_free(report);
    fixture_free(f);
}

/* Frames made in the ramp's own allocator; where the ramp was inlined; and by the body of another call of its own. */
Test(model_tree, made) {
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->resumes, 45);
    cr_assert_eq(row(report, "[process]/main/handler()/operator new")->calls, 10);
    cr_assert_eq(row(report, "[process]/main/handler()/handler()")->resumes, 5);
    rc_report_free(report);
    fixture_free(f);
}

/* The body has no hooks: what it calls is called by it, whose one context is known. */
Test(model_tree, unhooked_body) {
    struct fixture *f = fixture_new();
    uint64_t body = fixture_symbol(f, "handler()", RC_CLONE_RESUME);
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    uint32_t loop = fixture_node(f, main_, fixture_symbol(f, "loop", 0), 0, 1);
    uint32_t called = fixture_node(f, loop, fixture_symbol(f, "burn", 0), body + 0x20, 60);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()/burn")->calls, 60);
    rc_report_free(report);
    fixture_node(f, loop, f->nodes[begin].fn, 0, 1);
    report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[awaiter not known]/handler()/burn")->calls, 60);
    cr_assert(called);
    rc_report_free(report);
    fixture_free(f);
}

/* All calls began in one context: what destroys one is its row, and so is what the destructors call. */
Test(model_tree, destroyed) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    uint32_t tied = fixture_node(f, begin, fixture_symbol(f, "handler()", RC_CLONE_RESUME), 0, 50);
    uint32_t end = fixture_node(f, main_, fixture_symbol(f, "clear", 0), 0, 1);
    uint32_t gone = fixture_node(f, end, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    cr_assert(tied && freed);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->entries, 70);
    cr_assert_eq(row(report, "[process]/main/handler()")->internal, 10);
    cr_assert_eq(row(report, "[process]/main/handler()/~local")->calls, 10);
    rc_report_free(report);
    fixture_free(f);
}

/* The same where the file has the destruction first. */
Test(model_tree, destroyed_in_front) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t end = fixture_node(f, main_, fixture_symbol(f, "clear", 0), 0, 1);
    uint32_t gone = fixture_node(f, end, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    uint32_t begin = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    cr_assert(freed && begin);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->internal, 10);
    cr_assert_eq(row(report, "[process]/main/handler()/~local")->calls, 10);
    cr_assert_null(row_at(report, "[process]/main/clear/handler().destroy"));
    rc_report_free(report);
    fixture_free(f);
}

/* One call alone, begun by what destroyed another: the destruction cannot stand beneath itself. */
Test(model_tree, destroyed_above) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t gone = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_DESTROY), 0, 10);
    uint32_t freed = fixture_node(f, gone, fixture_symbol(f, "~local", 0), 0, 10);
    fixture_node(f, freed, fixture_symbol(f, "handler()", RC_CLONE_NONE), 0, 10);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler().destroy/~local/handler()")->calls, 10);
    rc_report_free(report);
    fixture_free(f);
}

/* gcc frees a frame and makes the next one in the same place, inside the first one's slice: which of the contexts
 * entered the slice is then booked wrongly, and one has passed on more than it entered. */
Test(model_tree, slice_on_the_wrong_context) {
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/handler()")->resumes, 1200);
    cr_assert_null(row_at(report, "[awaiter not known]"));
    rc_report_free(report);
    fixture_free(f);
}

/* gcc's ramp enters the body itself: a slice that began elsewhere, and an entry that is no resume. */
Test(model_tree, started_by_the_ramp) {
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/session()")->internal, 20);
    cr_assert_eq(row(report, "[process]/main/session()")->resumes, 80);
    rc_report_free(report);
    fixture_free(f);
}

/* Calls that are known by their frames alone have no place. */
Test(model_tree, inlined_ramp) {
    struct fixture *f = fixture_new();
    uint32_t main_ = fixture_node(f, 0, fixture_symbol(f, "main", 0), 0, 1);
    uint32_t clone = fixture_node(f, main_, fixture_symbol(f, "handler()", RC_CLONE_RESUME), 0, 600);
    fixture_extra(f, clone)->begins = 100;
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[awaiter not known]/handler()")->calls, 100);
    cr_assert_eq(row(report, "[awaiter not known]/handler()")->entries, 600);
    cr_assert_eq(row(report, "[awaiter not known]/handler()")->resumes, 600);
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
    lasting(f, main_, 500);
    lasting(f, made, 9000);
    f->nodes[made].flags = f->nodes[found].flags = RF_NODE_FIBER;
    f->nodes[handler].flags = RF_NODE_SIGNAL;
    fixture_extra(f, made)->awaiting_ticks = 70000;
    cr_assert(called);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/work(fiber)")->calls, 30);
    cr_assert_eq(row(report, "[process]/main/work(fiber)")->time.awaiting, 70000);
    cr_assert_eq(row(report, "[process]/main/work")->calls, 2);
    cr_assert_eq(row(report, "[process]/main")->time.total, 9500); /* wherever it ran, it was begun here */
    cr_assert_eq(row(report, "[maker not known]/work(fiber)")->calls, 7);
    cr_assert_eq(row(report, "[signal]/on_alarm")->calls, 3);
    rc_report_free(report);
    report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(row(report, "[fiber]/work")->entries, 37);
    cr_assert_eq(row(report, "[process]/main")->time.total, 500);
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
        lasting(f, at, 1000 - 10 * (uint64_t)level);
        fixture_node(f, at, odd, 0, 1);
        fixture_extra(f, at)->awaiting_ticks = 100;
    }
    fixture_node(f, fixture_node(f, main_, shallow, 0, 1), shallow, 0, 1);
    lasting(f, main_, 2000);
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *folded = row(report, "[process]/main/fib");
    cr_assert_eq(folded->calls, 465);
    cr_assert_eq(folded->recursive, 464);
    cr_assert_eq(folded->time.running, 1000);
    cr_assert_eq(folded->time.awaiting, 100); /* that of the outermost call; the others waited inside it */
    cr_assert_eq(row(report, "[process]/main/fib/odd")->calls, 30);
    cr_assert_null(row_at(report, "[process]/main/fib/fib"));
    cr_assert_eq(row(report, "[process]/main/two/two")->calls, 1);
    rc_report_free(report);
    rc_report_free(grow(f, RC_TREE_PHYSICAL));
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[thread]/work")->calls, 10);
    cr_assert_eq(row(report, "[process]/main/task")->entries, 13);
    cr_assert_eq(row(report, "[process]/main/task")->calls, 5);
    cr_assert_null(row_at(report, "[thread]/main"));
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    const struct rc_tree_row *linked = row(report, "[process]/main/request/on_read");
    cr_assert_eq(linked->calls, 9);
    cr_assert_eq(linked->linked, 9);
    cr_assert_eq(linked->resumes, 0);
    cr_assert_eq(row(report, "[process]/main/loop/on_read")->calls, 1);
    cr_assert_eq(row(report, "[awaiter not known]/on_read")->calls, 1);
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/next")->calls, 3);
    rc_report_free(report);
    report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(row(report, "[process]/main/jumps_out/next")->entries, 3);
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/leaf")->calls, 20);
    cr_assert_eq(row(report, "[process]/main/jumps_out/leaf")->calls, 10);
    rc_report_free(report);
    report = grow(f, RC_TREE_PHYSICAL);
    cr_assert_eq(row(report, "[process]/main/jumps_out/leaf")->entries, 30);
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[awaiter not known]/leaf")->entries, 20);
    rc_report_free(report);
    rc_report_free(grow(f, RC_TREE_PHYSICAL));
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
    struct rc_report *report = grow(f, RC_TREE_LOGICAL);
    cr_assert_eq(row(report, "[process]/main/leaf")->calls, 30);
    cr_assert_eq(row(report, "[contexts lost]")->entries, 99);
    rc_report_free(report);
    fixture_free(f);
}
