/* Where a command must not write: over what it reads. */
#ifndef RECOUNT_COMMAND_PLACE_H
#define RECOUNT_COMMAND_PLACE_H

#include <stdbool.h>

/**
 * Whether the file `output` (NULL: standard output) is the file `input`, under whatever name, or has an empty name;
 * if so, says it for `command`.
 */
bool place_is_input(const char *command, const char *output, const char *input);

#endif
