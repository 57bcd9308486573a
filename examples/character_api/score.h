/* The game's arithmetic: pure functions of numbers. */
#ifndef CHARACTER_API_SCORE_H
#define CHARACTER_API_SCORE_H

#include <stddef.h>
#include <stdint.h>

#define LEVEL_MOST 60

/* Weights and capacities are in tens of grams. */
struct item {
    int64_t worth, weight;
};

struct dice {
    int64_t count, sides;
};

/** The level, 1 to LEVEL_MOST, that this much experience reaches; each level costs more than the one before. */
int level_of(int64_t experience);

/** The most worth that can be carried in items whose weights add up to `capacity` or less. -1 without memory. */
int64_t best_load(const struct item *items, size_t count, int64_t capacity);

/** The damage that all these dice, thrown together, reach or exceed in half of the throws. -1 without memory. */
int64_t median_damage(const struct dice *dice, size_t count);

#endif
