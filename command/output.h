/*
 * The profile's way to the disk. What is recorded lives in memory until the command has ended; the place it will go to
 * is tried and held before the command starts, so that a mistake in -o costs nothing.
 */
#ifndef RECOUNT_COMMAND_OUTPUT_H
#define RECOUNT_COMMAND_OUTPUT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct output {
    const char *name;       /* as the user wrote it; borrowed */
    char path[PATH_MAX];    /* symbolic links followed */
    char partial[PATH_MAX]; /* written first, then renamed */
    int fd;                 /* of the file that is written first */
};

/**
 * Opens the file beside `name` and reserves a first piece of it. What is there must be a regular file: another one is
 * not opened, since a pipe would wait for its reader. `name` is not empty (place_is_input).
 * @return 0, or -1 after having said why not
 */
int output_open(struct output *output, const char *name);

/** Forgets the output: nothing was recorded. An older profile of that name stays. */
void output_discard(struct output *output);

/** Puts the regular file in its place, as it was written to `fd`; what was there is renamed to NAME.old. Ends the
 * output. @return 0, or -1 after having said why not. */
int output_place(struct output *output);

/**
 * Copies `size` bytes of the file `from` there; what was there is renamed to NAME.old. When that fails, $TMPDIR, /tmp
 * and /dev/shm are tried. Ends the output.
 * @param place  filled in with where the profile is now
 * @return 0; 1 when it is kept elsewhere; -1 when it could not be kept. Failures were said.
 */
int output_save(struct output *output, int from, uint64_t size, char place[PATH_MAX]);

#endif
