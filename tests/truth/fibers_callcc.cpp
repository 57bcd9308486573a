// boost.context's callcc: a fiber starts where it is made, and first gives control back.
// libs: -lboost_context
#include <boost/context/continuation.hpp>
#include <utility>

#define LEAVE() loop = loop.resume()
#define ENTER(i) fibers[i] = fibers[i].resume()
#define MAKE(i)                                                                                                        \
    fibers[i] = boost::context::callcc([](boost::context::continuation &&from) {                                       \
        loop = from.resume();                                                                                          \
        fiber_main();                                                                                                  \
        return std::move(loop);                                                                                        \
    })

static boost::context::continuation loop, fibers[16];

#include "fibers.h"
