#include "compare/load/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE UINT64_C(4096) /* x86-64's */

/* All of it is about to be written: that costs less at once than page by page. A kernel before 5.14 cannot. */
static void populate(const struct rc_image *image, uint64_t from, uint64_t to) {
    uint64_t begin = from / PAGE * PAGE;
    madvise(image->bytes + begin, to - begin, MADV_POPULATE_WRITE);
}

static int read_range(struct rc_image *image, int fd, uint64_t from, uint64_t to, struct rc_error *err) {
    while (from < to) {
        ssize_t n = pread(fd, image->bytes + from, to - from, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rc_fail(err, "%s: cannot be read: %s", image->path, strerror(errno));
        if (n == 0)
            return rc_fail(err, "%s: became shorter while it was read: try again", image->path);
        from += (uint64_t)n;
    }
    return 0;
}

/* A file system that knows no holes says that all is data. */
static int read_data(struct rc_image *image, int fd, struct rc_error *err) {
    uint64_t at = 0;
    while (at < image->size) {
        off_t data = lseek(fd, (off_t)at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            return 0; /* a hole up to the end */
        off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        uint64_t from = data < 0 ? at : (uint64_t)data;
        uint64_t to = hole < 0 || (uint64_t)hole > image->size ? image->size : (uint64_t)hole;
        if (from >= image->size)
            return 0;
        populate(image, from, to);
        if (read_range(image, fd, from, to, err))
            return -1;
        at = to;
    }
    return 0;
}

static int open_regular(const char *path, uint64_t *size, struct rc_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return rc_fail(err, "%s: no such profile; make one with: recount record -o %s COMMAND", path, path);
    if (fd < 0)
        return rc_fail(err, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fd, &st))
        rc_fail(err, "%s: cannot be examined: %s", path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        rc_fail(err, "%s: is a directory; name the profile in it", path);
    else if (!S_ISREG(st.st_mode))
        rc_fail(err, "%s: is not a regular file; a profile must be one", path);
    else if (st.st_size == 0)
        rc_fail(err, "%s: is empty; the recording never began or the disk was full", path);
    else {
        *size = (uint64_t)st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

int rc_image_read(struct rc_image *out, const char *path, struct rc_error *err) {
    struct rc_image image = {.path = path};
    int fd = open_regular(path, &image.size, err);
    if (fd < 0)
        return -1;
    int result = -1;
    image.bytes = mmap(NULL, image.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (image.bytes == MAP_FAILED)
        image.bytes = NULL;
    if (!image.bytes)
        rc_fail(err, "%s: no memory for its %llu bytes", path, (unsigned long long)image.size);
    else
        result = read_data(&image, fd, err);
    close(fd);
    if (result)
        rc_image_free(&image);
    else
        *out = image;
    return result;
}

void rc_image_drop(const struct rc_image *image, uint64_t offset, uint64_t size) {
    uint64_t begin = (offset + PAGE - 1) / PAGE * PAGE, end = (offset + size) / PAGE * PAGE;
    if (begin < end)
        madvise(image->bytes + begin, end - begin, MADV_DONTNEED);
}

void rc_image_free(struct rc_image *image) {
    if (image->bytes)
        munmap(image->bytes, image->size);
    image->bytes = NULL;
}
