/*
 * Points where a model thread may be left: before and after each atomic operation of what is included behind this, by
 * macros in the operations' place. The time stamp counter goes by fours.
 */
#ifndef RECOUNT_TESTS_POINTS_H
#define RECOUNT_TESTS_POINTS_H

#include <stdatomic.h>
#include <stdint.h>

#include "tests/unit/turns/schedule.h"

/** Leaves the thread, if the order matters at `word`. @return what the point after the operation is told */
static const void *before_point(const void *word);

#define AROUND(word, operation)                                                                                        \
    __extension__({                                                                                                    \
        const void *at_ = before_point(word);                                                                          \
        __auto_type value_ = (operation);                                                                              \
        schedule_point(at_);                                                                                           \
        value_;                                                                                                        \
    })
#define WRITES(word, operation)                                                                                        \
    __extension__({                                                                                                    \
        const void *at_ = before_point(word);                                                                          \
        schedule_written(at_);                                                                                         \
        __auto_type value_ = (operation);                                                                              \
        schedule_point(at_);                                                                                           \
        value_;                                                                                                        \
    })

static uint64_t ticks;
static uint64_t model_ticks(void) {
    return ticks += 4;
}

#define rt_ticks model_ticks
#undef atomic_load
#undef atomic_compare_exchange_strong
#define atomic_load(word) AROUND(word, atomic_load_explicit(word, memory_order_seq_cst))
#define atomic_compare_exchange_strong(word, before, after)                                                            \
    WRITES(word,                                                                                                       \
           atomic_compare_exchange_strong_explicit(word, before, after, memory_order_seq_cst, memory_order_seq_cst))
#define __atomic_load_n(word, order) AROUND(word, __atomic_load_n(word, order))
#define __atomic_store_n(word, value, order) (void)WRITES(word, (__atomic_store_n(word, value, order), 0))
#define __atomic_exchange_n(word, value, order) WRITES(word, __atomic_exchange_n(word, value, order))
#define __atomic_compare_exchange_n(word, before, after, weak, won, lost)                                              \
    WRITES(word, __atomic_compare_exchange_n(word, before, after, weak, won, lost))
#define rt_swap_two(words, before, after) WRITES((const uint64_t *)(words) + 1, rt_swap_two(words, before, after))

#endif
