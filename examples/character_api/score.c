#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MOST 10000
#define DAMAGE_MOST 10000

int level_of(int64_t experience) {
    double needed = 0;
    int level = 1;
    while (level < LEVEL_MOST) {
        needed += 100 * pow(level, 1.35) + 40 * log1p(level);
        if (needed > (double)experience)
            break;
        level++;
    }
    return level;
}

/* The 0/1 knapsack: best[w] is the most worth that weighs w or less. */
int64_t best_load(const struct item *items, size_t count, int64_t capacity) {
    if (capacity < 0 || capacity > CAPACITY_MOST)
        capacity = capacity < 0 ? 0 : CAPACITY_MOST;
    int64_t *best = calloc((size_t)capacity + 1, sizeof *best);
    if (!best)
        return -1;
    for (size_t i = 0; i < count; i++)
        for (int64_t w = capacity; items[i].weight >= 0 && w >= items[i].weight; w--) {
            int64_t with = best[w - items[i].weight] + items[i].worth;
            if (with > best[w])
                best[w] = with;
        }
    int64_t worth = best[capacity];
    free(best);
    return worth;
}

/* Adds one die: the chance of a sum is the mean of the chances of the `sides` sums below it. */
static void throw_one(double *chance, double *scratch, int64_t highest, int64_t sides) {
    double window = 0;
    for (int64_t sum = 0; sum <= highest + sides; sum++) {
        scratch[sum] = window / (double)sides;
        window += sum <= highest ? chance[sum] : 0;
        if (sum >= sides)
            window -= chance[sum - sides];
    }
    memcpy(chance, scratch, (size_t)(highest + sides + 1) * sizeof *chance);
}

static int64_t median(const double *chance, int64_t highest) {
    double below = 0;
    int64_t sum = 0;
    while (sum < highest && (below += chance[sum]) < 0.5)
        sum++;
    return sum;
}

int64_t median_damage(const struct dice *dice, size_t count) {
    double *chance = calloc(2 * (DAMAGE_MOST + 1), sizeof *chance);
    int64_t highest = 0;
    if (!chance)
        return -1;
    chance[0] = 1;
    for (size_t i = 0; i < count; i++)
        for (int64_t n = 0; n < dice[i].count && dice[i].sides > 0 && highest + dice[i].sides <= DAMAGE_MOST; n++) {
            throw_one(chance, chance + DAMAGE_MOST + 1, highest, dice[i].sides);
            highest += dice[i].sides;
        }
    int64_t damage = median(chance, highest);
    free(chance);
    return damage;
}
