/* state PROFILE: what it says of hooks that slept, summed over its processes, as shell assignments. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "profile/format.h"

static struct { uint64_t asleep, refused, inlined, unknown, left, entries; } sum;

static void add_process(const struct rf_process *process) {
    sum.asleep += process->sites_asleep;
    sum.refused += process->sites_refused;
    sum.inlined += process->sites_inlined;
    sum.unknown += process->sites_unknown;
    sum.left += process->hooks_left;
}

static void add_nodes(const struct rf_node *nodes, size_t count) {
    for (size_t i = 0; i < count; i++)
        sum.entries += nodes[i].count;
}

int main(int argc, char **argv) {
    struct stat file;
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &file) != 0) {
        fprintf(stderr, "usage: state PROFILE\n");
        return 2;
    }
    const char *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return 1;
    const struct rf_header *header = (const struct rf_header *)bytes;
    for (off_t at = RF_PAGE; at < file.st_size;) {
        const struct rf_chunk *chunk = (const struct rf_chunk *)(bytes + at);
        if (chunk->magic == RF_CHUNK_MAGIC && chunk->kind == RF_PROCESS)
            add_process((const struct rf_process *)(chunk + 1));
        if (chunk->magic == RF_CHUNK_MAGIC && chunk->kind == RF_NODES)
            add_nodes((const struct rf_node *)(chunk + 1), chunk->used / sizeof(struct rf_node));
        at += chunk->magic == RF_CHUNK_MAGIC ? (off_t)chunk->size : RF_PAGE;
    }
    printf("asleep=%u sites_asleep=%" PRIu64 " sites_refused=%" PRIu64 " sites_inlined=%" PRIu64
           " sites_unknown=%" PRIu64 " hooks_left=%" PRIu64 " entries=%" PRIu64 "\n",
           header->asleep, sum.asleep, sum.refused, sum.inlined, sum.unknown, sum.left, sum.entries);
    return 0;
}
