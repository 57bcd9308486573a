/*
 * Protothreads that tell recount what they do: the names and the meaning of A. Dunkels' pt.h, for programs that are
 * written to it. Put this directory in front of the include path (-I PREFIX/include/recount/pt) and build again;
 * nothing else changes. Where the recount runtime is absent each announcement is one test of a null pointer.
 *
 * A call begins at an entry with a fresh (PT_INIT) struct pt, and ends at PT_END, PT_EXIT or PT_RESTART. In between it
 * is resumed; a resume whose condition does not hold is an idle one.
 *
 * A protothread's locals do not survive a wait. At most one wait a line, and none inside a switch of its own.
 */
#ifndef __PT_H__ /* the name that other pt.h use: the two never meet in one file */
#define __PT_H__

#include "../recount.h"
#include "lc.h"

struct pt {
    lc_t lc;
};

#define PT_WAITING 0
#define PT_YIELDED 1
#define PT_EXITED 2
#define PT_ENDED 3

/** Makes the protothread begin at its top when it is next entered. */
#define PT_INIT(pt) LC_INIT((pt)->lc)

/** Declares or defines a protothread. Never inlined: its entries must be its own. */
#define PT_THREAD(name_args) __attribute__((noinline)) char name_args

/* clang-format off */

/** Opens the body. Code above it runs at each entry. */
#define PT_BEGIN(pt)                                                                                                   \
    {                                                                                                                  \
        char pt_moved_ = 0;                                                                                            \
        (void)pt_moved_;                                                                                               \
        RECOUNT_IF_PRESENT(recount_call_enter, (pt), __builtin_return_address(0), (pt)->lc == 0);                      \
        LC_RESUME((pt)->lc)

/** Closes the body: the call has ended. */
#define PT_END(pt)                                                                                                     \
        LC_END((pt)->lc)                                                                                               \
        PT_LEAVE_FOR_GOOD_(pt, PT_ENDED);                                                                              \
    }

/* Not for direct use: the pieces of what follows. */
#define PT_LEAVE_FOR_GOOD_(pt, status)                                                                                 \
    do {                                                                                                               \
        PT_INIT(pt);                                                                                                   \
        RECOUNT_IF_PRESENT(recount_call_end, (pt));                                                                    \
        return status;                                                                                                 \
    } while (0)
#define PT_LEAVE_(pt, status)                                                                                          \
    do {                                                                                                               \
        RECOUNT_IF_PRESENT(recount_call_suspend, (pt), &pt_at_);                                                       \
        return status;                                                                                                 \
    } while (0)
#define PT_MOVE_ON_(pt)                                                                                                \
    do {                                                                                                               \
        if (!pt_moved_)                                                                                                \
            RECOUNT_IF_PRESENT(recount_call_proceed, (pt));                                                            \
        pt_moved_ = 1;                                                                                                 \
    } while (0)
#define PT_AWAIT_(pt, condition, text)                                                                                 \
    do {                                                                                                               \
        static const struct recount_await pt_at_ = {__FILE__, text, __LINE__, RECOUNT_AWAIT_POLL};                     \
        LC_SET((pt)->lc)                                                                                               \
        if (!(condition))                                                                                              \
            PT_LEAVE_(pt, PT_WAITING);                                                                                 \
        PT_MOVE_ON_(pt);                                                                                               \
    } while (0)
#define PT_YIELD_ONCE_(pt, condition, text)                                                                            \
    do {                                                                                                               \
        static const struct recount_await pt_at_ = {__FILE__, text, __LINE__, RECOUNT_AWAIT_POLL};                     \
        (pt)->lc = __LINE__;                                                                                           \
        PT_LEAVE_(pt, PT_YIELDED);                                                                                     \
    case __LINE__:                                                                                                     \
        if (!(condition))                                                                                              \
            PT_LEAVE_(pt, PT_YIELDED);                                                                                 \
        PT_MOVE_ON_(pt);                                                                                               \
    } while (0)

/** Leaves until the condition holds; it is tested at once and at each resume. */
#define PT_WAIT_UNTIL(pt, condition) PT_AWAIT_(pt, condition, #condition)
/** Leaves as long as the condition holds. */
#define PT_WAIT_WHILE(pt, cond) PT_AWAIT_(pt, !(cond), "!(" #cond ")")
/** Runs another protothread, which was initialised, until it has ended or exited. */
#define PT_WAIT_THREAD(pt, thread) PT_AWAIT_(pt, !PT_SCHEDULE(thread), #thread)
/** Initialises `child` and runs its protothread to the end. */
#define PT_SPAWN(pt, child, thread)                                                                                    \
    do {                                                                                                               \
        PT_INIT((child));                                                                                              \
        PT_AWAIT_(pt, !PT_SCHEDULE(thread), #thread);                                                                  \
    } while (0)
/** Leaves; the next entry begins at the top, as another call. */
#define PT_RESTART(pt) PT_LEAVE_FOR_GOOD_(pt, PT_WAITING)
/** Ends the call here. */
#define PT_EXIT(pt) PT_LEAVE_FOR_GOOD_(pt, PT_EXITED)
/** Runs a protothread once; true while it has not ended. */
#define PT_SCHEDULE(f) ((f) < PT_EXITED)
/** Leaves, and goes on at the next entry. */
#define PT_YIELD(pt) PT_YIELD_ONCE_(pt, 1, "")
/** Leaves in any case, and goes on at the first entry that finds the condition true. */
#define PT_YIELD_UNTIL(pt, cond) PT_YIELD_ONCE_(pt, cond, #cond)

/* clang-format on */

#endif
