/* What the truth programs of C++20 coroutines share: awaiters of a queue of handles, and how the build was hooked. */
#ifndef RECOUNT_TESTS_TRUTH_COROUTINE_H
#define RECOUNT_TESTS_TRUTH_COROUTINE_H

#include <coroutine>
#include <deque>
#include <exception>

#include "truth.h"

#define NI __attribute__((noinline))

/* With -DRAMPS_ONLY the program is built with a flag that hooks the ramps alone: what goes on in the bodies, and how
 * often they are resumed, cannot be known there. */
#ifdef RAMPS_ONLY
#define BODY(...) ((void)0)
#else
#define BODY(...) printf(__VA_ARGS__)
#endif

struct queue {
    std::deque<std::coroutine_handle<>> handles;
    UNSEEN void add(std::coroutine_handle<> handle) {
        handles.push_back(handle);
    }
    UNSEEN void add_first(std::coroutine_handle<> handle) {
        handles.push_front(handle);
    }
    UNSEEN bool empty() const {
        return handles.empty();
    }
    UNSEEN std::coroutine_handle<> take() {
        auto first = handles.front();
        handles.pop_front();
        return first;
    }
};

#endif
