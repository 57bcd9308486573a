/* Calls as the sampler saw them: how many different ones, and how many there must have been at least. */
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/paths.h"
#include "compare/model/statistics.h"

/* Each entry of the path tree shows one call, and several entries may show the same. */
struct calls {
    const struct rc_part *part;
    uint32_t *of_path; /* the call's number; RC_NONE: not told */
    uint32_t *paths;   /* that show a call: by what it is a call of, then by call */
    uint32_t *begin;   /* where each of those begins in `paths` */
    uint32_t n;
};

struct sums { /* of one function: plain and async calls */
    uint64_t distinct[2], once[2], twice[2];
};

/* A plain call's number is its context's own; an async one's is the process's, and a function's clones are one. */
static uint32_t owner_of(const struct rc_part *part, const struct rc_path *path) {
    uint32_t function = part->work[path->node].function;
    if (function == RC_NONE || !path->call) /* which call it was is no longer told when there were too many */
        return RC_NONE;
    return path->call & RF_CALL_ASYNC ? (uint32_t)part->process->n_nodes + function : path->node;
}

static int by_call(const void *left, const void *right, void *context) {
    const uint32_t *a = left, *b = right;
    const struct rc_path *paths = context;
    return (paths[*a].call > paths[*b].call) - (paths[*a].call < paths[*b].call);
}

/* Brings the paths of one owner together. `begin` has an element for each owner, and one more. */
static void sort_by_owner(struct calls *calls, size_t owners) {
    const struct rc_process *process = calls->part->process;
    for (size_t p = 0; p < process->n_paths; p++) {
        uint32_t owner = owner_of(calls->part, &process->paths[p]);
        if (owner != RC_NONE)
            calls->begin[owner]++;
    }
    for (size_t o = 1; o <= owners; o++)
        calls->begin[o] += calls->begin[o - 1];
    for (size_t p = process->n_paths; p-- > 0;) {
        uint32_t owner = owner_of(calls->part, &process->paths[p]);
        if (owner != RC_NONE)
            calls->paths[--calls->begin[owner]] = (uint32_t)p;
    }
}

/* Numbers the calls. */
static void identify(struct calls *calls, size_t owners) {
    const struct rc_path *paths = calls->part->process->paths;
    for (size_t p = 0; p < calls->part->process->n_paths; p++)
        calls->of_path[p] = RC_NONE;
    for (size_t o = 0; o < owners; o++) {
        uint32_t begin = calls->begin[o], n = calls->begin[o + 1] - begin, *own = calls->paths + begin;
        if (n > 1)
            qsort_r(own, n, sizeof *own, by_call, calls->part->process->paths);
        for (uint32_t i = 0; i < n; i++) {
            calls->n += i == 0 || paths[own[i]].call != paths[own[i - 1]].call;
            calls->of_path[own[i]] = calls->n - 1;
        }
    }
}

static int calls_open(struct calls *calls, const struct rc_part *part, size_t functions) {
    size_t n = part->process->n_paths, owners = part->process->n_nodes + functions;
    *calls = (struct calls){.part = part,
                            .of_path = malloc((n + 1) * sizeof *calls->of_path),
                            .paths = malloc((n + 1) * sizeof *calls->paths),
                            .begin = calloc(owners + 2, sizeof *calls->begin)};
    if (!calls->of_path || !calls->paths || !calls->begin)
        return -1;
    sort_by_owner(calls, owners);
    identify(calls, owners);
    return 0;
}

static void calls_close(struct calls *calls) {
    free(calls->of_path);
    free(calls->paths);
    free(calls->begin);
}

/* Samples that show each call: those of its outermost entries, as far as one lies inside another. */
static void count(const struct calls *calls, const uint32_t *order, const uint32_t *below, uint32_t *open,
                  uint32_t *samples) {
    const struct rc_process *process = calls->part->process;
    uint32_t here = RC_NONE;
    for (size_t i = 0; i < process->n_paths; i++) {
        for (; here != process->paths[order[i]].caller; here = process->paths[here].caller)
            if (calls->of_path[here] != RC_NONE)
                open[calls->of_path[here]]--;
        here = order[i];
        uint32_t call = calls->of_path[here];
        if (call != RC_NONE && open[call]++ == 0)
            samples[call] += below[here];
    }
}

static void sum_up(const struct calls *calls, const uint32_t *samples, struct sums *sums) {
    for (uint32_t i = 0, next = 0; next < calls->n; i++) {
        const struct rc_path *path = &calls->part->process->paths[calls->paths[i]];
        if (calls->of_path[calls->paths[i]] != next)
            continue; /* another entry of the same call */
        struct sums *sum = &sums[calls->part->work[path->node].function];
        bool async = path->call & RF_CALL_ASYNC;
        sum->distinct[async] += samples[next] > 0;
        sum->once[async] += samples[next] == 1;
        sum->twice[async] += samples[next] == 2;
        next++;
    }
}

static int count_part(const struct rc_part *part, size_t functions, struct sums *sums) {
    struct calls calls;
    int result = calls_open(&calls, part, functions);
    uint32_t *order = rc_paths_order(part->process), *below = rc_paths_samples(part->process);
    uint32_t *open = calloc((size_t)calls.n + 1, sizeof *open), *samples = calloc((size_t)calls.n + 1, sizeof *samples);
    if (!order || !below || !open || !samples)
        result = -1;
    if (result == 0) {
        count(&calls, order, below, open, samples);
        sum_up(&calls, samples, sums);
    }
    free(order);
    free(below);
    free(open);
    free(samples);
    calls_close(&calls);
    return result;
}

int rc_count_seen_calls(struct rc_build *build) {
    struct sums *sums = calloc(build->report->n_functions + 1, sizeof *sums);
    int result = sums ? 0 : -1;
    for (size_t i = 0; i < build->n_parts && result == 0; i++)
        result = count_part(&build->parts[i], build->report->n_functions, sums);
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
