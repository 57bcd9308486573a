// boost.coroutine2: asymmetric coroutines.
// libs: -lboost_context
#include <boost/coroutine2/coroutine.hpp>
#include <memory>

typedef boost::coroutines2::coroutine<void> coroutine;

#define LEAVE() (*loops[current])()
#define ENTER(i) (*fibers[i])()
#define MAKE(i)                                                                                                        \
    fibers[i].reset(new coroutine::push_type([](coroutine::pull_type &loop) {                                          \
        loops[current] = &loop;                                                                                        \
        fiber_main();                                                                                                  \
    }))

static std::unique_ptr<coroutine::push_type> fibers[16];
static coroutine::pull_type *loops[16];

#include "fibers.h"
