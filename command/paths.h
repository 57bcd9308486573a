/* Where this recount's own libraries and headers are: beside it in a build tree, below its prefix once installed. */
#ifndef RECOUNT_COMMAND_PATHS_H
#define RECOUNT_COMMAND_PATHS_H

#include <limits.h>

struct paths {
    char lib[PATH_MAX];     /* holds librecount.a and librecount.so */
    char include[PATH_MAX]; /* holds recount/recount.h */
};

/** Finds them from /proc/self/exe. @return 0, or -1 after having said why. */
int paths_find(struct paths *paths);

#endif
