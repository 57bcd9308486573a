/* What stands behind the preloaded runtime's interposers. */
#ifndef RECOUNT_INSTRUMENT_BEHIND_H
#define RECOUNT_INSTRUMENT_BEHIND_H

#include <stdatomic.h>

typedef void rt_function(void);

/** The function `name` that `caller`'s object would have found without the interposer, looked up once; NULL where there
 * is none. Keeps errno. Takes the loader's lock the first time: not async-signal-safe then. */
rt_function *rt_behind(const char *name, const void *caller, rt_function *_Atomic *cached);
#define RT_BEHIND(name, cached) rt_behind(name, __builtin_return_address(0), cached)

#endif
