#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compare/load/loading.h"
#include "compare/load/text.h"

#define NS_PER_S 1e9
#define FAR_APART_NS UINT64_C(10000000) /* two clock pairs nearer than this tell nothing */

/* Clocks from 1 MHz to 1 THz are believed. */
static bool believable(double ns_per_tick) {
    return ns_per_tick >= 1e-3 && ns_per_tick <= 1e3;
}

/* The process's own first measurement is short; two stamps of a longer life are better. */
static double ns_per_tick(const struct rf_process *raw) {
    if (raw->last > raw->start && raw->last_mono_ns > raw->start_mono_ns &&
        raw->last_mono_ns - raw->start_mono_ns >= FAR_APART_NS) {
        double measured = (double)(raw->last_mono_ns - raw->start_mono_ns) / (double)(raw->last - raw->start);
        if (believable(measured))
            return measured;
    }
    double stated = raw->ticks_per_s ? NS_PER_S / (double)raw->ticks_per_s : 0;
    return believable(stated) ? stated : 1;
}

static void copy_numbers(struct rc_process *out, const struct rf_process *raw) {
    *out = (struct rc_process){
        .ordinal = raw->ordinal,
        .pid = raw->pid,
        .ppid = raw->ppid,
        .parent = raw->parent,
        .threads_started = (uint32_t)(raw->threads_started > UINT32_MAX ? UINT32_MAX : raw->threads_started),
        .ended = raw->ended != 0,
        .tracer_off = raw->tracer_off != 0,
        .kernel_seen = raw->kernel_seen != 0,
        .sampler = raw->sampler,
        .start = raw->start,
        .last = raw->last < raw->start ? raw->start : raw->last,
        .start_mono_ns = raw->start_mono_ns,
        .ns_per_tick = ns_per_tick(raw),
        .samples_taken = raw->samples_taken,
        .samples_lost = raw->samples_lost,
        .samples_unbacked = raw->samples_unbacked,
        .lost_contexts = raw->lost_contexts,
        .lost_events = raw->lost_events,
        .async_calls = raw->async_calls,
        .chained_calls = raw->chained_calls,
        .probe_count_ps = raw->probe_count_ps,
        .probe_timed_ps = raw->probe_timed_ps,
        .probe_inside_ps = raw->probe_inside_ps,
        .hooks_lo = raw->hooks_lo,
        .hooks_hi = raw->hooks_hi,
        .cpu_ns = raw->cpu_ns,
        .sampler_cpu_ns = raw->sampler_cpu_ns,
        .sleep = {raw->hooks_left, raw->sites_asleep, raw->sites_refused, raw->sites_inlined, raw->sites_unknown}};
}

static int copy_texts(struct rc_loading *loading, const struct rf_process *raw) {
    struct rc_process *out = loading->process;
    out->failure = rc_load_text(loading, raw->failure, sizeof raw->failure);
    out->exe = rc_load_text(loading, raw->exe, sizeof raw->exe);
    out->cmdline = rc_text_join(raw->cmdline, sizeof raw->cmdline);
    if (!out->cmdline)
        return rc_fail(loading->err, "%s: no memory to load it", loading->image->path);
    return out->failure && out->exe ? 0 : -1;
}

static int by_ordinal(const void *left, const void *right) {
    const struct rf_thread *a = *(const struct rf_thread *const *)left, *b = *(const struct rf_thread *const *)right;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

static void copy_thread(struct rc_thread *out, const struct rf_thread *raw) {
    *out = (struct rc_thread){.ordinal = raw->ordinal,
                              .tid = raw->tid,
                              .lives = raw->lives,
                              .alive = raw->alive != 0,
                              .traced = raw->traced != 0,
                              .start = raw->start,
                              .end = raw->end,
                              .cpu_ns = raw->cpu_ns > raw->lived_cpu_ns ? raw->cpu_ns : raw->lived_cpu_ns,
                              .wall_ns = raw->wall_ns,
                              .lived_ticks = raw->lived_ticks,
                              .off_ns = raw->off_ns,
                              .ticks_taken = raw->ticks_taken,
                              .ticks_lost = raw->ticks_lost,
                              .lost_contexts = raw->lost_contexts,
                              .unmatched_exits = raw->unmatched_exits,
                              .switches = raw->switches};
    memcpy(out->name, raw->name, sizeof out->name - 1);
    rc_text_clean(out->name);
}

static int load_threads(struct rc_loading *loading) {
    size_t n = 0;
    loading->threads = rc_load_room(loading, loading->n_spans, sizeof *loading->threads);
    if (!loading->threads)
        return -1;
    for (size_t i = 0; i < loading->n_spans; i++) {
        const struct rc_span *span = loading->spans + i;
        const struct rf_thread *raw = rc_span_bytes(loading->image, span);
        if (span->kind != RF_THREAD)
            continue;
        if (raw->ordinal != span->thread)
            return rc_fail(loading->err, "%s: is damaged: thread number %u is described as another; record again",
                           loading->image->path, span->thread);
        loading->threads[n++] = raw;
    }
    qsort(loading->threads, n, sizeof *loading->threads, by_ordinal);
    struct rc_thread *out = rc_load_room(loading, n, sizeof *out);
    if (!out)
        return -1;
    loading->process->threads = out;
    for (size_t i = 0; i < n; i++) {
        if (i && loading->threads[i]->ordinal == loading->threads[i - 1]->ordinal)
            return rc_fail(loading->err, "%s: is damaged: two threads have number %u; record again",
                           loading->image->path, loading->threads[i]->ordinal);
        copy_thread(out + i, loading->threads[i]);
    }
    loading->process->n_threads = n;
    return 0;
}

static int copy_module(struct rc_loading *loading, struct rc_module *out, const struct rf_module *raw) {
    *out = (struct rc_module){.start = raw->start,
                              .end = raw->end,
                              .bias = raw->bias,
                              .loaded = raw->loaded,
                              .generation = raw->generation,
                              .build_id_size = raw->build_id_size};
    memcpy(out->build_id, raw->build_id, sizeof out->build_id);
    /* Not cleaned: it names a file. */
    out->path = strndup(raw->path, sizeof raw->path);
    if (!out->path)
        return rc_fail(loading->err, "%s: no memory to load it", loading->image->path);
    return 0;
}

static int load_modules(struct rc_loading *loading) {
    struct rc_table table;
    if (rc_load_table(loading, &table, RF_MODULES, sizeof(struct rf_module)))
        return -1;
    struct rc_process *process = loading->process;
    process->modules = rc_load_room(loading, table.total, sizeof *process->modules);
    if (!process->modules)
        return -1;
    for (size_t s = 0; s < table.n; s++)
        for (uint32_t i = 0; i < table.spans[s].records; i++) {
            const struct rf_module *raw = rc_table_record(&table, table.spans + s, i);
            if (raw->end <= raw->start || raw->build_id_size > sizeof raw->build_id)
                ++*loading->damage;
            else if (copy_module(loading, process->modules + process->n_modules, raw))
                return -1;
            else
                process->n_modules++;
        }
    return 0;
}

int rc_load_process(struct rc_loading *loading) {
    const struct rf_process *raw = rc_span_bytes(loading->image, loading->spans);
    copy_numbers(loading->process, raw);
    loading->base = raw->base;
    if (copy_texts(loading, raw) || load_threads(loading))
        return -1;
    return load_modules(loading);
}
