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

#include "instrument/behind.h"
#include "instrument/links.h"

/** One interposed function. */
struct rt_interposed {
    rt_function *_Atomic target; /* where its name leads: 0 until it is first called */
    rt_function *_Atomic real;   /* the library's own */
    rt_function *ours;
    const char *name, *soname, *stem;
};

/**
 * The head of an interposed function of the library STEM, whose file is SONAME. The name itself is a jump: to what
 * follows if the library's function is what stands behind, straight to whatever else has that name, with all its
 * arguments as they are. Parameters in parentheses.
 */
#define RT_INTERPOSE_AS(result, function, parameters)                                                                  \
    RT_EXPORT result function parameters;                                                                              \
    static result adapted_##function parameters;                                                                       \
    extern struct rt_interposed rt_interposed_##function;                                                              \
    struct rt_interposed rt_interposed_##function = {                                                                  \
        .name = #function, .soname = SONAME, .stem = STEM, .ours = (rt_function *)adapted_##function};                 \
    __asm__(".pushsection .text\n"                                                                                     \
            ".globl " #function "\n"                                                                                   \
            ".type " #function ", @function\n" #function ":\n"                                                         \
            ".cfi_startproc\n"                                                                                         \
            "  lea rt_interposed_" #function "(%rip), %r11\n"                                                          \
            "  cmpq $0, (%r11)\n"                                                                                      \
            "  je rt_resolve_entry\n"                                                                                  \
            "  jmp *(%r11)\n"                                                                                          \
            ".cfi_endproc\n"                                                                                           \
            ".size " #function ", . - " #function "\n"                                                                 \
            ".popsection\n");                                                                                          \
    static result adapted_##function parameters

#define RT_INTERPOSE(result, function, ...) RT_INTERPOSE_AS(result, function, (__VA_ARGS__))

/** Declares `real`, what stands behind the interposed `name`. */
#define RT_BEHIND(name)                                                                                                \
    __typeof__(name) *const real =                                                                                     \
        (__typeof__(name) *)atomic_load_explicit(&rt_interposed_##name.real, memory_order_relaxed)

/** Where the interposed name leads for code at `caller`; mostly settled for all then. Looks up symbols: not for a
 * signal's handler. */
rt_function *rt_resolve(struct rt_interposed *interposed, uint64_t caller);

/** The library's own `name`; found once. Where there is none, a function that returns 0. */
rt_function *rt_find(const char *name, const char *soname, const char *stem, rt_function *_Atomic *found);

/** Declares `variable`: the library's own function `name`, interposed or not. */
#define RT_FIND(variable, name)                                                                                        \
    static rt_function *_Atomic found_##name;                                                                          \
    __typeof__(name) *const variable = (__typeof__(name) *)rt_find(#name, SONAME, STEM, &found_##name)

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
