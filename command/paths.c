#include "command/paths.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/config.h"

/* Joins and tells whether `path` is there; the result has no "..", so that messages and maps are readable. */
static bool resolve(char out[PATH_MAX], const char *directory, const char *relative, const char *probe) {
    char joined[PATH_MAX];
    int n = snprintf(joined, sizeof joined, "%s/%s%s", directory, relative, probe);
    if (n < 0 || (size_t)n >= sizeof joined || access(joined, R_OK) != 0)
        return false;
    joined[(size_t)n - strlen(probe)] = '\0';
    return realpath(joined, out) != NULL;
}

int paths_find(struct paths *paths) {
    char exe[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n < 0) {
        say("cannot find its own files: /proc/self/exe: %s", strerror(errno));
        return -1;
    }
    exe[n] = '\0';
    *strrchr(exe, '/') = '\0';
    if (resolve(paths->lib, exe, ".", "/librecount.so") && resolve(paths->include, exe, "include", "/recount"))
        return 0;
    if (resolve(paths->lib, exe, RECOUNT_LIBDIR_FROM_BIN, "/librecount.so") &&
        resolve(paths->include, exe, RECOUNT_INCLUDEDIR_FROM_BIN, "/recount"))
        return 0;
    say("cannot find librecount.so beside %s/recount or in %s/%s; install it again", exe, exe, RECOUNT_LIBDIR_FROM_BIN);
    return -1;
}
