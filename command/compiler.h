/* Which compiler a command line starts, and which of the two instrumentation flags it has. */
#ifndef RECOUNT_COMMAND_COMPILER_H
#define RECOUNT_COMMAND_COMPILER_H

#include <stdbool.h>

/**
 * Tells whether the compiler has -finstrument-functions-after-inlining (clang does). Mostly its name says so; only a
 * compiler with a name of its own is started once with --version.
 * @param words  the compiler and its own arguments, which may be a wrapper's, as in "ccache clang"; ends with NULL
 */
bool compiler_is_clang(char **words);

#endif
