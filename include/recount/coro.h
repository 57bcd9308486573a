/*
 * recount/coro.h: stackless coroutines for C, a header and nothing else.
 *
 * A coroutine is a function that leaves at an await and is entered again at the same place: a switch over
 * a saved line (Duff's device, as in Dunkels and Schmidt's protothreads). Its locals that outlive an await
 * live in a struct whose first member is a `struct co`.
 *
 *     struct fetch { struct co co; const char *url; int status; };
 *
 *     co_status fetch(struct co *co) {
 *         struct fetch *self = (struct fetch *)co;
 *         co_begin(co);
 *         co_await(co, start_request(self->url, co));   // start_request arranges one later co_wake(co)
 *         self->status = 200;
 *         co_end(co);
 *     }
 *
 *     struct fetch f = {.url = "/"};
 *     co_start(&f.co, fetch, NULL);
 *
 * Rules: no await inside a switch of the coroutine's own; at most one await a source line; whatever must
 * survive an await is in the struct. The event loop calls co_resume(co) once for each wake, on the thread
 * that owns the coroutine.
 */
#ifndef RECOUNT_CORO_H
#define RECOUNT_CORO_H

#include <stdbool.h>
#include <stddef.h>

#include "recount/recount.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { CO_DONE, CO_SUSPENDED } co_status;

struct co;
typedef co_status co_function(struct co *co);

struct co {
    struct co *awaiter;                  /**< the coroutine that waits for this one, or NULL */
    void (*schedule)(struct co *awaken); /**< brings a wake to the loop; NULL: resume at once, on the waker's thread */
    void *user;                          /**< the loop's or the caller's, never touched here */
    co_function *fn;                     /**< not among the first two: a C++ coroutine's frame looks like that */
    int line;                            /**< where to go on; 0 before the first entry */
    bool done;
};

/* What starts a coroutine is its logical caller, not the helper below that does it. */
#define CO_UNSEEN __attribute__((no_instrument_function))

/**
 * Enters a coroutine for the first time. `co` is the caller's, zeroed but for the caller's own members, and must
 * live until the coroutine is done. `schedule` is inherited from the awaiter when there is one.
 */
CO_UNSEEN static inline co_status co_start(struct co *co, co_function *fn, struct co *awaiter) {
    co->fn = fn;
    co->awaiter = awaiter;
    co->line = 0;
    co->done = false;
    if (awaiter && !co->schedule)
        co->schedule = awaiter->schedule;
    return fn(co);
}

/** Enters a suspended coroutine again. Not from inside itself. */
CO_UNSEEN static inline co_status co_resume(struct co *co) {
    return co->fn(co);
}

/** What `co` awaits is there. Any thread, if `schedule` is. */
CO_UNSEEN static inline void co_wake(struct co *co) {
    RECOUNT_IF_PRESENT(recount_call_ready, co);
    if (co->schedule)
        co->schedule(co);
    else
        (void)co_resume(co);
}

/* clang-format takes co_await and co_return for C++'s and breaks the macros. */
/* clang-format off */

/** Opens a coroutine's body. */
#define co_begin(co)                                                                                                   \
    switch ((co)->line) {                                                                                              \
    case 0:                                                                                                            \
        RECOUNT_IF_PRESENT(recount_call_begin, (co), (const void *)(uintptr_t)(co)->fn)

/** The two halves of an await; not for direct use. */
#define CO_SUSPEND_HERE(co, text, flags)                                                                               \
    do {                                                                                                               \
        static const struct recount_await co_at_ = {__FILE__, text, __LINE__, flags};                                  \
        (co)->line = __LINE__;                                                                                         \
        RECOUNT_IF_PRESENT(recount_call_suspend, (co), &co_at_);                                                       \
    } while (0)
#define CO_RESUME_HERE(co) RECOUNT_IF_PRESENT(recount_call_resume, (co), (const void *)(uintptr_t)(co)->fn)

/**
 * Starts an operation and leaves until its one wake. `operation` is evaluated after the suspension is
 * recorded, so that a wake from another thread is never earlier than it, and must not touch the coroutine
 * after it can be woken.
 */
#define co_await(co, operation)                                                                                        \
    do {                                                                                                               \
        CO_SUSPEND_HERE(co, #operation, 0);                                                                            \
        operation;                                                                                                     \
        return CO_SUSPENDED;                                                                                           \
    case __LINE__:                                                                                                     \
        CO_RESUME_HERE(co);                                                                                            \
    } while (0)

/** Leaves until `condition` holds; it is evaluated at once and at each resume. A resume that finds it false is idle. */
#define co_await_until(co, condition)                                                                                  \
    do {                                                                                                               \
        while (!(condition)) {                                                                                         \
            CO_SUSPEND_HERE(co, #condition, RECOUNT_AWAIT_POLL);                                                       \
            return CO_SUSPENDED;                                                                                       \
        case __LINE__:                                                                                                 \
            CO_RESUME_HERE(co);                                                                                        \
        }                                                                                                              \
    } while (0)

/** Calls another coroutine and leaves until it is done; goes straight on when it never suspends. */
#define co_await_call(co, child, function)                                                                             \
    do {                                                                                                               \
        if (co_start((child), (function), (co)) == CO_SUSPENDED) {                                                     \
            CO_SUSPEND_HERE(co, #function, 0);                                                                         \
            return CO_SUSPENDED;                                                                                       \
        case __LINE__:                                                                                                 \
            CO_RESUME_HERE(co);                                                                                        \
        }                                                                                                              \
    } while (0)

/** Ends the coroutine here: marks it done and wakes its awaiter if that one has suspended for it. */
#define co_return(co)                                                                                                  \
    do {                                                                                                               \
        struct co *co_awaiter_ = (co)->awaiter;                                                                        \
        bool co_suspended_once_ = (co)->line != 0;                                                                     \
        (co)->done = true;                                                                                             \
        RECOUNT_IF_PRESENT(recount_call_end, (co));                                                                    \
        if (co_awaiter_ && co_suspended_once_)                                                                         \
            co_wake(co_awaiter_);                                                                                      \
        return CO_DONE;                                                                                                \
    } while (0)

/** Closes a coroutine's body: what it was entered for is done. */
#define co_end(co)                                                                                                     \
    }                                                                                                                  \
    co_return(co)

/* clang-format on */

#ifdef __cplusplus
}
#endif
#endif
