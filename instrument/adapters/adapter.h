/*
 * What the adapters share. An adapter stands in front of a library's registration functions, in the shared runtime
 * alone: it hands the library a callback of its own, which calls the host's between recount_link_enter and
 * recount_link_leave. It knows the library's binary interface, not its headers; the library need not be there.
 *
 * Where nothing is recorded, or no record is to be had, and for the library's own callbacks, everything goes straight
 * through. Everything keeps errno as the library's own function does.
 */
#ifndef RECOUNT_INSTRUMENT_ADAPTER_H
#define RECOUNT_INSTRUMENT_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "instrument/links.h"

typedef void rt_function(void);

/** The library's own `name`, which stands behind ours; found once. `soname`: for a library that only a plugin loaded.
 */
rt_function *rt_behind(const char *name, const char *soname, rt_function *_Atomic *found);

/** Declares `real`, or `variable`: what stands behind the function `name`. */
#define RT_BEHIND(name, soname) RT_BEHIND_AS(real, name, soname)
#define RT_BEHIND_AS(variable, name, soname)                                                                           \
    static rt_function *_Atomic found_##name;                                                                          \
    __typeof__(name) *const variable = (__typeof__(name) *)rt_behind(#name, soname, &found_##name)

/** The head of an interposed function. */
#define RT_INTERPOSE(result, name, ...)                                                                                \
    RT_EXPORT result name(__VA_ARGS__);                                                                                \
    result name(__VA_ARGS__)

/** Whether `code` lies in a shared object whose file's name begins with `stem`. */
bool rt_lies_in(uint64_t code, const char *stem);

/** How many of the library's registrations this thread is inside of: what they register themselves is no other. */
extern __thread int rt_registering __attribute__((tls_model("initial-exec")));

/** A registration on its way. */
struct rt_registration {
    struct rt_link *link;
    struct rt_link before; /* what was registered there, to come back if the library refuses */
    bool renewed;
};

#define RT_SITE ((uint64_t)__builtin_return_address(0))

/**
 * Begins to register `function` with `argument` under `key`; close with rt_settle.
 * @param stem  the library's name: its own functions are not linked
 * @return whether the adapter's own callback shall be registered
 */
bool rt_register(struct rt_registration *registration, uint64_t key, const char *stem, uint64_t function,
                 uint64_t argument, uint64_t site, const char *awaited);
/** The library has taken the registration, or has not: then all is as before. */
void rt_settle(struct rt_registration *registration, bool taken);

/** A host's callback that runs inside the adapter's. */
struct rt_running {
    struct rt_linked linked;
    int registering;
};

/** From here to rt_callback_end the host's `function` runs. `link` NULL: unlinked. `cfa`: the adapter's callback's
 * __builtin_dwarf_cfa(). */
void rt_callback_begin(struct rt_running *running, struct rt_link *link, uint64_t function, const void *cfa);
void rt_callback_end(struct rt_running *running);

static inline uint64_t rt_link_key(const void *object, unsigned kind) {
    return (uint64_t)object << 4 | kind;
}

#endif
