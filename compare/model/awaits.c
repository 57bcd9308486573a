/* Await points: merged by place and awaited expression over all contexts of a function. */
#include <stdlib.h>
#include <string.h>

#include "compare/model/build.h"

static struct rc_await_point *point_get(struct rc_function *function, const struct rc_await_point *wanted) {
    for (size_t i = 0; i < function->n_awaits; i++) {
        struct rc_await_point *point = &function->awaits[i];
        if (point->line == wanted->line && strcmp(point->file, wanted->file) == 0 &&
            strcmp(point->awaited, wanted->awaited) == 0)
            return point;
    }
    if (rc_grow((void **)&function->awaits, function->n_awaits, sizeof *function->awaits))
        return NULL;
    function->awaits[function->n_awaits] = *wanted;
    return &function->awaits[function->n_awaits++];
}

/* The line of a code address; of a label, whose first instruction may belong to no line, that of what follows it. */
static struct rc_line line_of(const struct rc_part *part, const struct rc_function *function, uint64_t site) {
    enum { LABEL_REACH = 32 };
    struct rc_line at = part->lookup->body_line(part->lookup->context, site - 1);
    bool label = function->identity.by == RC_EVIDENCE_STATE;
    for (uint64_t i = 0; label && !at.line && i < LABEL_REACH; i++)
        at = part->lookup->line(part->lookup->context, site + i);
    return at;
}

/* Where a first suspension's frame was allocated may be in the caller, into which the ramp was inlined: it stands at
 * the coroutine's own line. */
static struct rc_line own_line_of(const struct rc_part *part, const struct rc_function *function, uint64_t site) {
    if (function->file && function->line)
        return (struct rc_line){function->file, function->line};
    if (rc_is_of(function, part->lookup->find(part->lookup->context, site - 1)))
        return line_of(part, function, site);
    return (struct rc_line){0};
}

/* A line that is a function's state is in the function's file. */
static struct rc_await_point locate(const struct rc_build *build, const struct rc_part *part,
                                    const struct rc_function *function, const struct rc_await *await) {
    struct rc_await_point point = {.file = await->file, .line = await->line, .awaited = rc_awaited(build, part, await)};
    bool first = strcmp(await->awaited, RF_FIRST_SUSPENSION) == 0;
    if (await->line && !*await->file && function->identity.by == RC_EVIDENCE_STATE && function->file)
        point.file = function->file;
    if (!await->line && await->site) {
        struct rc_line at = first ? own_line_of(part, function, await->site) : line_of(part, function, await->site);
        point.file = at.file ? at.file : "";
        point.line = at.line;
    }
    return point;
}

/* Calls that wait at an await point to be resumed. */
struct waiting {
    uint64_t calls, frames; /* frames: those whose suspension is counted already */
    bool told;              /* one of them is ready */
};

static int add(struct rc_build *build, const struct rc_part *part, const struct rc_await *await,
               const struct waiting *waiting) {
    if (await->node == RC_NONE || part->work[await->node].function == RC_NONE)
        return 0;
    struct rc_function *function = &build->report->functions[part->work[await->node].function];
    if (rc_is_doubted(function))
        return 0;
    struct rc_await_point wanted = locate(build, part, function, await);
    if (!wanted.awaited)
        return 0;
    struct rc_await_point *point = point_get(function, &wanted);
    if (!point)
        return -1;
    point->count += await->count - waiting->frames; /* modulo 2^64, as the threads' own counts are */
    point->idle += await->idle;
    point->open += waiting->calls;
    point->awaiting_ns += rc_whole(rc_ns(part, (double)await->awaiting_ticks));
    point->queued_ns += rc_whole(rc_ns(part, (double)await->queued_ticks));
    point->ready_told |= waiting->told || await->queued_ticks > 0;
    return 0;
}

static int add_part(struct rc_build *build, const struct rc_part *part) {
    const struct rc_process *process = part->process;
    struct waiting *waiting = calloc(process->n_awaits + 1, sizeof *waiting);
    int result = waiting ? 0 : -1;
    for (size_t c = 0; waiting && c < process->n_calls; c++) {
        const struct rc_call *call = &process->calls[c];
        if (call->await == RC_NONE || call->state != RF_CALL_SUSPENDED)
            continue;
        waiting[call->await].calls++;
        waiting[call->await].frames += (call->flags & RF_CALL_FRAME) != 0;
        waiting[call->await].told |= call->ready != 0;
    }
    for (size_t a = 0; a < process->n_awaits && result == 0; a++)
        result = add(build, part, &process->awaits[a], &waiting[a]);
    free(waiting);
    return result;
}

static int by_place(const void *left, const void *right) {
    const struct rc_await_point *a = left, *b = right;
    int files = strcmp(a->file, b->file);
    if (files)
        return files;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return strcmp(a->awaited, b->awaited);
}

/* A process that was killed may have begun a suspension and not counted it yet: below 0 is 0. */
static void floor_counts(struct rc_function *function) {
    for (size_t i = 0; i < function->n_awaits; i++)
        if (function->awaits[i].count > INT64_MAX)
            function->awaits[i].count = 0;
}

int rc_list_awaits(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++)
        if (add_part(build, &build->parts[i]))
            return rc_no_memory(build->err);
    for (size_t f = 0; f < build->report->n_functions; f++) {
        struct rc_function *function = &build->report->functions[f];
        floor_counts(function);
        if (function->n_awaits)
            qsort(function->awaits, function->n_awaits, sizeof *function->awaits, by_place);
    }
    return 0;
}
