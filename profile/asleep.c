#include "profile/asleep.h"

#include <errno.h>
#include <unistd.h>

static int write_all(int fd, const void *bytes, size_t size, uint64_t at) {
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(fd, (const char *)bytes + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -ENOSPC;
        done += (size_t)n;
    }
    return 0;
}

int rf_add_asleep(int fd, const struct rf_asleep *items, size_t n) {
    struct rf_header header;
    struct rf_chunk chunk = {.magic = RF_CHUNK_MAGIC, .kind = RF_ASLEEP, .used = n * sizeof *items};
    if (!n)
        return 0;
    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
        return -EIO;
    chunk.size = (sizeof chunk + chunk.used + RF_PAGE - 1) / RF_PAGE * RF_PAGE;
    uint64_t at = header.tail;
    if (chunk.size > header.limit - at)
        return -EFBIG;
    if (ftruncate(fd, (off_t)(at + chunk.size)))
        return -errno;
    int error = write_all(fd, &chunk, sizeof chunk, at);
    if (!error)
        error = write_all(fd, items, chunk.used, at + sizeof chunk);
    header.tail = header.reserved = at + chunk.size;
    return error ? error : write_all(fd, &header, sizeof header, 0);
}
