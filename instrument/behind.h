/* What stands behind the preloaded runtime's interposers. */
#ifndef RECOUNT_INSTRUMENT_BEHIND_H
#define RECOUNT_INSTRUMENT_BEHIND_H

#include <stdatomic.h>

typedef void rt_function(void);

/** The function `name` that `caller`'s object would have found without the interposer; where there is none, one that
 * does nothing and returns 0. Looked up once where it is everybody's. Keeps errno. Takes the loader's lock the first
 * time: not async-signal-safe then. */
rt_function *rt_behind(const char *name, const void *caller, rt_function *_Atomic *cached);
#define RT_NEXT(name, cached) rt_behind(name, __builtin_return_address(0), cached)

/** As a function: POSIX has the two kinds of pointers look alike. */
rt_function *rt_function_at(void *found);
/** Does nothing, and returns 0. */
extern rt_function *const rt_nothing;
/** What `caller`'s own object, and what that was loaded with, has of that name; NULL: nothing but ours. */
void *rt_beside(const char *name, const void *caller);
/** Sites of operator new that were known to make no frames are asked again (frame_made.c). */
void rt_plain_forget(void);

#endif
