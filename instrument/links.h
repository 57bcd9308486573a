/*
 * Registrations of callbacks: what a callback's own stack does not tell, that is who asked for it, where and when. Told
 * by the adapters (adapters/) and by recount/recount.h. Exported functions: a program that holds its own runtime takes
 * them over from the preloaded one.
 *
 * Any thread, and a signal's handler; errno is kept; nothing is allocated but private pages, once. A registration and
 * its callback never run at the same time: that is the library's own promise to the host.
 */
#ifndef RECOUNT_INSTRUMENT_LINKS_H
#define RECOUNT_INSTRUMENT_LINKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "instrument/runtime.h"

#define RT_LINK_HOST 7
#define RT_LINK_MANY (UINT64_C(1) << 63) /* in a key: each registration has a record of its own, to be closed */

/* Its callback runs on a thread of a pool: no loop stands still meanwhile. */
#define RT_LINK_POOL 1u

/** An open registration. */
struct rt_link {
    _Atomic uint64_t key;        /* 0: free for another of its bucket */
    struct rt_link *next;        /* in the bucket; written once */
    struct rf_node *node;        /* the context that registered */
    uint64_t site;               /* return address of the registering call, or a struct recount_await's */
    const char *awaited;         /* what the callback waits for, static; NULL: `site` is a struct recount_await */
    uint64_t since;              /* ticks: the wait began */
    uint64_t ready;              /* it ended then, as far as known; 0: not known */
    uint64_t period;             /* ticks from a callback's start to the next readiness; 0: not known */
    uint32_t process;            /* ordinal of the process that registered */
    uint32_t flags;              /* RT_LINK_POOL */
    uint64_t host[RT_LINK_HOST]; /* the adapter's: the host's own function and argument */
};
static_assert(sizeof(struct rt_link) == 128, "records lie in pages without a gap");

/** A callback that runs: what recount_link_leave must put back. */
struct rt_linked {
    struct rt_link *link;
    uint64_t key, start, sp; /* sp 0: nothing was opened */
};

/** The registration `key` is made, by the innermost open call; renews it where it was made before, but for
 * RT_LINK_MANY. `key` is an address that only this registration has, times 16, plus its kind. NULL: not recorded, or no
 * room (counted). `awaited` is static text. */
RT_EXPORT struct rt_link *recount_link_open(uint64_t key, uint64_t site, const char *awaited);
/** NULL: there is none. */
RT_EXPORT struct rt_link *recount_link_find(uint64_t key);
/** Another of the same key, of those with RT_LINK_MANY. */
RT_EXPORT struct rt_link *recount_link_find_next(const struct rt_link *link);
/** Whether `address` is that of an open registration's record. */
RT_EXPORT bool recount_link_is(uint64_t address);
/** The registration is over: its record may serve another. NULL is nothing. */
RT_EXPORT void recount_link_close(struct rt_link *link);
/** What the callback waits for is there. The first time counts. */
RT_EXPORT void recount_link_ready(struct rt_link *link);
/** Readiness comes `ns` nanoseconds after the registration and `again_ns` after each callback's start; 0: not known. */
RT_EXPORT void recount_link_due(struct rt_link *link, uint64_t ns, uint64_t again_ns);
/** The callback `fn` of `link` starts, called by the function whose canonical frame address is `cfa`: until
 * recount_link_leave, each function that is entered next is a call of the registering context. `link` may be closed or
 * renewed meanwhile. */
RT_EXPORT void recount_link_enter(struct rt_linked *linked, struct rt_link *link, uint64_t fn, const void *cfa);
RT_EXPORT void recount_link_leave(struct rt_linked *linked);

/* For entry.c: an entry right below a link's marker. */

/** The call site of `fn` as the library made it, where the adapter stands between the two. */
uint64_t rt_link_call_site(const struct rf_frame *marker, uint64_t fn, uint64_t cs);
/** Opens an entry counted in `physical` under the marker on top, as a call of the registering context. */
void rt_link_push(struct rt_thread *self, struct rf_node *physical, uint64_t sp);
/** For calls.c: the linked call's slice has ended. */
void rt_link_ended(const struct rf_call *call, uint64_t now);

#endif
