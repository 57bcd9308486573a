/*
 * filtered FILE OBJECT:ADDRESS… -- COMMAND…: runs COMMAND, recording into FILE, with the functions at ADDRESS (as nm
 * prints it) of OBJECT asleep: what `recount record` does with a filter, without the names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/create.h"
#include "profile/format.h"

enum { MOST = 64, CHUNK = 8192 };

static struct {
    struct rf_chunk chunk;
    struct rf_asleep list[MOST];
} page;

static int compare(const void *a, const void *b) {
    const struct rf_asleep *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return (x->address > y->address) - (x->address < y->address);
}

static int add(char *place, size_t n) {
    struct stat object;
    char *colon = strrchr(place, ':');
    if (!colon || n == MOST)
        return -1;
    *colon = 0;
    if (stat(place, &object))
        return -1;
    page.list[n] = (struct rf_asleep){object.st_dev, object.st_ino, strtoull(colon + 1, NULL, 16)};
    return 0;
}

static int write_profile(const char *path, size_t n) {
    struct rf_options options = {.sample_hz = RF_SAMPLE_HZ_DEFAULT, .root_pid = (uint32_t)getpid()};
    struct rf_header header;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    static_assert(sizeof page <= CHUNK, "one chunk");
    if (fd < 0 || rf_create(fd, &options) || pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
        return -1;
    page.chunk =
        (struct rf_chunk){.magic = RF_CHUNK_MAGIC, .kind = RF_ASLEEP, .size = CHUNK, .used = n * sizeof *page.list};
    header.tail = header.reserved = RF_PAGE + CHUNK;
    if (ftruncate(fd, (off_t)header.tail) || pwrite(fd, &page, sizeof page, RF_PAGE) != (ssize_t)sizeof page)
        return -1;
    return pwrite(fd, &header, sizeof header, 0) == (ssize_t)sizeof header ? 0 : -1;
}

int main(int argc, char **argv) {
    size_t n = 0;
    int i = 2;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (add(argv[i], n++)) {
            perror(argv[i]);
            return 2;
        }
    qsort(page.list, n, sizeof *page.list, compare);
    if (i + 1 >= argc || write_profile(argv[1], n) || setenv("RECOUNT", argv[1], 1)) {
        perror("filtered");
        return 2;
    }
    execv(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 2;
}
