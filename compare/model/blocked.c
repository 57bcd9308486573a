/*
 * Time off the CPU. How much of it a thread had is known from its CPU clock; in which context, only the sampler's looks
 * tell, and waits shorter than the distance of two looks are met by chance. What the looks missed is given to the
 * contexts that they found waiting, in proportion, or where they found none, to all; what they saw too much, by the
 * chance of when they came, is taken away again.
 */
#include <math.h>
#include <stdlib.h>

#include "compare/model/build.h"

static const double MATERIAL = 0.02; /* of the thread's time; the clocks are read one after the other */
enum { ROUNDS = 8 };                 /* contexts that are full leave the rest to the others */

struct balance { /* of one thread */
    double self, off;
    double open; /* of `off`: in contexts that can take more */
    double room; /* of `self`: that is not blocked yet */
};

/* A context that ran. They are gone through many times, and side by side that is cheap. */
struct place {
    double self, blocked;
    uint32_t node, thread;
};

struct places {
    struct place *items;
    size_t n;
};

/* First, what the looks found. */
static int find_places(const struct rc_part *part, struct places *out) {
    *out = (struct places){.items = malloc((part->process->n_nodes + 1) * sizeof *out->items)};
    for (uint32_t n = 0; out->items && n < part->process->n_nodes; n++) {
        struct rc_work *work = &part->work[n];
        work->self_blocked = fmin(work->off, work->self);
        uint32_t thread = part->process->nodes[n].thread;
        if (work->function != RC_NONE && thread < part->process->n_threads && work->self != 0)
            out->items[out->n++] = (struct place){work->self, work->self_blocked, n, thread};
    }
    return out->items ? 0 : -1;
}

static void sum(const struct rc_part *part, const struct places *places, struct balance *threads) {
    for (size_t t = 0; t < part->process->n_threads; t++)
        threads[t] = (struct balance){0};
    for (size_t i = 0; i < places->n; i++) {
        const struct place *place = &places->items[i];
        struct balance *thread = &threads[place->thread];
        thread->self += place->self;
        thread->off += place->blocked;
        if (place->blocked < place->self)
            thread->open += place->blocked;
        thread->room += place->self - place->blocked;
    }
}

/* How much longer the thread's contexts ran by the tracer's clock than by its CPU clock; 0 when that is not much. */
static double missed(const struct rc_part *part, const struct balance *balance, size_t thread) {
    double cpu = (double)part->process->threads[thread].cpu_ns;
    double missing = balance->self - balance->off - cpu;
    return cpu > 0 && missing > MATERIAL * balance->self ? missing : 0;
}

/* Of `missing`, what falls on a context: by how long it was found waiting, or by how long it was at all. */
static double part_of(const struct balance *balance, const struct place *place, double missing) {
    double room = place->self - place->blocked;
    if (balance->open > 0)
        return fmin(room, place->blocked * missing / balance->open);
    return balance->room > 0 ? fmin(room, room * missing / balance->room) : 0;
}

static bool spread(const struct rc_part *part, struct places *places, const struct balance *threads, double *inferred) {
    bool any = false;
    for (size_t i = 0; i < places->n; i++) {
        struct place *place = &places->items[i];
        uint32_t thread = place->thread;
        if (place->blocked >= place->self)
            continue;
        double missing = missed(part, &threads[thread], thread);
        double more = missing > 0 ? part_of(&threads[thread], place, missing) : 0;
        if (more <= 0)
            continue;
        place->blocked += more;
        *inferred += more;
        any = true;
    }
    return any;
}

/* The thread was on a CPU for at least so long inside of its contexts: the rest of its life has room for no more. */
static double least_running(const struct rc_part *part, const struct balance *balance, size_t thread) {
    const struct rc_thread *life = &part->process->threads[thread];
    double wall = fmax((double)life->wall_ns, rc_ns(part, (double)life->lived_ticks));
    return fmax(0, (double)life->cpu_ns - fmax(0, wall - balance->self));
}

static void take_back(const struct rc_part *part, struct places *places, const struct balance *threads) {
    for (size_t i = 0; i < places->n; i++) {
        struct place *place = &places->items[i];
        uint32_t thread = place->thread;
        if (place->blocked <= 0)
            continue;
        double most = fmax(0, threads[thread].self - least_running(part, &threads[thread], thread));
        if (threads[thread].off > most)
            place->blocked *= most / threads[thread].off;
    }
}

static double settle(const struct rc_part *part, struct places *places, struct balance *threads) {
    double inferred = 0;
    bool more = true;
    sum(part, places, threads);
    take_back(part, places, threads);
    for (int round = 0; round < ROUNDS && more; round++) {
        sum(part, places, threads);
        more = spread(part, places, threads, &inferred);
    }
    return inferred;
}

int rc_settle_blocked(struct rc_build *build, struct rc_part *part) {
    struct balance *threads = calloc(part->process->n_threads + 1, sizeof *threads);
    struct places places = {0};
    int result = threads ? find_places(part, &places) : -1;
    if (result == 0)
        build->report->off_inferred_ns += rc_whole(settle(part, &places, threads));
    for (size_t i = 0; i < places.n; i++)
        part->work[places.items[i].node].self_blocked = places.items[i].blocked;
    free(places.items);
    free(threads);
    return result ? rc_no_memory(build->err) : 0;
}
