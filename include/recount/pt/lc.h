/*
 * Local continuations for protothreads: the place where a function goes on, as a line number in one word. After A.
 * Dunkels' interface, so that a program built against that finds the same names here. A line holds at most one
 * LC_SET, and LC_SET cannot stand inside a switch of the function's own.
 */
#ifndef __LC_H__ /* the name that other lc.h use: the two never meet in one file */
#define __LC_H__

typedef unsigned short lc_t;

/* clang-format off */
/** No place yet: LC_RESUME begins at the top. */
#define LC_INIT(s) ((s) = 0)
/** Opens the part that is resumed: goes on where LC_SET was last. */
#define LC_RESUME(s)                                                                                                   \
    switch (s) {                                                                                                       \
    case 0:
/** From here LC_RESUME goes on. */
#define LC_SET(s)                                                                                                      \
    (s) = __LINE__;                                                                                                    \
    __attribute__((fallthrough));                                                                                      \
    case __LINE__:
/** Closes what LC_RESUME opened. */
#define LC_END(s)                                                                                                      \
    }
/* clang-format on */

#endif
