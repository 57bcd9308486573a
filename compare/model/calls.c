/* The call ledger: entries = calls + resumes + internal. */
#include <string.h>

#include "compare/model/build.h"

/* Calls that were open when the recording ended, by context. */
static void count_open(struct rc_part *part) {
    const struct rc_process *process = part->process;
    for (size_t s = 0; s < process->n_stacks; s++) {
        for (size_t f = 0; f < process->stacks[s].n_frames; f++) {
            const struct rc_frame *frame = &process->stacks[s].frames[f];
            const struct rc_call *call = rc_call_of(part, frame->call);
            if (!(frame->call & RF_CALL_ASYNC) && frame->call & RF_CALL_INHERITED)
                continue; /* counted in the process that this one was forked from */
            part->work[frame->node].open_any++;
            if (rc_is_passed(frame, call))
                part->work[call->physical].open_passed++;
            else if (!(frame->call & RF_CALL_HELD) || frame->call & RF_CALL_ASYNC) /* held: in long_count already */
                part->work[frame->node].open_own++;
        }
    }
}

static void survey(struct rc_report *report, const struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_extra *extra = rc_extra_of(part, n);
        const struct rc_work *work = &part->work[n];
        if ((extra->begins || extra->resumes) && work->function != RC_NONE && work->clone == RC_CLONE_NONE)
            report->functions[work->function].announced = true;
    }
}

/* An entry that had not told what it was when its process ended is one that is still open. */
static uint64_t in_flight(const struct rc_work *work, uint64_t count, uint64_t known) {
    uint64_t room = (uint64_t)work->open_any + work->open_passed;
    if (count <= known)
        return 0;
    return count - known < room ? count - known : room;
}

static void count_announced(struct rc_function *function, struct rc_work *work, uint64_t count,
                            const struct rc_extra *extra) {
    uint64_t late = in_flight(work, count, extra->begins + extra->resumes + extra->internal);
    bool began = extra->begins > 0;
    work->calls = extra->begins + (began ? late : 0);
    function->resumes += extra->resumes + (began ? 0 : late);
    function->internal += extra->internal;
    function->in_flight += late;
}

/* gcc's one body clone is entered by the ramp and by the destroy clone, too: those entries run no body. */
static bool called_by_own_shell(const struct rc_part *part, const struct rc_node *node) {
    const struct rc_symbol *self = part->lookup->find(part->lookup->context, node->fn);
    const struct rc_symbol *caller = part->lookup->find(part->lookup->context, node->cs - 1);
    return caller->clone != RC_CLONE_ACTOR && strcmp(caller->base, self->base) == 0 &&
           strcmp(caller->object, self->object) == 0;
}

/* A call linked to where it was registered, or tied to where its object began, is a call of that context. What left
 * one context and did not reach the other is one whose process was killed in between. */
static void count_moved(struct rc_function *function, struct rc_work *work, uint64_t count,
                        const struct rc_extra *extra) {
    uint64_t out = extra->moved_out < count ? extra->moved_out : count;
    work->calls = count - out + extra->moved_in;
    function->left += out;
    function->arrived += extra->moved_in;
}

/* Over all contexts of a function as many arrive as left, but for those that were cut off. */
static void settle_moved(struct rc_function *function) {
    function->cut_off = function->left > function->arrived ? function->left - function->arrived : 0;
    function->calls += function->cut_off;
    function->in_flight += function->cut_off;
}

static void count_node(const struct rc_build *build, struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    struct rc_work *work = &part->work[n];
    struct rc_function *function = &build->report->functions[work->function];
    const struct rc_extra *extra = rc_extra_of(part, n);
    uint64_t internal = extra->internal, resumes_before = function->resumes, internal_before = function->internal;
    function->entries += node->count;
    function->idle_resumes += rc_is_doubted(function) ? 0 : extra->idle;
    function->lost_exits += extra->lost_exits;
    if (node->flags & RF_NODE_FIBER)
        function->fiber_starts += node->count;
    switch (work->clone) {
    case RC_CLONE_RESUME:
        function->internal += internal;
        function->resumes += node->count - internal;
        break;
    case RC_CLONE_ACTOR:
        internal = called_by_own_shell(part, node) ? node->count : extra->internal;
        function->internal += internal;
        function->resumes += node->count - internal;
        break;
    case RC_CLONE_DESTROY:
        function->internal += node->count;
        break;
    case RC_CLONE_NONE:
        if (function->announced && !function->coroutine && !rc_is_doubted(function))
            count_announced(function, work, node->count, extra);
        else
            count_moved(function, work, node->count, extra);
    }
    work->resumes = function->resumes - resumes_before;
    work->internal = function->internal - internal_before;
    function->calls += work->calls;
    function->recursive += work->recursive ? work->calls : 0;
    function->from_signal += work->signal ? work->calls : 0;
}

/* A coroutine whose ramp was never entered was inlined away, or in some places: its frames alone tell how many calls
 * there were. */
static void count_frames(const struct rc_build *build, struct rc_part *part) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        struct rc_work *work = &part->work[n];
        if (work->function == RC_NONE || work->clone == RC_CLONE_NONE)
            continue;
        struct rc_function *function = &build->report->functions[work->function];
        if (function->calls > function->calls_without_entry && !rc_made_without_entry(build, part, n))
            continue; /* the ramp was seen */
        work->calls = rc_extra_of(part, n)->begins;
        function->calls += work->calls;
        function->calls_without_entry += work->calls;
        function->recursive += work->recursive ? work->calls : 0;
        function->from_signal += work->signal ? work->calls : 0;
    }
}

void rc_count_calls(struct rc_build *build) {
    struct rc_report *report = build->report;
    for (size_t i = 0; i < build->n_parts; i++) {
        count_open(&build->parts[i]);
        survey(report, &build->parts[i]);
    }
    rc_judge_identities(build);
    for (size_t i = 0; i < build->n_parts; i++)
        for (uint32_t n = 0; n < build->parts[i].process->n_nodes; n++)
            if (build->parts[i].work[n].function != RC_NONE)
                count_node(build, &build->parts[i], n);
    for (size_t i = 0; i < build->n_parts; i++)
        if (build->parts[i].any_clone)
            count_frames(build, &build->parts[i]);
    for (size_t f = 0; f < report->n_functions; f++) {
        struct rc_function *function = &report->functions[f];
        settle_moved(function);
        function->unexplained = (int64_t)(function->entries + function->calls_without_entry - function->calls -
                                          function->resumes - function->internal);
    }
}
