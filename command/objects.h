/* Which ELF objects a program loads when it starts. */
#ifndef RECOUNT_COMMAND_OBJECTS_H
#define RECOUNT_COMMAND_OBJECTS_H

#include <stddef.h>

struct objects { /* zeroed: none */
    char **paths;
    size_t n;
};

/** Adds one path. @return 0, or -1: no memory */
int objects_add(struct objects *objects, const char *path);

/**
 * Adds the program and what its dynamic loader would load with it in the present environment (LD_LIBRARY_PATH,
 * LD_PRELOAD), as that loader's own --list says. Nothing of the program runs. A file that is no ELF program adds
 * nothing; one whose loader does not answer adds itself.
 * @return 0, or -1: no memory
 */
int objects_of(struct objects *objects, const char *program);

void objects_free(struct objects *objects);

#endif
