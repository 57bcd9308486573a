/* The loaded objects' code, found without the loader's lock. All of it is async-signal-safe. */
#ifndef RECOUNT_INSTRUMENT_CODE_H
#define RECOUNT_INSTRUMENT_CODE_H

#include <stdbool.h>
#include <stdint.h>

/** An executable segment, and what is known of its object. */
struct rt_code {
    uint64_t lo, hi;         /* addresses of the segment, which can be read */
    uint64_t map_lo, map_hi; /* of the whole object */
    uint64_t bias;           /* run-time address minus the address in the file */
    uint64_t unwind;         /* its .eh_frame_hdr; 0: none */
    uint64_t device, inode;  /* of its file; 0: not known */
};

/** The segment that holds `address`. False: no object's code is there. The program must not unload it meanwhile, and
 * does not where `address` is in a function that runs. May change errno. */
bool rt_code_at(uint64_t address, struct rt_code *code);

/** Where the function that begins at `fn` ends at the latest, as the unwind table tells: at the next one's beginning.
 * 0: there is no such entry. */
uint64_t rt_code_end(const struct rt_code *code, uint64_t fn);

/** What is known of [lo, hi) is forgotten: it was unloaded. */
void rt_code_forget(uint64_t lo, uint64_t hi);

/** In a forked child: nobody is about adding. */
void rt_code_forked(void);

#endif
