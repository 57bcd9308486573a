/*
 * Replaces the samples of a profile by as many as it is told, drawn at random from its contexts, the same ones each
 * time: `reader_samples FROM TO SAMPLES`. Each has a native stack and a path of open calls, as the runtime's have, and
 * the trees of both end where the runtime's do. The calls that it shows are made up; addresses and contexts are real.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/format.h"

enum { CHUNK = 65536, TREE_MOST = 1 << 21, CALLS = 4, CODE = 8 };

struct profile {
    unsigned char *bytes; /* a private copy */
    uint64_t size;
    struct rf_process *process;
    struct rf_node **nodes; /* those that were entered */
    size_t n_nodes;
};

struct series {
    int fd;
    struct rf_chunk *chunk; /* one chunk's bytes */
    uint32_t record;
};

/* What a context has in the trees, by its number in the file; 0: nothing yet. */
struct known {
    uint32_t native, path[CALLS];
};

static uint64_t state = 1;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static void must(bool holds, const char *what) {
    if (holds)
        return;
    perror(what);
    exit(1);
}

static void *room(size_t n, size_t size) {
    void *out = calloc(n ? n : 1, size);
    must(out != NULL, "calloc");
    return out;
}

static void read_profile(struct profile *out, const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && fstat(fd, &status) == 0, path);
    out->size = (uint64_t)status.st_size;
    out->bytes = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    must(out->bytes != MAP_FAILED, path);
    close(fd);
}

static void take_nodes(struct profile *profile, const struct rf_chunk *chunk) {
    struct rf_node *nodes = (struct rf_node *)(chunk + 1);
    size_t n = chunk->used / sizeof *nodes;
    for (size_t i = 0; i < n; i++)
        if (nodes[i].fn && nodes[i].count && nodes[i].parent)
            profile->nodes[profile->n_nodes++] = &nodes[i];
}

static bool is_sampled(uint32_t kind) {
    return kind == RF_SAMPLES || kind == RF_NATIVE || kind == RF_PATHS;
}

/* Finds the only process and its contexts, and empties what its samples lie in. */
static void survey(struct profile *profile) {
    profile->nodes = room(profile->size / sizeof(struct rf_node), sizeof(struct rf_node *));
    for (uint64_t at = RF_PAGE; at + sizeof(struct rf_chunk) <= profile->size;) {
        struct rf_chunk *chunk = (struct rf_chunk *)(profile->bytes + at);
        if (chunk->kind == RF_PROCESS)
            profile->process = (struct rf_process *)(chunk + 1);
        else if (chunk->kind == RF_NODES)
            take_nodes(profile, chunk);
        else if (is_sampled(chunk->kind))
            chunk->used = 0;
        at += chunk->magic ? chunk->size : RF_PAGE;
    }
    if (profile->process && profile->n_nodes)
        return;
    fputs("reader_samples: the profile holds no contexts\n", stderr);
    exit(1);
}

static void series_begin(struct series *series, int fd, uint32_t kind, uint32_t record) {
    *series = (struct series){.fd = fd, .chunk = room(1, CHUNK), .record = record};
    series->chunk->magic = RF_CHUNK_MAGIC;
    series->chunk->kind = kind;
    series->chunk->size = CHUNK;
}

static void series_flush(struct series *series) {
    must(write(series->fd, series->chunk, CHUNK) == CHUNK, "write");
    memset(series->chunk + 1, 0, CHUNK - sizeof *series->chunk);
    series->chunk->used = 0;
}

static void series_end(struct series *series) {
    if (series->chunk->used)
        series_flush(series);
    free(series->chunk);
}

static void series_add(struct series *series, const void *record) {
    struct rf_chunk *chunk = series->chunk;
    if (chunk->used + series->record > CHUNK - sizeof *chunk)
        series_flush(series);
    memcpy((unsigned char *)(chunk + 1) + chunk->used, record, series->record);
    chunk->used += series->record;
}

static struct rf_node *node_at(const struct profile *profile, const struct rf_node *address) {
    return (struct rf_node *)(profile->bytes + ((uint64_t)(uintptr_t)address - profile->process->base));
}

static size_t number_of(const struct profile *profile, const struct rf_node *node) {
    return (size_t)((const unsigned char *)node - profile->bytes) / sizeof *node;
}

/* The context above, or NULL: a root. */
static struct rf_node *above(const struct profile *profile, struct rf_node *node) {
    if (node->flags & RF_NODE_SITE)
        node = node_at(profile, node->parent);
    struct rf_node *up = node_at(profile, node->parent);
    return up->fn ? up : NULL;
}

struct drawing {
    const struct profile *profile;
    struct series natives, paths, samples;
    uint32_t n_natives, n_paths;
    struct known *known;
};

/* The native frame that called `node`, in its caller's code. */
static uint32_t native_of(struct drawing *d, struct rf_node *node) {
    struct known *known = &d->known[number_of(d->profile, node)];
    struct rf_node *up = above(d->profile, node);
    if (known->native || d->n_natives >= TREE_MOST)
        return known->native;
    struct rf_native native = {.ip = node->cs, .caller = up ? native_of(d, up) : 0};
    if (d->n_natives >= TREE_MOST)
        return 0;
    series_add(&d->natives, &native);
    return known->native = ++d->n_natives;
}

static uint32_t path_of(struct drawing *d, struct rf_node *node, unsigned call) {
    uint32_t *known = &d->known[number_of(d->profile, node)].path[call];
    struct rf_node *up = above(d->profile, node);
    if (*known || d->n_paths >= TREE_MOST)
        return *known;
    struct rf_path path = {.node = (struct rf_node *)(uintptr_t)((uint64_t)((unsigned char *)node - d->profile->bytes) +
                                                                 d->profile->process->base),
                           .call = call + 1,
                           .caller = up ? path_of(d, up, 0) : 0};
    if (d->n_paths >= TREE_MOST)
        return 0;
    series_add(&d->paths, &path);
    return *known = ++d->n_paths;
}

/* The innermost frame is somewhere in the function's first bytes. */
static uint32_t leaf_of(struct drawing *d, struct rf_node *node) {
    struct rf_native leaf = {.ip = node->fn + next() % CODE, .caller = native_of(d, node), .leaf = 1};
    if (d->n_natives >= TREE_MOST)
        return leaf.caller;
    series_add(&d->natives, &leaf);
    return ++d->n_natives;
}

static void draw(struct drawing *d, uint64_t samples) {
    struct rf_process *process = d->profile->process;
    uint64_t ticks = process->last - process->start;
    for (uint64_t i = 0; i < samples; i++) {
        struct rf_node *node = d->profile->nodes[next() % d->profile->n_nodes];
        struct rf_sample sample = {.seq = i + 1,
                                   .time = process->start + (uint64_t)((double)ticks * (double)i / (double)samples),
                                   .thread = node->thread,
                                   .native = leaf_of(d, node),
                                   .path = path_of(d, node, next() % CALLS),
                                   .kind = RF_ON_CPU,
                                   .syscall = -1,
                                   .period_ns = (uint32_t)(process->cpu_ns / samples + 1)};
        series_add(&d->samples, &sample);
    }
    process->samples_taken = samples;
}

int main(int argc, char **argv) {
    struct profile profile = {0};
    struct drawing d = {.profile = &profile};
    uint64_t samples = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    if (!samples) {
        fputs("usage: reader_samples FROM TO SAMPLES\n", stderr);
        return 2;
    }
    read_profile(&profile, argv[1]);
    survey(&profile);
    int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    must(fd >= 0 && lseek(fd, (off_t)profile.size, SEEK_SET) >= 0, argv[2]);
    d.known = room(profile.size / sizeof(struct rf_node) + 1, sizeof *d.known);
    series_begin(&d.natives, fd, RF_NATIVE, sizeof(struct rf_native));
    series_begin(&d.paths, fd, RF_PATHS, sizeof(struct rf_path));
    series_begin(&d.samples, fd, RF_SAMPLES, sizeof(struct rf_sample));
    draw(&d, samples);
    series_end(&d.natives);
    series_end(&d.paths);
    series_end(&d.samples);
    struct rf_header *header = (struct rf_header *)profile.bytes;
    header->tail = header->reserved = header->limit = (uint64_t)lseek(fd, 0, SEEK_CUR);
    for (uint64_t done = 0; done < profile.size;) {
        ssize_t n = pwrite(fd, profile.bytes + done, profile.size - done, (off_t)done);
        must(n > 0, argv[2]);
        done += (uint64_t)n;
    }
    must(close(fd) == 0, argv[2]);
    printf("%zu contexts, %llu samples, %u native frames, %u open calls\n", profile.n_nodes,
           (unsigned long long)samples, d.n_natives, d.n_paths);
    return 0;
}
