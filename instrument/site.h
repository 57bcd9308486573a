/* Where the hooks are called from, as instructions. All of it is async-signal-safe. */
#ifndef RECOUNT_INSTRUMENT_SITE_H
#define RECOUNT_INSTRUMENT_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "instrument/code.h"

/** One byte that takes a call of a hook out of the program, and puts nothing in its place. */
struct rt_site {
    uint64_t at;
    unsigned char byte;
};

/** The call that returns to `back`, in `code`, if it is of one of the hooks. */
bool rt_site_of_call(const struct rt_code *code, uint64_t back, struct rt_site *site);

/** The first jump to the exit hook in [from, to) of `code` that is still one; else whether there was one. */
enum rt_jump { RT_NO_JUMP, RT_TAKEN_OUT, RT_JUMP };
enum rt_jump rt_site_of_jump(const struct rt_code *code, uint64_t from, uint64_t to, struct rt_site *site);

/** Writes the byte. False: the kernel allows no way to. May change errno; one that another thread just stands in the
 * way of is left for another time, as `busy`. */
bool rt_site_write(const struct rt_site *site, bool *busy);

/** In a forked child: nobody is about writing. */
void rt_sites_forked(void);

#endif
