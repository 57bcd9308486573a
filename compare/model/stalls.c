/* Stalls: slices that held their thread, and the calls that were late because of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "compare/model/build.h"

static void name_task(const struct rc_build *build, const struct rc_part *part, const struct rc_stall *stall, char *to,
                      size_t room) {
    const struct rc_process *process = part->process;
    uint32_t function = stall->node == RC_NONE ? RC_NONE : part->work[stall->node].function;
    if (stall->call & RF_CALL_ASYNC && function != RC_NONE)
        snprintf(to, room, "%s #%" PRIu64, build->report->functions[function].name,
                 (stall->call & ~RF_CALL_ASYNC) >> RF_CALL_SERIAL_SHIFT);
    else if (stall->thread < process->n_threads)
        snprintf(to, room, "%.16s (thread %" PRIu32 ")", process->threads[stall->thread].name,
                 process->threads[stall->thread].tid);
    else
        snprintf(to, room, "process %" PRIu32, process->pid);
}

static uint64_t overlap(const struct rc_stall *a, const struct rc_stall *b) {
    uint64_t begin = a->start > b->start ? a->start : b->start;
    uint64_t end_a = a->start + a->duration, end_b = b->start + b->duration;
    uint64_t end = end_a < end_b ? end_a : end_b;
    return end > begin ? end - begin : 0;
}

static int list_victims(const struct rc_build *build, const struct rc_part *part, const struct rc_stall *stall,
                        struct rc_stall_row *row) {
    for (size_t i = 0; i < part->process->n_stalls; i++) {
        const struct rc_stall *late = &part->process->stalls[i];
        uint64_t ticks = late->late && late->thread == stall->thread ? overlap(stall, late) : 0;
        if (!ticks)
            continue;
        if (rc_grow((void **)&row->victims, row->n_victims, sizeof *row->victims))
            return -1;
        struct rc_victim *victim = &row->victims[row->n_victims++];
        name_task(build, part, late, victim->task, sizeof victim->task);
        victim->late_ns = rc_whole(rc_ns(part, (double)ticks));
    }
    return 0;
}

static void place(const struct rc_build *build, const struct rc_part *part, const struct rc_stall *stall,
                  struct rc_stall_row *row) {
    row->function = stall->node == RC_NONE ? RC_NONE : part->work[stall->node].function;
    row->file = "";
    if (stall->await != RC_NONE && part->process->awaits[stall->await].line) {
        row->file = part->process->awaits[stall->await].file;
        row->line = part->process->awaits[stall->await].line;
    } else if (row->function != RC_NONE) {
        const struct rc_function *function = &build->report->functions[row->function];
        row->file = function->file ? function->file : "";
        row->line = function->line;
    }
}

static int add(struct rc_build *build, const struct rc_part *part, const struct rc_stall *stall) {
    struct rc_report *report = build->report;
    if (rc_grow((void **)&report->stalls, report->n_stalls, sizeof *report->stalls))
        return -1;
    struct rc_stall_row *row = &report->stalls[report->n_stalls++];
    *row = (struct rc_stall_row){0};
    const struct rc_process *process = part->process;
    double since = stall->start > process->start ? (double)(stall->start - process->start) : 0;
    uint64_t before = rc_whole((double)process->start_mono_ns - part->run_start_ns);
    name_task(build, part, stall, row->task, sizeof row->task);
    place(build, part, stall, row);
    row->start_ns = before + rc_whole(rc_ns(part, since));
    row->duration_ns = rc_whole(rc_ns(part, (double)stall->duration));
    double off = row->duration_ns ? (double)stall->off_ns / (double)row->duration_ns : 0;
    row->on_cpu = off < 1 ? 1 - off : 0;
    if (stall->syscall >= 0) {
        const char *name = rc_syscall_name(stall->syscall);
        row->syscall = name ? name : "another system call";
    }
    return list_victims(build, part, stall, row);
}

static int by_start(const void *left, const void *right) {
    const struct rc_stall_row *a = left, *b = right;
    return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

int rc_list_stalls(struct rc_build *build) {
    for (size_t i = 0; i < build->n_parts; i++) {
        const struct rc_process *process = build->parts[i].process;
        for (size_t s = 0; s < process->n_stalls; s++)
            if (!process->stalls[s].late && add(build, &build->parts[i], &process->stalls[s]))
                return rc_no_memory(build->err);
    }
    if (build->report->n_stalls)
        qsort(build->report->stalls, build->report->n_stalls, sizeof *build->report->stalls, by_start);
    return 0;
}
