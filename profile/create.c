#include "profile/create.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "profile/format.h"

static uint64_t clock_ns(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t))
        return 0;
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* Two bytes stay zero, so that the last argument is closed and an empty one ends the list. */
static void copy_command(struct rf_header *header, const struct rf_options *options) {
    size_t size = options->command_size;
    if (size > sizeof header->command - 2)
        size = sizeof header->command - 2;
    if (size)
        memcpy(header->command, options->command, size);
}

/* The last byte stays zero. */
static void copy_host(struct rf_header *header) {
    struct utsname names = {0};
    if (uname(&names) == 0)
        memcpy(header->host, names.nodename, sizeof header->host - 1);
}

/* A short write can only be a full disk or a file size limit; the next try says which. */
static int write_page(int fd, const void *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = pwrite(fd, (const char *)bytes + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -ENOSPC;
        done += (size_t)n;
    }
    return 0;
}

int rf_create(int fd, const struct rf_options *options) {
    static_assert(sizeof(struct rf_header) <= RF_PAGE, "the header has a page");
    struct rf_header header;
    memset(&header, 0, sizeof header);
    memcpy(header.magic, RF_MAGIC, sizeof header.magic);
    header.version = RF_VERSION;
    header.features = RF_FEATURES;
    header.header_size = RF_PAGE;
    header.node_size = sizeof(struct rf_node);
    header.sample_hz = options->sample_hz;
    header.timestamps = options->timestamps;
    header.tail = RF_PAGE;
    header.reserved = RF_PAGE;
    header.limit = options->limit ? options->limit : RF_LIMIT_DEFAULT;
    header.start_mono_ns = clock_ns(CLOCK_MONOTONIC);
    header.start_real_ns = clock_ns(CLOCK_REALTIME);
    header.root_pid = options->root_pid;
    header.pair = options->pair;
    header.asleep = options->asleep;
    header.plain = options->plain;
    copy_command(&header, options);
    copy_host(&header);
    if (ftruncate(fd, RF_PAGE))
        return -errno;
    return write_page(fd, &header, sizeof header);
}
