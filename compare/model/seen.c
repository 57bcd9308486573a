/* Calls as the sampler saw them: how many different ones, and how many there must have been at least. */
#include <math.h>
#include <stdlib.h>

#include "compare/model/build.h"
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
    uint32_t function = part->resolved->node_function[path->node];
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

/* Of one call. */
struct visits {
    uint32_t n;      /* samples, those in a row of its thread's taken for one */
    uint32_t thread; /* of the sample that saw it last */
    uint64_t last;   /* which of that thread's samples, from 1 */
};

static void see(struct visits *call, uint32_t thread, uint64_t now) {
    bool in_a_row = call->thread == thread && call->last && call->last + 1 >= now;
    call->n += !in_a_row;
    call->thread = thread;
    call->last = now;
}

/* `taken` counts the samples of each thread, and behind them those of none that is known. */
static void count(const struct calls *calls, struct visits *visits, uint64_t *taken) {
    const struct rc_process *process = calls->part->process;
    for (size_t i = 0; i < process->n_samples; i++) {
        const struct rc_sample *sample = &process->samples[i];
        uint64_t now = ++taken[sample->thread == RC_NONE ? process->n_threads : sample->thread];
        for (uint32_t p = sample->path; p != RC_NONE; p = process->paths[p].caller)
            if (calls->of_path[p] != RC_NONE)
                see(&visits[calls->of_path[p]], sample->thread, now);
    }
}

static void sum_up(const struct calls *calls, const struct visits *visits, struct sums *sums) {
    for (uint32_t i = 0, next = 0; next < calls->n; i++) {
        const struct rc_path *path = &calls->part->process->paths[calls->paths[i]];
        if (calls->of_path[calls->paths[i]] != next)
            continue; /* another entry of the same call */
        struct sums *sum = &sums[calls->part->resolved->node_function[path->node]];
        bool async = path->call & RF_CALL_ASYNC;
        sum->distinct[async] += visits[next].n > 0;
        sum->once[async] += visits[next].n == 1;
        sum->twice[async] += visits[next].n == 2;
        next++;
    }
}

static int count_part(const struct rc_part *part, size_t functions, struct sums *sums) {
    struct calls calls;
    int result = calls_open(&calls, part, functions);
    struct visits *visits = calloc((size_t)calls.n + 1, sizeof *visits);
    uint64_t *taken = calloc(part->process->n_threads + 1, sizeof *taken);
    if (!visits || !taken)
        result = -1;
    if (result == 0) {
        count(&calls, visits, taken);
        sum_up(&calls, visits, sums);
    }
    free(visits);
    free(taken);
    calls_close(&calls);
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
        result = count_part(&build->parts[i], build->report->n_functions, sums);
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
