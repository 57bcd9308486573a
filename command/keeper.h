/*
 * A second process that holds the profile's memory: were `recount record` itself killed, the keeper waits for the
 * command's end and saves. Recorded processes reach the memory through it.
 */
#ifndef RECOUNT_COMMAND_KEEPER_H
#define RECOUNT_COMMAND_KEEPER_H

#include <sys/types.h>

#include "command/output.h"

struct keeper {
    pid_t pid;
    int fd;
};

/** Starts it; it holds `memory` and `output` as they are now. @return 0 or -1 with errno set */
int keeper_start(struct keeper *keeper, int memory, struct output *output);

/** Tells it which process is the command. */
void keeper_watch(const struct keeper *keeper, pid_t command);

/** Ends it: there is nothing left to keep. */
void keeper_dismiss(struct keeper *keeper);

#endif
