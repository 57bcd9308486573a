#include "command/twice.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "command/command.h"
#include "command/program.h"

uint64_t twice_number(void) {
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = (uint64_t)time(NULL) << 32 | (uint64_t)getpid() << 1;
    return number | 1;
}

static bool is_null(const struct stat *input) {
    return S_ISCHR(input->st_mode) && input->st_rdev == makedev(1, 3);
}

/* A terminal asks again, /dev/null is always empty, a closed one stays closed: nothing to say of these. */
struct again twice_before(void) {
    struct again again = {-1};
    struct stat input;
    if (fstat(STDIN_FILENO, &input) || isatty(STDIN_FILENO) || is_null(&input))
        return again;
    if (S_ISREG(input.st_mode))
        again.position = lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (again.position < 0)
        say("standard input can be read only once: the second run finds what the first one leaves");
    return again;
}

bool twice_may_go_on(const struct again *again, const struct launch *first) {
    if (first->killed) {
        say("the first run was ended by signal %d (%s): there is no second one", first->killed,
            strsignal(first->killed));
        return false;
    }
    if (launch_was_told_to_end()) {
        say("interrupted in the first run: there is no second one");
        return false;
    }
    if (again->position >= 0 && lseek(STDIN_FILENO, again->position, SEEK_SET) < 0) {
        say("cannot set standard input back for the second run: %s", strerror(errno));
        return false;
    }
    return true;
}

/* NULL: nothing speaks against it. */
static const char *not_plain(const char *path) {
    struct program program = program_read(path);
    struct stat status;
    if (access(path, X_OK) || stat(path, &status))
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return strerror(EISDIR);
    if (program.foreign)
        return "is built for another machine";
    if (program.hooked)
        return "has hooks";
    if (program.runtime)
        return "holds the runtime, so it may have hooks";
    if (program.sanitizer)
        return "must load its sanitizer first, so it cannot be sampled";
    if (program.elf && !program.interpreter)
        return "is linked statically, so it cannot be sampled";
    return NULL;
}

bool twice_may_be_plain(const char *name) {
    char path[PATH_MAX];
    const char *why = program_find(path, name) ? strerror(errno) : not_plain(path);
    if (why)
        say("--plain '%s': %s; name the same program built without the flag", name, why);
    return !why;
}

void twice_compare(int first, int second) {
    if (first != second)
        say("the second run ended with status %d, the first with %d: they may not have done the same work", second,
            first);
}
