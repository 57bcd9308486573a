#include "command/summary.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/render/printable.h"
#include "profile/format.h"

static bool read_at(int fd, void *out, size_t size, uint64_t offset) {
    return pread(fd, out, size, (off_t)offset) == (ssize_t)size;
}

/* Roots and nodes that were handed out and not yet filled in name no function. */
static uint64_t count_contexts(int fd, uint64_t offset, uint64_t size) {
    struct rf_node nodes[32];
    uint64_t contexts = 0;
    for (uint64_t end = offset + size; offset < end;) {
        ssize_t n = pread(fd, nodes, end - offset < sizeof nodes ? end - offset : sizeof nodes, (off_t)offset);
        if (n < (ssize_t)sizeof *nodes)
            break;
        size_t count = (size_t)n / sizeof *nodes;
        for (size_t i = 0; i < count; i++)
            contexts += nodes[i].fn != 0;
        offset += count * sizeof *nodes;
    }
    return contexts;
}

static void count_process(struct summary *s, const struct rf_process *process) {
    s->processes++;
    /* A process that never reached a hook has threads that were only sampled. */
    s->threads += process->threads_started ? process->threads_started : process->threads;
    s->samples += process->samples_taken;
}

static void count_chunk(struct summary *s, int fd, uint64_t offset, const struct rf_chunk *chunk) {
    struct rf_process process;
    uint64_t payload = offset + sizeof *chunk, room = chunk->size - sizeof *chunk;
    if (chunk->kind == RF_PROCESS && read_at(fd, &process, sizeof process, payload))
        count_process(s, &process);
    else if (chunk->kind == RF_NODES)
        s->contexts += count_contexts(fd, payload, chunk->used < room ? chunk->used : room);
}

/* The used bytes: what the writers handed out, but no more than is there. */
static uint64_t used_size(int fd) {
    struct rf_header header;
    struct stat status;
    if (fstat(fd, &status) || !read_at(fd, &header, sizeof header, 0))
        return 0;
    uint64_t there = (uint64_t)status.st_size;
    return header.tail >= RF_PAGE && header.tail <= there ? header.tail : there;
}

struct summary summary_of(int fd) {
    struct summary s = {.size = used_size(fd)};
    struct rf_chunk chunk;
    uint64_t step;
    for (uint64_t offset = RF_PAGE; offset < s.size && read_at(fd, &chunk, sizeof chunk, offset); offset += step) {
        bool whole = chunk.magic == RF_CHUNK_MAGIC && chunk.size % RF_PAGE == 0 && chunk.size >= RF_PAGE &&
                     chunk.size <= s.size - offset;
        step = whole ? chunk.size : RF_PAGE;
        if (whole)
            count_chunk(&s, fd, offset, &chunk);
    }
    return s;
}

/* 12034 -> "12,034" */
static const char *grouped(char out[32], uint64_t number) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *to = out;
    for (int i = 0; i < n; i++) {
        *to++ = digits[i];
        if ((n - i) % 3 == 1 && i + 1 < n)
            *to++ = ',';
    }
    *to = '\0';
    return out;
}

static const char *plural(uint64_t number, const char *one, const char *many) {
    return number == 1 ? one : many;
}

static const char *readable_size(char out[32], uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit < 3) {
        value /= 1024;
        unit++;
    }
    snprintf(out, 32, "%.1f %s", value, units[unit]);
    return out;
}

void summary_print(const struct summary *s, const char *place) {
    char size[32], processes[32], threads[32], contexts[32], samples[32];
    char counted[160] = "", *name = rc_printable(place);
    if (s->threads || s->contexts) /* sleeping hooks count neither */
        snprintf(counted, sizeof counted, "%s %s, %s %s, ", grouped(threads, s->threads),
                 plural(s->threads, "thread", "threads"), grouped(contexts, s->contexts),
                 plural(s->contexts, "context", "contexts"));
    fprintf(stderr, "[ recount: wrote %s (%s, %s %s, %s%s %s) ]\n", name ? name : "it", readable_size(size, s->size),
            grouped(processes, s->processes), plural(s->processes, "process", "processes"), counted,
            grouped(samples, s->samples), plural(s->samples, "sample", "samples"));
    free(name);
}
