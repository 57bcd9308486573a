/* Where the on-CPU samples are: in code with hooks, in probes, or in one of the blind spots, and under which function.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/blind_build.h"
#include "compare/model/build.h"
#include "compare/model/spread.h"
#include "compare/model/statistics.h"

static const char NO_HOOK_AROUND[] = "[no hook entered]";

struct known { /* a place by its kind and names */
    char *key;
    uint32_t place;
    UT_hash_handle hh;
};

struct looking {
    struct rc_blind *blind;
    const struct rc_report *report;
    const struct rc_resolved *part;
    const struct rc_lookup *lookup;
    uint32_t *inlined; /* by context of the part: of the calls inlined there the one entered most often, if more often
                          than the context itself; RC_NONE: none */
    bool *own;         /* by function: its object has hooks */
    struct known *known;
    struct rc_look *looks; /* one a sample. `what`: its kind, or its place behind the kinds; `sample`: whose hook */
    size_t n;
};

/* ---- one sample ---- */

static const struct rc_function *function_at(const struct looking *l, uint32_t function) {
    return function == RC_NONE ? NULL : &l->report->functions[function];
}

static bool is_hook_code(const struct rc_process *process, const struct rc_native *native) {
    uint64_t ip = native->ip - !native->leaf;
    return ip >= process->hooks_lo && ip < process->hooks_hi;
}

/* In the hooks, or called by them: no function with hooks lies between. Or in an adapter of ours itself. */
static bool in_probe(const struct looking *l, const struct rc_sample *sample) {
    const struct rc_process *process = l->part->process;
    if (sample->flags & RF_SAMPLE_IN_PROBE)
        return true;
    if (sample->native != RC_NONE && l->part->native_function[sample->native] == RC_NONE)
        return true;
    for (uint32_t n = sample->native; n != RC_NONE; n = process->natives[n].caller) {
        const struct rc_function *function = function_at(l, l->part->native_function[n]);
        if (function && function->hooked)
            return false;
        if (is_hook_code(process, &process->natives[n]))
            return true;
    }
    return false;
}

static const struct rc_function *leaf_of(const struct looking *l, const struct rc_sample *sample) {
    const struct rc_process *process = l->part->process;
    return sample->path == RC_NONE ? NULL : function_at(l, l->part->node_function[process->paths[sample->path].node]);
}

/* The innermost function with hooks on the native stack, else the tracer's innermost open call. */
static const struct rc_function *around(const struct looking *l, const struct rc_sample *sample) {
    for (uint32_t n = sample->native; n != RC_NONE; n = l->part->process->natives[n].caller) {
        const struct rc_function *function = function_at(l, l->part->native_function[n]);
        if (function && function->hooked && !rc_slept_in(l->part, l->part->native_function[n]))
            return function;
    }
    return leaf_of(l, sample);
}

/* A function of that name in the same object sleeps: inlined, it has no place of its own to be known by. */
static bool sleeps(const struct looking *l, const char *name, const char *object) {
    for (size_t f = 0; f < l->report->n_functions && l->report->n_asleep; f++)
        if (l->report->functions[f].asleep && strcmp(l->report->functions[f].name, name) == 0 &&
            strcmp(l->report->functions[f].object, object) == 0)
            return true;
    return false;
}

/* Code of a function with hooks may be another's, inlined: seen if the tracer has that one open, or is its own. */
static enum rc_sight_kind look_inside(const struct looking *l, const struct rc_sample *sample,
                                      const struct rc_function *function, const struct rc_native *native,
                                      const char **name) {
    const struct rc_function *leaf = leaf_of(l, sample);
    if (!l->lookup->inlined(l->lookup->context, native->ip - !native->leaf, name, 1))
        return RC_SEEN_HOOKED;
    if (leaf && strcmp(leaf->name, *name) == 0)
        return RC_SEEN_HOOKED;
    return sleeps(l, *name, function->object) ? RC_BLIND_ASLEEP : RC_BLIND_INLINED;
}

/* @param name, object  of the blind spot */
static enum rc_sight_kind look_at(const struct looking *l, const struct rc_sample *sample, const char **name,
                                  const char **object) {
    const struct rc_process *process = l->part->process;
    uint32_t n = sample->native;
    if (in_probe(l, sample))
        return RC_SEEN_PROBE;
    while (n != RC_NONE && l->part->native_function[n] == RC_NONE)
        n = process->natives[n].caller;
    if (n == RC_NONE)
        return leaf_of(l, sample) ? RC_SEEN_HOOKED : RC_SEEN_NOWHERE;
    const struct rc_function *function = function_at(l, l->part->native_function[n]);
    *name = function->name;
    *object = function->object;
    if (sample->flags & RF_SAMPLE_IN_KERNEL)
        return RC_BLIND_KERNEL;
    if (rc_slept_in(l->part, l->part->native_function[n]))
        return RC_BLIND_ASLEEP;
    if (function->hooked)
        return look_inside(l, sample, function, &process->natives[n], name);
    if (function->asleep)
        return RC_BLIND_ASLEEP;
    return l->own[l->part->native_function[n]] ? RC_BLIND_NO_HOOK : RC_BLIND_LIBRARY;
}

/* ---- places ---- */

static uint32_t place_new(struct looking *l, enum rc_sight_kind kind, const char *name, const char *object) {
    struct rc_blind *blind = l->blind;
    if (rc_grow((void **)&blind->places, blind->n_places, sizeof *blind->places))
        return RC_NONE;
    blind->places[blind->n_places] = (struct rc_blind_place){.kind = kind, .name = name, .object = object};
    return (uint32_t)blind->n_places++;
}

static uint32_t place_of(struct looking *l, enum rc_sight_kind kind, const char *name, const char *object) {
    char key[2 * 4096 + 8];
    struct known *known = NULL;
    int length = snprintf(key, sizeof key, "%d\n%.4095s\n%.4095s", (int)kind, name, object);
    HASH_FIND(hh, l->known, key, (size_t)length, known);
    if (known)
        return known->place;
    known = calloc(1, sizeof *known);
    if (!known)
        return RC_NONE;
    known->key = strdup(key);
    known->place = known->key ? place_new(l, kind, name, object) : RC_NONE;
    if (known->place != RC_NONE) {
        HASH_ADD_KEYPTR(hh, l->known, known->key, (size_t)length, known);
        if (known->hh.tbl)
            return known->place;
    }
    free(known->key);
    free(known);
    return RC_NONE;
}

static int take_place(struct looking *l, const struct rc_sample *sample, enum rc_sight_kind kind, const char *name,
                      const char *object, uint32_t *what) {
    const struct rc_function *under = around(l, sample);
    uint32_t place = place_of(l, kind, name, object);
    if (place == RC_NONE)
        return -1;
    *what = RC_SIGHT_KINDS + place;
    return rc_tally_add(&l->blind->places[place].under, under ? under->name : NO_HOOK_AROUND, NULL, 1);
}

/*
 * Whose hook it was in. A compiler may reach the exit hook by a jump, when the function's frame is gone: then the open
 * call is one that the function around was the caller of. An entry hook of what was inlined there has opened no call
 * yet.
 */
static uint32_t probed(const struct looking *l, const struct rc_sample *sample) {
    const struct rc_process *process = l->part->process;
    const struct rc_function *native = around(l, sample);
    if (!native || !leaf_of(l, sample))
        return native ? (uint32_t)(native - l->report->functions) : RC_NONE;
    uint32_t leaf = process->paths[sample->path].node, node = leaf, parent = process->nodes[leaf].parent;
    bool left = parent != RC_NONE && function_at(l, l->part->node_function[parent]) == native;
    while (process->nodes[node].flags & RF_NODE_INLINED && process->nodes[node].parent != RC_NONE)
        node = process->nodes[node].parent;
    bool inside = function_at(l, l->part->node_function[node]) == native;
    if (inside && l->inlined[leaf] != RC_NONE)
        return l->inlined[leaf];
    return inside || left ? l->part->node_function[leaf] : (uint32_t)(native - l->report->functions);
}

/* Parents come before their children, and a call site's home before it. */
static int find_inlined(struct looking *l) {
    const struct rc_process *process = l->part->process;
    uint64_t *most = calloc(process->n_nodes + 1, sizeof *most);
    l->inlined = malloc((process->n_nodes + 1) * sizeof *l->inlined);
    for (size_t n = 0; most && l->inlined && n < process->n_nodes; n++) {
        const struct rc_node *node = &process->nodes[n];
        l->inlined[n] = RC_NONE;
        most[n] = node->count;
        if (!(node->flags & RF_NODE_INLINED) || node->parent == RC_NONE || node->count <= most[node->parent])
            continue;
        most[node->parent] = node->count;
        l->inlined[node->parent] = l->part->node_function[n];
    }
    free(most);
    return most && l->inlined ? 0 : -1;
}

static int take_sample(struct looking *l, const struct rc_sample *sample) {
    const struct rc_process *process = l->part->process;
    const char *name = NULL, *object = NULL;
    enum rc_sight_kind kind = look_at(l, sample, &name, &object);
    uint32_t what = kind;
    if (kind >= RC_BLIND_LIBRARY && take_place(l, sample, kind, name, object, &what))
        return -1;
    double ticks = sample->time > process->start ? (double)(sample->time - process->start) : 0;
    l->looks[l->n++] = (struct rc_look){.stream = (uint64_t)(l->part - l->report->parts) << 32 | sample->thread,
                                        .time_ns = (double)process->start_mono_ns + ticks * process->ns_per_tick,
                                        .period_ns = sample->period_ns,
                                        .what = what,
                                        .sample = kind == RC_SEEN_PROBE ? probed(l, sample) : RC_NONE};
    return 0;
}

static int take_part(struct looking *l, const struct rc_resolved *part, const struct rc_lookup *lookup) {
    l->part = part;
    l->lookup = lookup;
    int result = find_inlined(l);
    for (size_t i = 0; i < part->process->n_samples && result == 0; i++)
        if (part->process->samples[i].kind == RF_ON_CPU)
            result = take_sample(l, &part->process->samples[i]);
    free(l->inlined);
    return result;
}

/* ---- shares ---- */

struct rc_sighted rc_sighted_of(const struct rc_spreads *all, const struct rc_spread *spread) {
    struct rc_sighted seen = {.samples = spread->hits, .high = 1};
    if (all->n_kish <= 0 || all->weight <= 0)
        return seen;
    seen.share = spread->weight / all->weight;
    double n = fmax(1, all->n_kish / fmax(spread->effect, 1e-9));
    struct rc_interval interval = rc_wilson(seen.share, n, rc_t975(spread->degrees));
    seen.low = interval.low;
    seen.high = interval.high;
    return seen;
}

/* Once for the places, and once for the kinds: each sample is in one of either. */
static int find_shares(struct looking *l) {
    struct rc_blind *blind = l->blind;
    struct rc_spreads spreads;
    int result = rc_spreads_find(&spreads, RC_SIGHT_KINDS + blind->n_places, l->looks, l->n);
    for (size_t i = 0; i < blind->n_places && result == 0; i++)
        blind->places[i].seen = rc_sighted_of(&spreads, &spreads.of[RC_SIGHT_KINDS + i]);
    free(spreads.of);
    if (result)
        return result;
    for (size_t i = 0; i < l->n; i++)
        if (l->looks[i].what >= RC_SIGHT_KINDS)
            l->looks[i].what = blind->places[l->looks[i].what - RC_SIGHT_KINDS].kind;
    result = rc_spreads_find(&spreads, RC_SIGHT_KINDS, l->looks, l->n);
    for (size_t k = 0; k < RC_SIGHT_KINDS && result == 0; k++)
        blind->kinds[k] = rc_sighted_of(&spreads, &spreads.of[k]);
    free(spreads.of);
    return result;
}

static int by_samples(const void *left, const void *right) {
    const struct rc_blind_place *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->seen.samples != b->seen.samples)
        return a->seen.samples < b->seen.samples ? 1 : -1;
    int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->object, b->object);
}

/* ---- the whole ---- */

static bool is_listed(const char *const *objects, size_t n, const char *object) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(objects[i], object) == 0)
            return true;
    return false;
}

/* Which functions lie in an object that some function has hooks in: these are few. */
static int find_own(struct looking *l) {
    const struct rc_report *report = l->report;
    const char **objects = NULL;
    size_t n = 0;
    for (size_t f = 0; f < report->n_functions; f++) {
        const struct rc_function *function = &report->functions[f];
        if (!function->hooked || is_listed(objects, n, function->object))
            continue;
        if (rc_grow((void **)&objects, n, sizeof *objects)) {
            free(objects);
            return -1;
        }
        objects[n++] = function->object;
    }
    for (size_t f = 0; f < report->n_functions; f++)
        l->own[f] = is_listed(objects, n, report->functions[f].object);
    free(objects);
    return 0;
}

static void forget(struct looking *l) {
    struct known *known, *next;
    HASH_ITER(hh, l->known, known, next) {
        HASH_DEL(l->known, known);
        free(known->key);
        free(known);
    }
    free(l->own);
}

int rc_blind_see(struct rc_blind *blind, const struct rc_report *report, const struct rc_lookup *lookups,
                 struct rc_look **looks) {
    size_t n = 0;
    for (size_t p = 0; p < report->n_parts; p++)
        n += report->parts[p].process->n_samples;
    struct looking l = {.blind = blind,
                        .report = report,
                        .own = calloc(report->n_functions + 1, sizeof *l.own),
                        .looks = calloc(n + 1, sizeof *l.looks)};
    int result = l.own && l.looks ? find_own(&l) : -1;
    for (size_t p = 0; p < report->n_parts && result == 0; p++)
        result = take_part(&l, &report->parts[p], &lookups[report->parts[p].process - report->profile->processes]);
    blind->samples = l.n;
    if (result == 0)
        result = find_shares(&l);
    forget(&l);
    *looks = l.looks;
    if (result)
        return -1;
    if (blind->n_places)
        qsort(blind->places, blind->n_places, sizeof *blind->places, by_samples);
    for (size_t i = 0; i < blind->n_places; i++)
        rc_tally_sort(&blind->places[i].under);
    return 0;
}
