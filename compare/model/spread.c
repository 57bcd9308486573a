#include "compare/model/spread.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "compare/model/build.h"
#include "compare/model/statistics.h"

enum { SHORT, MIDDLE, LONG, PERIODS }; /* stretches by their period, a third of them each */

static const double SHORT_BELOW = 0.858, LONG_ABOVE = 1.142; /* of the mean period: it is drawn from 0.57 to 1.43 */
static const size_t STRETCH_LEAST = 16;                      /* ticks; the sampler's last some 25 */
static const size_t PAIRS_LEAST = 10;
static const size_t STRETCHES_LEAST = 5; /* of different periods, to say anything by them */
static const double HITS_LEAST = 5;      /* for an effect of its own */

struct stretch {
    uint64_t stream;
    size_t first, length;
    double period;
};

struct tally { /* of one function or context */
    double weight;
    uint64_t hits;
    uint64_t changes[2];              /* pairs one and two samples apart of which one alone is of it */
    uint64_t changes_within[PERIODS]; /* of those one apart: both in one stretch */
    uint64_t in_stretch, last_count;  /* of the present stretch; of the last one that had any, `last_stretch` - 1 */
    size_t last_stretch;
    double squares, fourths; /* sums over neighbouring stretches */
};

struct study {
    const struct rc_look *looks;
    size_t n;
    struct tally *tallies;
    struct stretch *stretches;
    size_t n_stretches, n_neighbours;
    double weight, squares; /* of the periods */
    uint64_t pairs[2], pairs_within[PERIODS];
    size_t redraws; /* neighbours of one stream whose period is not the same */
};

static int by_time(const void *left, const void *right) {
    const struct rc_look *a = left, *b = right;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    if (a->time_ns < b->time_ns || a->time_ns > b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return (a->sample > b->sample) - (a->sample < b->sample);
}

static struct tally *tally_of(const struct study *study, size_t i) {
    uint32_t what = study->looks[i].what;
    return what == RC_NONE ? NULL : &study->tallies[what];
}

static bool one_stretch(const struct rc_look *a, const struct rc_look *b) {
    return a->stream == b->stream && !(a->period_ns < b->period_ns) && !(a->period_ns > b->period_ns);
}

static void sum_weights(struct study *study) {
    for (size_t i = 0; i < study->n; i++) {
        struct tally *tally = tally_of(study, i);
        double period = study->looks[i].period_ns;
        study->weight += period;
        study->squares += period * period;
        if (tally) {
            tally->weight += period;
            tally->hits++;
        }
    }
}

/* Pairs that are `apart` + 1 samples apart. */
static void count_changes(struct study *study, size_t apart) {
    for (size_t i = 0; i + apart + 1 < study->n; i++) {
        if (study->looks[i].stream != study->looks[i + apart + 1].stream)
            continue;
        struct tally *a = tally_of(study, i), *b = tally_of(study, i + apart + 1);
        study->pairs[apart]++;
        if (a && a != b)
            a->changes[apart]++;
        if (b && a != b)
            b->changes[apart]++;
    }
}

static void count_changes_within(struct study *study) {
    double mean = study->weight / (double)study->n;
    for (size_t i = 0; i + 1 < study->n; i++) {
        const struct rc_look *look = &study->looks[i];
        if (!one_stretch(look, look + 1)) {
            study->redraws += look->stream == look[1].stream;
            continue;
        }
        unsigned kind = look->period_ns < SHORT_BELOW * mean  ? SHORT
                        : look->period_ns > LONG_ABOVE * mean ? LONG
                                                              : MIDDLE;
        struct tally *a = tally_of(study, i), *b = tally_of(study, i + 1);
        study->pairs_within[kind]++;
        if (a && a != b)
            a->changes_within[kind]++;
        if (b && a != b)
            b->changes_within[kind]++;
    }
}

/* ---- neighbouring stretches ---- */

static void find_stretches(struct study *study) {
    for (size_t first = 0, end; first < study->n; first = end) {
        const struct rc_look *look = &study->looks[first];
        for (end = first + 1; end < study->n && one_stretch(look, &study->looks[end]);)
            end++;
        if (end - first < STRETCH_LEAST)
            continue;
        study->stretches[study->n_stretches++] = (struct stretch){look->stream, first, end - first, look->period_ns};
        if (study->n_stretches > 1)
            study->n_neighbours += study->stretches[study->n_stretches - 2].stream == look->stream;
    }
}

/* Takes in the difference between stretch `at` and the one before it: a sample's variance if samples are independent.
 */
static void add_step(const struct study *study, struct tally *tally, size_t at, uint64_t before, uint64_t now) {
    const struct stretch *a = &study->stretches[at - 1], *b = &study->stretches[at];
    if (a->stream != b->stream)
        return;
    double length_a = (double)a->length, length_b = (double)b->length;
    double step = (double)now / length_b - (double)before / length_a;
    double mean_square = study->squares / (double)study->n;
    double heavy = (a->period * a->period + b->period * b->period) / (2 * mean_square);
    double square = step * step / (1 / length_a + 1 / length_b) * heavy;
    tally->squares += square;
    tally->fourths += square * square;
}

/* The count in stretch `at` is known: adds the steps from the last stretch that had any. */
static void close_stretch(const struct study *study, struct tally *tally, size_t at) {
    bool neighbour = tally->last_stretch && tally->last_stretch == at;
    if (tally->last_stretch && !neighbour)
        add_step(study, tally, tally->last_stretch, tally->last_count, 0);
    if (at)
        add_step(study, tally, at, neighbour ? tally->last_count : 0, tally->in_stretch);
    tally->last_count = tally->in_stretch;
    tally->last_stretch = at + 1;
    tally->in_stretch = 0;
}

static void compare_stretches(struct study *study, size_t n_what) {
    for (size_t s = 0; s < study->n_stretches; s++) {
        size_t first = study->stretches[s].first, end = first + study->stretches[s].length;
        for (size_t i = first; i < end; i++)
            if (tally_of(study, i))
                tally_of(study, i)->in_stretch++;
        for (size_t i = first; i < end; i++)
            if (tally_of(study, i) && tally_of(study, i)->in_stretch)
                close_stretch(study, tally_of(study, i), s);
    }
    for (size_t w = 0; w < n_what; w++) {
        struct tally *tally = &study->tallies[w];
        if (tally->last_stretch && tally->last_stretch < study->n_stretches)
            add_step(study, tally, tally->last_stretch, tally->last_count, 0);
    }
}

/* ---- what follows ---- */

static double rate(uint64_t changes, uint64_t pairs, double *variance) {
    double n = (double)pairs;
    *variance = ((double)changes + 1) / (n * n);
    return (double)changes / n;
}

/*
 * The further two looks are apart, the likelier it is that something else runs. Where looks that are less far apart
 * differ more often, the program goes in circles about as long as the sampler's period.
 */
static bool goes_in_circles(const struct study *study, const struct tally *tally) {
    static const double SURE = 2.3;
    for (unsigned near = SHORT; near < LONG; near++)
        for (unsigned far = near + 1; far <= LONG; far++) {
            double near_variance, far_variance;
            if (study->pairs_within[near] < PAIRS_LEAST || study->pairs_within[far] < PAIRS_LEAST)
                continue;
            double nearer = rate(tally->changes_within[near], study->pairs_within[near], &near_variance);
            double farther = rate(tally->changes_within[far], study->pairs_within[far], &far_variance);
            if (nearer - farther > SURE * sqrt(near_variance + far_variance))
                return true;
        }
    return false;
}

/* What the ticks of a stretch have in common, as far as it is more than chance; in units of the binomial variance. */
static double in_step(const struct study *study, const struct tally *tally, double binomial) {
    static const double SURE = 0.7;
    double n = (double)study->n_neighbours;
    if (study->n_neighbours < STRETCHES_LEAST - 1)
        return 0;
    double mean = tally->squares / n;
    double error = sqrt(fmax(0, tally->fourths / n - mean * mean) * 1.5 / n); /* neighbouring steps share a stretch */
    if (mean - binomial <= SURE * error)
        return 0;
    return mean / binomial - 1;
}

/* Those of one thread come in order. */
static void sort_looks(struct rc_look *looks, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (by_time(&looks[i - 1], &looks[i]) > 0) {
            qsort(looks, n, sizeof *looks, by_time);
            return;
        }
}

static void judge(const struct study *study, const struct tally *tally, struct rc_spread *spread) {
    *spread =
        (struct rc_spread){.weight = tally->weight, .hits = tally->hits, .effect = 1, .degrees = (double)study->n};
    double share = (double)tally->hits / (double)study->n, binomial = share * (1 - share);
    if ((double)tally->hits < HITS_LEAST || binomial <= 0 || !study->pairs[0] || !study->pairs[1])
        return;
    struct rc_nearness nearness = {.share = share,
                                   .n = (double)study->n,
                                   .apart_one = (double)tally->changes[0] / (double)study->pairs[0],
                                   .apart_two = (double)tally->changes[1] / (double)study->pairs[1]};
    double stratified = rc_stratified_effect(&nearness);
    bool drawn = study->redraws + 1 >= STRETCHES_LEAST; /* one period might be in step with anything */
    if (drawn && stratified < 0.9 && !goes_in_circles(study, tally)) {
        spread->effect = stratified;
        spread->degrees = fmax(3, (double)tally->changes[0]);
        return;
    }
    spread->effect = 1 + in_step(study, tally, binomial);
}

int rc_spreads_find(struct rc_spreads *out, size_t n_what, struct rc_look *looks, size_t n) {
    struct study study = {.looks = looks,
                          .n = n,
                          .tallies = calloc(n_what + 1, sizeof *study.tallies),
                          .stretches = calloc(n / STRETCH_LEAST + 1, sizeof *study.stretches)};
    *out = (struct rc_spreads){.of = calloc(n_what + 1, sizeof *out->of), .n = n_what};
    bool room = study.tallies && study.stretches && out->of;
    if (room && n) {
        sort_looks(looks, n);
        sum_weights(&study);
        count_changes(&study, 0);
        count_changes(&study, 1);
        count_changes_within(&study);
        find_stretches(&study);
        compare_stretches(&study, n_what);
        out->weight = study.weight;
        out->n_kish = study.squares > 0 ? study.weight * study.weight / study.squares : 0;
        for (size_t w = 0; w < n_what; w++)
            judge(&study, &study.tallies[w], &out->of[w]);
    }
    free(study.tallies);
    free(study.stretches);
    return room ? 0 : -1;
}
