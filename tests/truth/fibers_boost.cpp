// boost.context's fiber.
// libs: -lboost_context
#include <boost/context/fiber.hpp>
#include <utility>

#define LEAVE() loop = std::move(loop).resume()
#define ENTER(i) fibers[i] = std::move(fibers[i]).resume()
#define MAKE(i)                                                                                                        \
    fibers[i] = boost::context::fiber(std::allocator_arg, boost::context::fixedsize_stack(65536),                      \
                                      [](boost::context::fiber &&from) {                                               \
                                          loop = std::move(from);                                                      \
                                          fiber_main();                                                                \
                                          return std::move(loop);                                                      \
                                      })

static boost::context::fiber loop, fibers[16];

#include "fibers.h"
