/* Hooks that sleep. Async-signal-safe, and keeps errno. */
#ifndef RECOUNT_INSTRUMENT_SLEEP_H
#define RECOUNT_INSTRUMENT_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

enum { RT_AWAKE = 0, RT_ALL_ASLEEP = 1, RT_SOME_ASLEEP = 2 };
extern int rt_sleeping; /* read by entry.c's assembler; set before the program has threads */

/** A hook of `fn`, which will return to `back`, has met what its fast path does not know. True: it sleeps, and has
 * nothing more to do. */
bool rt_sleep_hook(uint64_t fn, uint64_t back, bool leaving);

/** Takes the functions that the launcher wants to sleep from the profile, which is mapped. */
void rt_sleep_list(void);
/** From here on every hook sleeps, if this run is to. Once the hooks were priced: that wants them awake. */
void rt_sleep_all(void);
/** The code at [lo, hi) is gone; other code may come there. One thread at a time. */
void rt_sleep_gone(uint64_t lo, uint64_t hi);
/** In a forked child. */
void rt_sleep_forked(void);

#endif
