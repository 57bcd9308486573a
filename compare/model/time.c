/* The time ledger: wall = running + blocked + awaiting + queued + probes. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/spans.h"

/* What the slices of a function's calls in other contexts contain, per nanosecond of slice. */
struct slices {
    double resumed, blocked, probes;
};

static uint64_t since(uint64_t begin, uint64_t end) {
    return end > begin ? end - begin : 0;
}

/* The moment up to which a stack's open calls ran. */
static uint64_t end_of(const struct rc_process *process, const struct rc_stack *stack) {
    const struct rc_thread *thread = &process->threads[stack->thread];
    if (stack->fiber && !stack->running && stack->suspended_at)
        return stack->suspended_at;
    return thread->alive || !thread->end ? process->last : thread->end;
}

static void add_open(struct rc_part *part, const struct rc_stack *stack) {
    const struct rc_process *process = part->process;
    uint64_t end = end_of(process, stack);
    bool suspended = stack->fiber && !stack->running && stack->suspended_at;
    for (size_t f = 0; f < stack->n_frames; f++) {
        const struct rc_frame *frame = &stack->frames[f];
        const struct rc_call *call = rc_call_of(part, frame->call);
        struct rc_work *work = &part->work[frame->node];
        double ns = rc_ns(part, (double)since(frame->t0 & ~UINT64_C(3), end));
        if (rc_is_passed(frame, call)) {
            work->resumed += ns;
            part->work[call->physical].passed += ns;
        } else {
            work->wall += ns;
        }
        if (suspended)
            work->awaiting += rc_ns(part, (double)since(end, process->last));
    }
}

static void add_suspended(struct rc_part *part) {
    for (size_t i = 0; i < part->process->n_calls; i++) {
        const struct rc_call *call = &part->process->calls[i];
        if (call->state != RF_CALL_SUSPENDED || call->node == RC_NONE || !call->suspended)
            continue;
        uint64_t ready = call->ready ? call->ready : part->process->last;
        part->work[call->node].awaiting += rc_ns(part, (double)since(call->suspended, ready));
        part->work[call->node].queued += rc_ns(part, (double)since(ready, part->process->last));
    }
}

static void add_closed(struct rc_part *part, uint32_t n) {
    const struct rc_node *node = &part->process->nodes[n];
    const struct rc_extra *extra = rc_extra_of(part, n);
    struct rc_work *work = &part->work[n];
    double elsewhere =
        (double)node->long_count + (double)extra->passed + (double)work->open_own + (double)work->open_passed;
    double brief = fmax(0, (double)node->count - elsewhere);
    /* Between a call's two time stamps lies a part of the probe. */
    double inside = (double)part->process->probe_inside_ps / 1000;
    if (node->timed)
        work->estimated = fmax(0, rc_ns(part, (double)node->timed_ticks / (double)node->timed) - inside) * brief;
    work->wall += fmax(0, rc_ns(part, (double)node->long_ticks) - inside * (double)node->long_count) + work->estimated;
    work->resumed += rc_ns(part, (double)extra->resumed_ticks);
    work->passed += rc_ns(part, (double)extra->passed_ticks);
    work->awaiting += rc_ns(part, (double)extra->awaiting_ticks);
    work->queued += rc_ns(part, (double)extra->queued_ticks);
    work->interrupted += rc_ns(part, (double)extra->interrupted_ticks);
    work->off += (double)node->off_ns;
}

/* What is not proven to be suspended does not wait. */
static void drop_doubted(const struct rc_report *report, struct rc_work *work) {
    if (work->function != RC_NONE && rc_is_doubted(&report->functions[work->function]))
        work->awaiting = work->queued = 0;
}

/* A context's time stands on its home, under which its children hang; its call sites keep their counts. */
static void fold_into_home(struct rc_part *part, uint32_t n) {
    uint32_t home = part->process->nodes[n].home;
    struct rc_work *from = &part->work[n], *to = &part->work[home];
    if (home == n)
        return;
    double *parts[][2] = {{&to->wall, &from->wall},     {&to->resumed, &from->resumed},
                          {&to->passed, &from->passed}, {&to->awaiting, &from->awaiting},
                          {&to->queued, &from->queued}, {&to->estimated, &from->estimated},
                          {&to->off, &from->off},       {&to->interrupted, &from->interrupted}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i][0] += *parts[i][1];
        *parts[i][1] = 0;
    }
}

static double slices_of(const struct rc_work *work) {
    return work->wall + work->resumed;
}

/* The part of a context's slices that ran inside its parent's. */
double rc_inside_parent(const struct rc_work *work) {
    double slices = slices_of(work);
    return slices > 0 ? work->wall / slices : 1;
}

/* What the parent's clock saw of a child, and what the child's probes cost it. */
static void charge_parent(struct rc_part *part, uint32_t n) {
    const struct rc_process *process = part->process;
    const struct rc_node *node = &process->nodes[n];
    if (!part->work[n].nested)
        return;
    struct rc_work *parent = &part->work[node->parent];
    double dearer = (double)process->probe_timed_ps - (double)process->probe_count_ps;
    double timed = (double)node->timed + (double)node->long_count;
    parent->self -= part->work[n].wall + part->work[n].passed;
    parent->self_probes += ((double)node->count * (double)process->probe_count_ps + timed * fmax(0, dearer)) / 1000;
}

static void cut_negative(struct rc_report *report, struct rc_work *work) {
    if (work->self >= 0)
        return;
    report->time_unclosed_ns += rc_whole(-work->self);
    work->self = 0;
}

static void settle_probes(struct rc_work *work) {
    work->self_probes = fmin(work->self_probes, work->self - work->self_blocked);
    work->blocked += work->self_blocked;
    work->probes += work->self_probes;
}

/* Bottom up: what is nested in a context's own slices. */
static void sum_up(struct rc_part *part) {
    for (uint32_t n = (uint32_t)part->process->n_nodes; n-- > 0;) {
        const struct rc_work *work = &part->work[n];
        if (!work->nested)
            continue;
        struct rc_work *parent = &part->work[part->process->nodes[n].parent];
        parent->blocked += work->blocked * rc_inside_parent(work);
        parent->probes += work->probes * rc_inside_parent(work);
    }
}

/*
 * A slice entered here belongs to a call that began elsewhere, where its blocking and its probes stand. For the
 * physical callers' inclusive figures it gets the function's average over such slices.
 */
static void pass_on(struct rc_part *part, struct slices *slices) {
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_work *work = &part->work[n];
        if (work->function == RC_NONE || work->resumed <= 0)
            continue;
        struct slices *of = &slices[work->function];
        of->resumed += work->resumed;
        of->blocked += work->blocked * (1 - rc_inside_parent(work));
        of->probes += work->probes * (1 - rc_inside_parent(work));
    }
    for (uint32_t n = 0; n < part->process->n_nodes; n++) {
        const struct rc_work *work = &part->work[n];
        if (work->function == RC_NONE || work->passed <= 0 || slices[work->function].resumed <= 0)
            continue;
        double share = work->passed / slices[work->function].resumed;
        double blocked = slices[work->function].blocked * share, probes = slices[work->function].probes * share;
        for (uint32_t m = n; part->work[m].nested;) {
            double inside = m == n ? 1 : rc_inside_parent(&part->work[m]);
            m = part->process->nodes[m].parent;
            blocked *= inside;
            probes *= inside;
            part->work[m].blocked += blocked;
            part->work[m].probes += probes;
        }
    }
}

/* Adds one context's inclusive time in whole nanoseconds, so that the parts make up the total exactly. */
static void add_time(struct rc_time *sum, double slices, const struct rc_work *work, double share) {
    uint64_t whole = rc_whole(slices);
    uint64_t blocked = rc_whole(work->blocked * share), probes = rc_whole(work->probes * share);
    if (blocked > whole)
        blocked = whole;
    if (probes > whole - blocked)
        probes = whole - blocked;
    struct rc_time add = {.running = whole - blocked - probes,
                          .blocked = blocked,
                          .awaiting = rc_whole(work->awaiting),
                          .queued = rc_whole(work->queued),
                          .probes = probes};
    sum->running += add.running;
    sum->blocked += add.blocked;
    sum->awaiting += add.awaiting;
    sum->queued += add.queued;
    sum->probes += add.probes;
    sum->total += whole + add.awaiting + add.queued;
}

static void add_to_function(struct rc_report *report, const struct rc_part *part, uint32_t n) {
    const struct rc_work *work = &part->work[n];
    if (work->function == RC_NONE)
        return;
    struct rc_function *function = &report->functions[work->function];
    function->self_ns += rc_whole(work->self - work->self_blocked - work->self_probes);
    function->self_blocked_ns += rc_whole(work->self_blocked);
    function->self_probes_ns += rc_whole(work->self_probes);
    function->timed_calls += part->process->nodes[n].timed;
    if (work->recursive) {
        function->nested_ns += rc_whole(work->member ? work->resumed : slices_of(work));
        return;
    }
    function->estimated_ns += rc_whole(work->estimated);
    if (work->member) /* the rest is inside its ramp's time */
        add_time(&function->time, work->resumed, work, 1 - rc_inside_parent(work));
    else
        add_time(&function->time, slices_of(work), work, 1);
}

/* Own times and what of them was blocked. Blocked time is found where the clock has more than was running, so that
 * needs own times that add up, and these need to know what of them was blocked: they are divided twice. */
static int settle(struct rc_build *build, struct rc_part *part) {
    size_t n_nodes = part->process->n_nodes;
    struct rc_spans *spans = rc_spans_find(build, part);
    if (!spans)
        return -1;
    rc_spans_divide(spans);
    for (uint32_t n = 0; n < n_nodes; n++)
        cut_negative(build->report, &part->work[n]);
    int result = rc_settle_blocked(build, part);
    if (result == 0) {
        rc_spans_settle_blocked(spans);
        rc_spans_divide(spans);
    }
    for (uint32_t n = 0; n < n_nodes; n++)
        settle_probes(&part->work[n]);
    if (result == 0 && rc_spans_tell(spans, build->report))
        result = rc_no_memory(build->err);
    rc_spans_free(spans);
    return result;
}

static int count_part(struct rc_build *build, struct rc_part *part) {
    const struct rc_process *process = part->process;
    bool any_resumed = false;
    for (size_t s = 0; s < process->n_stacks; s++)
        add_open(part, &process->stacks[s]);
    add_suspended(part);
    /* A context's home and its parent come before it, so that one walk can take several steps at each. */
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        add_closed(part, n);
        drop_doubted(build->report, &part->work[n]);
        fold_into_home(part, n);
    }
    for (uint32_t n = 0; n < process->n_nodes; n++) {
        part->work[n].self += slices_of(&part->work[n]) - part->work[n].interrupted;
        any_resumed |= part->work[n].resumed > 0;
        charge_parent(part, n);
    }
    if (settle(build, part))
        return -1;
    struct slices *slices = calloc(build->report->n_functions + 1, sizeof *slices);
    if (!slices)
        return rc_no_memory(build->err);
    sum_up(part);
    if (any_resumed)
        pass_on(part, slices);
    for (uint32_t n = 0; n < process->n_nodes; n++)
        add_to_function(build->report, part, n);
    free(slices);
    return 0;
}

int rc_count_time(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (count_part(build, &build->parts[i]))
            return -1;
    return 0;
}
