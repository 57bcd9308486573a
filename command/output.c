#include "command/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"

enum { MOST_LINKS = 40, FIRST_PIECE = 1 << 20, PIECE = 1 << 24, PROFILE_MODE = 0666 };

/* @return false after having said that the name has no room. */
static bool format_path(char out[PATH_MAX], const char *path, const char *suffix) {
    int n = snprintf(out, PATH_MAX, "%s%s", path, suffix);
    if (n >= 0 && n < PATH_MAX)
        return true;
    say("cannot write %.64s...: the name is too long", path);
    return false;
}

static int complain(const struct output *output, int error) {
    say("cannot write %s: %s; choose another file with -o", output->name, strerror(error));
    return -1;
}

/* A link to a file that is not there yet is followed, too: the file comes to be where it points. */
static bool follow_links(struct output *output) {
    char *path = output->path, target[PATH_MAX], at[PATH_MAX];
    for (int links = 0; links < MOST_LINKS; links++) {
        ssize_t n = readlink(path, target, sizeof target - 1);
        if (n < 0)
            return true;
        target[n] = '\0';
        const char *slash = strrchr(path, '/');
        snprintf(at, sizeof at, "%.*s", *target == '/' || !slash ? 0 : (int)(slash - path + 1), path);
        if (!format_path(path, at, target))
            return false;
    }
    return complain(output, ELOOP) == 0;
}

static int reserve(struct output *output) {
    int error = posix_fallocate(output->fd, 0, FIRST_PIECE);
    if (!error || error == EOPNOTSUPP || error == EINVAL)
        return 0;
    complain(output, error);
    output_discard(output);
    return -1;
}

int output_open(struct output *output, const char *name) {
    struct stat status;
    output->name = name;
    output->fd = -1;
    bool exists = stat(name, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return complain(output, EISDIR);
    if (exists && !S_ISREG(status.st_mode)) {
        say("cannot write %s: a profile must be a regular file; choose another file with -o", name);
        return -1;
    }
    if (exists && !realpath(name, output->path))
        return complain(output, errno);
    if (!exists && (!format_path(output->path, name, "") || !follow_links(output)))
        return -1;
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".%d.tmp", (int)getpid());
    if (!format_path(output->partial, output->path, suffix))
        return -1;
    output->fd = open(output->partial, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, PROFILE_MODE);
    if (output->fd < 0)
        return complain(output, errno);
    return reserve(output);
}

void output_discard(struct output *output) {
    close(output->fd);
    output->fd = -1;
    unlink(output->partial);
}

/* @return 0 or errno */
static int copy(int to, int from, uint64_t size) {
    off_t offset = 0;
    while ((uint64_t)offset < size) {
        uint64_t left = size - (uint64_t)offset;
        ssize_t n = sendfile(to, from, &offset, left < PIECE ? (size_t)left : PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? errno : EIO;
    }
    return 0;
}

/* An older file of that name becomes NAME.old. @return 0 or errno */
static int put_in_place(const struct output *output) {
    char old[PATH_MAX];
    if (access(output->partial, F_OK)) /* the launcher put it there, and died before it could say so */
        return 0;
    snprintf(old, sizeof old, "%s", output->path);
    strncat(old, ".old", sizeof old - strlen(old) - 1);
    if (rename(output->path, old) && errno != ENOENT)
        return errno;
    return rename(output->partial, output->path) ? errno : 0;
}

/* Copies, cuts off what was reserved too much, and puts the file in its place. @return 0 or errno */
static int write_and_rename(const struct output *output, int from, uint64_t size) {
    int error = copy(output->fd, from, size);
    if (error)
        return error;
    if (ftruncate(output->fd, (off_t)size))
        return errno;
    return put_in_place(output);
}

int output_place(struct output *output) {
    int error = put_in_place(output);
    if (error) {
        complain(output, error);
        output_discard(output);
        return -1;
    }
    close(output->fd);
    return 0;
}

static bool save_in(const char *directory, int from, uint64_t size, char place[PATH_MAX]) {
    int n = snprintf(place, PATH_MAX, "%s/recount-XXXXXX.data", directory);
    if (n < 0 || n >= PATH_MAX)
        return false;
    int fd = mkostemps(place, (int)strlen(".data"), O_CLOEXEC);
    if (fd < 0)
        return false;
    bool saved = copy(fd, from, size) == 0;
    saved &= close(fd) == 0;
    if (!saved)
        unlink(place);
    return saved;
}

static int save_elsewhere(const struct output *output, int error, int from, uint64_t size, char place[PATH_MAX]) {
    const char *directories[] = {getenv("TMPDIR"), "/tmp", "/dev/shm"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        if (directories[i] && *directories[i] && save_in(directories[i], from, size, place)) {
            say("cannot write %s: %s; the profile is kept in %s", output->name, strerror(error), place);
            return 1;
        }
    say("cannot write %s: %s; nor $TMPDIR, /tmp or /dev/shm: the profile is lost", output->name, strerror(error));
    return -1;
}

int output_save(struct output *output, int from, uint64_t size, char place[PATH_MAX]) {
    snprintf(place, PATH_MAX, "%s", output->name);
    int error = write_and_rename(output, from, size);
    if (!error) {
        close(output->fd);
        return 0;
    }
    output_discard(output);
    return save_elsewhere(output, error, from, size, place);
}
