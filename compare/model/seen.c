/* Calls as the sampler saw them: how many different ones, and how many there must have been at least. */
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
    uint64_t samples, stamp;
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

static void count(const struct rc_process *process, struct seen_call *const *of_path) {
    for (size_t i = 0; i < process->n_samples; i++) {
        for (uint32_t p = process->samples[i].path; p != RC_NONE; p = process->paths[p].caller) {
            struct seen_call *call = of_path[p];
            if (!call || call->stamp == i + 1)
                continue;
            call->stamp = i + 1;
            call->samples++;
        }
    }
}

static int count_part(const struct rc_part *part, struct sums *sums) {
    size_t n = part->process->n_paths, used = 0;
    struct seen_call *calls = calloc(n + 1, sizeof *calls);
    struct seen_call **of_path = calloc(n + 1, sizeof *of_path);
    int result = calls && of_path ? identify(part, calls, &used, of_path) : -1;
    if (result == 0) {
        count(part->process, of_path);
        for (size_t i = 0; i < used; i++) {
            struct sums *sum = &sums[calls[i].function];
            bool async = calls[i].key.call & RF_CALL_ASYNC;
            sum->distinct[async] += calls[i].samples > 0;
            sum->once[async] += calls[i].samples == 1;
            sum->twice[async] += calls[i].samples == 2;
        }
    }
    free(calls);
    free(of_path);
    return result;
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
        seen->estimated_calls = rc_chao1(seen->distinct_calls, seen->calls_once, seen->calls_twice);
        seen->estimated_calls_low = rc_chao1_low(seen->distinct_calls, seen->calls_once, seen->calls_twice, RC_Z95);
    }
    free(sums);
    return result ? rc_no_memory(build->err) : 0;
}
