/* What a command needs to be run a second time: its input again, and a reason not to. */
#ifndef RECOUNT_COMMAND_TWICE_H
#define RECOUNT_COMMAND_TWICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "command/launch.h"

/** Standard input, as the first run will find it. */
struct again {
    off_t position; /* -1: it cannot be set back */
};

/** A number that is not 0 and that no other recording has. */
uint64_t twice_number(void);

/** Notes where standard input is; where it can be read only once, says so. */
struct again twice_before(void);

/** Whether the command may be run again, its input set back. When not, why was said. */
bool twice_may_go_on(const struct again *again, const struct launch *first);

/**
 * Whether `name` may stand in for the command in the second run: it is found, and a build without hooks that the
 * runtime can be preloaded into. A script is taken at its word. When not, why was said.
 */
bool twice_may_be_plain(const char *name);

/** Says so if the two runs ended differently, in exit statuses as launch_wait gives them. */
void twice_compare(int first, int second);

#endif
