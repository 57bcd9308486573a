/*
 * recount/recount.h: what a program may tell recount about its own async calls.
 *
 * Nothing here is needed for plain code, C++20 coroutines or ucontext fibers: the runtime finds those
 * alone. A stackless coroutine in C (a switch over a saved state) looks like a new call at each entry;
 * the functions below say which entries begin a call and which resume one. recount/coro.h calls them
 * for you.
 *
 * Every reference is weak. In a program that the recount runtime is not linked to (or preloaded into),
 * each call is one test of a null pointer and does nothing.
 *
 * Callbacks that a loop of the program's own calls are tied to who asked for them by recount_link and
 * recount_linked, one line each.
 *
 * Thread safety: begin, resume, suspend and end are called by the thread that runs the coroutine, from
 * inside the coroutine's own function. ready, link, linked and unlink may be called from any thread. All of
 * them keep errno, allocate nothing and take no lock.
 */
#ifndef RECOUNT_RECOUNT_H
#define RECOUNT_RECOUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One place in the source where a call suspends. Static: the runtime keeps its address as identity. */
struct recount_await {
    const char *file;    /**< as __FILE__ gives it */
    const char *awaited; /**< the awaited expression's text */
    uint32_t line;       /**< 1-based */
    uint32_t flags;      /**< RECOUNT_AWAIT_* */
};

/** A condition is tested again at each resume: suspending here again at once was a poll in vain (an idle resume). */
#define RECOUNT_AWAIT_POLL 1u

#define RECOUNT_WEAK __attribute__((weak))

/**
 * The running function is the first entry of a logical call.
 * @param call  identity of the call: an address that no other live call has (its frame)
 * @param fn    the coroutine's function; it must be the innermost instrumented function
 */
RECOUNT_WEAK void recount_call_begin(const void *call, const void *fn);

/** The running function re-enters the suspended call `call`. */
RECOUNT_WEAK void recount_call_resume(const void *call, const void *fn);

/**
 * Either of the two, for a function that does not know its own address.
 * @param from   the return address of the function, by which the runtime makes sure that the innermost instrumented
 *               function is the one that asks: __builtin_return_address(0)
 * @param fresh  not 0: it begins the call; 0: it resumes it
 */
RECOUNT_WEAK void recount_call_enter(const void *call, const void *from, int fresh);

/** The running call will return to whoever resumed it and wait at `at`, which outlives the process's profile. */
RECOUNT_WEAK void recount_call_suspend(const void *call, const struct recount_await *at);

/** The running call has found what it polled for: to leave at the same place again will be a new wait, not an idle
 * resume. */
RECOUNT_WEAK void recount_call_proceed(const void *call);

/** What the call waits for is there; from here to its resume it is queued. Any thread. */
RECOUNT_WEAK void recount_call_ready(const void *call);

/** The call is complete (or abandoned); its address may be used again. */
RECOUNT_WEAK void recount_call_end(const void *call);

/**
 * The running function hands work over to a callback that comes later: the registration `key` is made, or renewed,
 * here. The callback is then this function's call, wherever a loop calls it, and the time in between is what this
 * function awaits at `at`, which outlives the process's profile.
 * @param key  identity of the registration: an address that no other open one has (a request, an event)
 * Any thread, and a signal's handler. Libraries that recount knows (docs/architecture.md) need none of this.
 */
RECOUNT_WEAK void recount_link(const void *key, const struct recount_await *at);

/**
 * The running function is the callback that `key` was registered for; its first line. The registration stays open, for
 * a callback that comes more than once; it waits again from this call's end on.
 * @param fn  the callback itself; it must be the innermost instrumented function
 */
RECOUNT_WEAK void recount_linked(const void *key, const void *fn);

/** The registration is over; its address may be used again. Not needed where it is: a new one takes its place. */
RECOUNT_WEAK void recount_unlink(const void *key);

#define RECOUNT_IF_PRESENT(function, ...)                                                                              \
    do {                                                                                                               \
        if (function)                                                                                                  \
            function(__VA_ARGS__);                                                                                     \
    } while (0)

/** recount_link with an await point of this line's own; `awaited`: static text, what is waited for. */
#define RECOUNT_LINK(key, awaited_text)                                                                                \
    do {                                                                                                               \
        static const struct recount_await recount_here = {__FILE__, (awaited_text), __LINE__, 0};                      \
        RECOUNT_IF_PRESENT(recount_link, (key), &recount_here);                                                        \
    } while (0)

/** recount_linked in the callback `function`. */
#define RECOUNT_LINKED(key, function) RECOUNT_IF_PRESENT(recount_linked, (key), (const void *)(uintptr_t)(function))

#define RECOUNT_UNLINK(key) RECOUNT_IF_PRESENT(recount_unlink, (key))

#ifdef __cplusplus
}
#endif
#endif
