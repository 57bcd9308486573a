/* Calls as the sampler saw them: how many different ones, and how many there must have been at least. */
#include <math.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"
#include "compare/model/statistics.h"

struct call_key {
    uint64_t call;  /* with RF_CALL_ASYNC: unique in the process; else the node's count */
    uint64_t owner; /* the function of an async call (its clones are one), else the node */
};

struct seen_call {
    struct call_key key;
    uint32_t function;
    uint64_t visits; /* samples, those in a row of its thread's taken for one */
    uint64_t last;   /* the sample of the thread that saw it last, from 1 */
    uint32_t thread;
    UT_hash_handle hh;
};

struct sums { /* of one function: plain and async calls */
    uint64_t distinct[2], once[2], twice[2];
};

/* Gives each entry of the path tree the call it shows. */
static int identify(const struct rc_part *part, struct seen_call *calls, size_t *used, struct seen_call **of_path) {
    struct seen_call *by_key = NULL;
    int result = 0;
    for (size_t p = 0; p < part->process->n_paths && result == 0; p++) {
        const struct rc_path *path = &part->process->paths[p];
        uint32_t function = part->work[path->node].function;
        bool async = path->call & RF_CALL_ASYNC;
        struct call_key key = {path->call, async ? function : path->node};
        struct seen_call *call = NULL;
        if (function == RC_NONE || !path->call) /* which call it was is no longer told when there were too many */
            continue;
        HASH_FIND(hh, by_key, &key, sizeof key, call);
        if (!call) {
            call = &calls[(*used)++];
            call->key = key;
            call->function = function;
            HASH_ADD(hh, by_key, key, sizeof call->key, call);
            result = call->hh.tbl ? 0 : -1;
        }
        of_path[p] = call;
    }
    HASH_CLEAR(hh, by_key);
    return result;
}

static void see(struct seen_call *call, uint32_t thread, uint64_t now) {
    bool in_a_row = call->thread == thread && call->last && call->last + 1 >= now;
    call->visits += !in_a_row;
    call->thread = thread;
    call->last = now;
}

/* `taken` counts the samples of each thread, and behind them those of none that is known. */
static void count(const struct rc_process *process, struct seen_call *const *of_path, uint64_t *taken) {
    for (size_t i = 0; i < process->n_samples; i++) {
        const struct rc_sample *sample = &process->samples[i];
        uint64_t now = ++taken[sample->thread == RC_NONE ? process->n_threads : sample->thread];
        for (uint32_t p = sample->path; p != RC_NONE; p = process->paths[p].caller)
            if (of_path[p])
                see(of_path[p], sample->thread, now);
    }
}

static int count_part(const struct rc_part *part, struct sums *sums) {
    size_t n = part->process->n_paths, used = 0;
    struct seen_call *calls = calloc(n + 1, sizeof *calls);
    struct seen_call **of_path = calloc(n + 1, sizeof *of_path);
    uint64_t *taken = calloc(part->process->n_threads + 1, sizeof *taken);
    int result = calls && of_path && taken ? identify(part, calls, &used, of_path) : -1;
    if (result == 0) {
        count(part->process, of_path, taken);
        for (size_t i = 0; i < used; i++) {
            struct sums *sum = &sums[calls[i].function];
            bool async = calls[i].key.call & RF_CALL_ASYNC;
            sum->distinct[async] += calls[i].visits > 0;
            sum->once[async] += calls[i].visits == 1;
            sum->twice[async] += calls[i].visits == 2;
        }
    }
    free(calls);
    free(of_path);
    free(taken);
    return result;
}

/* How often, on average, a call was there to be seen: its slices, as if there were fewer, as they are not of one
 * length. A plain call is there once: ticks meet it in a row or not at all, and say nothing of how many others there
 * were. */
static double occasions(const struct rc_function *function) {
    static const double UNEVEN = 4; /* one plus the squared coefficient of variation of their lengths */
    return function->calls ? fmax(1, (double)function->entries / (double)function->calls / UNEVEN) : 1;
}

/* Of several processes, one may go on with a call that another began before it forked. */
static bool contradicts(const struct rc_report *report, const struct rc_function *function) {
    return report->n_parts == 1 && function->hooked && !function->body_unhooked && function->calls &&
           function->seen.distinct_calls > function->calls;
}

int rc_count_seen_calls(struct rc_build *build) {
    struct sums *sums = calloc(build->report->n_functions + 1, sizeof *sums);
    int result = sums ? 0 : -1;
    for (size_t i = 0; i < build->n_parts && result == 0; i++)
        result = count_part(&build->parts[i], sums);
    for (size_t f = 0; f < build->report->n_functions && result == 0; f++) {
        struct rc_seen *seen = &build->report->functions[f].seen;
        bool async = sums[f].distinct[1] > 0; /* then its plain frames are ramps, or entries not yet announced */
        seen->distinct_calls = sums[f].distinct[async];
        seen->calls_once = sums[f].once[async];
        seen->calls_twice = sums[f].twice[async];
        struct rc_sightings sightings = {seen->distinct_calls, seen->calls_once, seen->calls_twice,
                                         async ? occasions(&build->report->functions[f]) : 1};
        seen->estimated_calls = rc_chao(&sightings);
        seen->estimated_calls_low = rc_chao_low(&sightings, RC_Z95);
        seen->contradicted = contradicts(build->report, &build->report->functions[f]);
    }
    free(sums);
    return result ? rc_no_memory(build->err) : 0;
}
