/* A file's bytes in memory. Its holes are never read, so that a mostly empty file costs what is in it. */
#ifndef RECOUNT_COMPARE_LOAD_IMAGE_H
#define RECOUNT_COMPARE_LOAD_IMAGE_H

#include <stdint.h>

#include "compare/error.h"

struct rc_image {
    unsigned char *bytes;
    uint64_t size;
    const char *path; /* the caller's */
};

/** Reads the regular file `path`; on success `out` is to be given to rc_image_free. 0 or -1 with a line in `err`. */
int rc_image_read(struct rc_image *out, const char *path, struct rc_error *err);

/** Gives the memory of some bytes back, as far as it fills pages; they are not to be read any more. */
void rc_image_drop(const struct rc_image *image, uint64_t offset, uint64_t size);

void rc_image_free(struct rc_image *image);

#endif
