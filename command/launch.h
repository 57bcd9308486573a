/* Starts the recorded command and waits for it, with the manners of a shell. */
#ifndef RECOUNT_COMMAND_LAUNCH_H
#define RECOUNT_COMMAND_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

struct launch {
    pid_t pid;
    int go;     /* a byte here lets the command start */
    int failed; /* errno comes from here if it could not be started */
    int killed; /* after launch_wait: the signal that ended it, or 0 */
};

/** Before anything is written: a file size limit shall be an error, not this process's death. */
void launch_guard(void);

/** Makes the process that will become the command; it waits. @return 0 or -1 with errno set */
int launch_prepare(struct launch *launch, char **argv);

/** Lets it start, with the present process's environment at the time of launch_prepare. @return 0 or errno of exec */
int launch_go(struct launch *launch);

/**
 * Waits for its end. Ctrl-C and Ctrl-\ are the command's business; SIGTERM and SIGHUP are handed on to it.
 * @return its exit status, 128 + n after signal n
 */
int launch_wait(struct launch *launch);

/** Whether one of those signals came to this process since the command was started. */
bool launch_was_told_to_end(void);

#endif
