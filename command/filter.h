/* `record --filter`: from the file that a person wrote to what the profile says sleeps. */
#ifndef RECOUNT_COMMAND_FILTER_H
#define RECOUNT_COMMAND_FILTER_H

#include "compare/filter/resolve.h"

/**
 * Reads the filter `file` and resolves it against `program` and what that loads. A rule that matches nothing is
 * said, and kept as an item without a file.
 * @param out  to be freed with rc_sleepers_free, whatever is returned
 * @return STATUS_DONE, or after having said why: STATUS_USAGE for a faulty file, STATUS_FAILED
 */
int filter_open(struct rc_sleepers *out, const char *file, const char *program);

#endif
