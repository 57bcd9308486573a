#include "compare/load/merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare/load/loading.h"

/* One file on its way into the merged one. */
struct joining {
    struct rc_merge *merge;
    const struct rc_image *image;
    uint64_t shift; /* what is added to its offsets */
    uint32_t first; /* what is added to its process numbers */
    uint64_t end;   /* behind its last chunk */
    uint64_t processes;
    bool merged; /* it holds RF_RUN records */
};

static int cannot_write(struct rc_error *err) {
    return rc_fail(err, "the merged profile cannot be written: %s", strerror(errno));
}

int rc_merge_begin(struct rc_merge *merge, FILE *out, struct rc_error *err) {
    *merge = (struct rc_merge){.out = out, .size = RF_PAGE};
    return fseeko(out, RF_PAGE, SEEK_SET) ? cannot_write(err) : 0;
}

void rc_merge_free(struct rc_merge *merge) {
    for (size_t i = 0; i < merge->n_runs; i++) {
        free(merge->runs[i].path);
        free(merge->runs[i].host);
    }
    free(merge->runs);
    *merge = (struct rc_merge){0};
}

static bool is_zero(const unsigned char *bytes, size_t n) {
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* Pages of zeros stay holes: a profile is mostly room. */
static int put(FILE *out, const unsigned char *bytes, uint64_t n) {
    while (n) {
        size_t piece = n < RF_PAGE ? (size_t)n : RF_PAGE;
        if (is_zero(bytes, piece) ? fseeko(out, (off_t)piece, SEEK_CUR) != 0 : fwrite(bytes, piece, 1, out) != 1)
            return -1;
        bytes += piece;
        n -= piece;
    }
    return 0;
}

/* The chunk's first page as it is in the merged file. */
static void renumber(const struct joining *joining, unsigned char page[RF_PAGE]) {
    struct rf_chunk *chunk = (void *)page;
    void *payload = chunk + 1;
    chunk->process += joining->first;
    if (chunk->kind == RF_PROCESS && chunk->used >= sizeof(struct rf_process)) {
        struct rf_process *process = payload;
        process->base -= joining->shift;
        process->ordinal += joining->first;
        process->parent += process->parent ? joining->first : 0;
    } else if (chunk->kind == RF_RUN && chunk->used >= sizeof(struct rf_run)) {
        struct rf_run *run = payload;
        run->first_process += joining->first;
    }
}

/* An unfinished chunk stays what it is for a reader, whatever comes to lie behind it. */
static int put_unfinished(const struct joining *joining, uint64_t at, uint64_t size) {
    unsigned char page[RF_PAGE] = {0};
    uint64_t left = joining->image->size - at;
    uint64_t there = size < left ? size : left, head = there < RF_PAGE ? there : RF_PAGE;
    struct rf_chunk *chunk = (void *)page;
    memcpy(page, joining->image->bytes + at, head);
    if (!is_zero(page, sizeof *chunk))
        chunk->size = size;
    if (put(joining->merge->out, page, RF_PAGE))
        return -1;
    return put(joining->merge->out, joining->image->bytes + at + head, there - head);
}

static int put_chunk(const struct joining *joining, uint64_t at, uint64_t size) {
    unsigned char page[RF_PAGE];
    memcpy(page, joining->image->bytes + at, RF_PAGE);
    renumber(joining, page);
    if (put(joining->merge->out, page, RF_PAGE))
        return -1;
    return put(joining->merge->out, joining->image->bytes + at + RF_PAGE, size - RF_PAGE);
}

/* Of chunks that were checked: walks them; `write` puts them out, otherwise their extent is found. */
static int walk(struct joining *joining, bool write) {
    const struct rc_image *image = joining->image;
    uint64_t at = RF_PAGE, stop = write ? joining->end : image->size;
    while (at < stop && image->size - at >= sizeof(struct rf_chunk)) {
        const struct rf_chunk *chunk = (const void *)(image->bytes + at);
        bool whole = chunk->magic == RF_CHUNK_MAGIC;
        uint64_t size = whole ? chunk->size : rc_chunk_unfinished(image, at);
        if (write && (whole ? put_chunk(joining, at, size) : put_unfinished(joining, at, size)))
            return -1;
        at += size;
        if (whole || !is_zero((const void *)chunk, sizeof *chunk))
            joining->end = at > joining->end ? at : joining->end;
        if (whole && (uint64_t)chunk->process + 1 > joining->processes)
            joining->processes = (uint64_t)chunk->process + 1;
    }
    return 0;
}

/* The header's page becomes the record of the run; that of a merged file, which has such records, becomes a hole. */
static int put_run(const struct joining *joining) {
    const struct rf_header *header = (const void *)joining->image->bytes;
    unsigned char page[RF_PAGE] = {0};
    struct rf_chunk *chunk = (void *)page;
    struct rf_run *run = (void *)(chunk + 1);
    static_assert(sizeof *chunk + sizeof *run <= RF_PAGE, "a run has a page");
    if (joining->merged)
        return put(joining->merge->out, page, RF_PAGE);
    *chunk = (struct rf_chunk){
        .magic = RF_CHUNK_MAGIC, .kind = RF_RUN, .size = RF_PAGE, .used = sizeof *run, .process = joining->first};
    *run = (struct rf_run){.first_process = joining->first,
                           .processes = (uint32_t)joining->processes,
                           .sample_hz = header->sample_hz,
                           .timestamps = header->timestamps,
                           .start_mono_ns = header->start_mono_ns,
                           .start_real_ns = header->start_real_ns};
    memcpy(run->host, header->host, sizeof run->host);
    memcpy(run->command, header->command, sizeof run->command);
    return put(joining->merge->out, page, RF_PAGE);
}

/* What the headers agree about stays; the first one speaks for the rest. */
static int join_headers(struct rc_merge *merge, const struct rc_image *image, struct rc_error *err) {
    const struct rf_header *header = (const void *)image->bytes;
    struct rf_header *out = &merge->header;
    if (merge->n_runs == 0) {
        *out = *header;
        return 0;
    }
    if (out->asleep != header->asleep)
        return rc_fail(err, "%s: its hooks %s and those of %s did not; merge counts with counts and times with times",
                       image->path, header->asleep ? "slept" : "were awake", merge->runs[0].path);
    if (out->plain != header->plain)
        return rc_fail(err, "%s: is of a build %s hooks and %s of one %s; merge runs of one build", image->path,
                       header->plain ? "without" : "with", merge->runs[0].path, out->plain ? "without" : "with");
    if (out->sample_hz != header->sample_hz)
        out->sample_hz = 0;
    if (header->timestamps == RF_TIME_NONE || out->timestamps == RF_TIME_NONE)
        out->timestamps = RF_TIME_NONE;
    else if (out->timestamps != header->timestamps)
        out->timestamps = RF_TIME_ADAPTIVE;
    if (out->pair != header->pair)
        out->pair = 0;
    if (memcmp(out->host, header->host, sizeof out->host) != 0)
        memset(out->host, 0, sizeof out->host);
    return 0;
}

static bool same_run(const struct rc_merged_run *known, const struct rc_run *run) {
    return known->start_mono_ns == run->start_mono_ns && known->start_real_ns == run->start_real_ns &&
           strcmp(known->host, run->host) == 0;
}

/* A recording counted twice would be a lie: *.data often holds the last merge, too. */
static int note_run(struct rc_merge *merge, const struct rc_run *run, const char *path, struct rc_error *err) {
    for (size_t i = 0; i < merge->n_runs; i++)
        if (same_run(&merge->runs[i], run))
            return rc_fail(err, "%s: holds a recording that %s brought in already; name each recording once", path,
                           merge->runs[i].path);
    struct rc_merged_run *more = reallocarray(merge->runs, merge->n_runs + 1, sizeof *more);
    if (!more)
        return rc_fail(err, "%s: no memory to merge it", path);
    merge->runs = more;
    struct rc_merged_run *out = &more[merge->n_runs++];
    *out = (struct rc_merged_run){.path = strdup(path),
                                  .host = strdup(run->host),
                                  .start_mono_ns = run->start_mono_ns,
                                  .start_real_ns = run->start_real_ns};
    return out->path && out->host ? 0 : rc_fail(err, "%s: no memory to merge it", path);
}

static int note_runs(struct rc_merge *merge, const struct rc_profile *profile, const char *path, struct rc_error *err) {
    for (size_t i = 0; i < profile->n_runs; i++)
        if (note_run(merge, &profile->runs[i], path, err))
            return -1;
    return 0;
}

static bool has_runs(const struct rc_image *image) {
    for (uint64_t at = RF_PAGE; at < image->size && image->size - at >= sizeof(struct rf_chunk);) {
        const struct rf_chunk *chunk = (const void *)(image->bytes + at);
        if (chunk->magic == RF_CHUNK_MAGIC && chunk->kind == RF_RUN && chunk->used >= sizeof(struct rf_run))
            return true;
        at += chunk->magic == RF_CHUNK_MAGIC ? chunk->size : rc_chunk_unfinished(image, at);
    }
    return false;
}

static int join(struct rc_merge *merge, const struct rc_image *image, struct rc_error *err) {
    struct joining joining = {.merge = merge,
                              .image = image,
                              .shift = merge->size,
                              .first = (uint32_t)merge->processes,
                              .end = RF_PAGE,
                              .merged = has_runs(image)};
    walk(&joining, false);
    if (merge->processes + joining.processes >= UINT32_MAX)
        return rc_fail(err, "%s: numbers its processes up to %llu, and all of them together are too many", image->path,
                       (unsigned long long)joining.processes);
    if (put_run(&joining) || walk(&joining, true))
        return cannot_write(err);
    merge->size += joining.end;
    merge->processes += joining.processes;
    return 0;
}

/* What was written before more is found wrong does no harm: without its end there is no merged file. */
static int check_and_note(struct rc_merge *merge, const struct rc_image *image, struct rc_error *err) {
    struct rc_profile *profile = rc_profile_parse(image, err);
    int result = profile ? note_runs(merge, profile, image->path, err) : -1;
    rc_profile_free(profile);
    return result;
}

/*
 * The file is read once: one that is still being written to would be another one the second time. It is copied before
 * it is parsed, because parsing gives pages of it back.
 */
int rc_merge_add(struct rc_merge *merge, const char *path, struct rc_error *err) {
    struct rc_image image;
    struct rc_chunks chunks = {0};
    if (rc_image_read(&image, path, err))
        return -1;
    int result = -1;
    if (rc_header_check(&image, err) == 0 && rc_chunks_walk(&chunks, &image, err) == 0 &&
        join_headers(merge, &image, err) == 0 && join(merge, &image, err) == 0)
        result = check_and_note(merge, &image, err);
    rc_chunks_free(&chunks);
    rc_image_free(&image);
    return result;
}

int rc_merge_end(struct rc_merge *merge, struct rc_error *err) {
    unsigned char page[RF_PAGE] = {0};
    merge->header.tail = merge->header.reserved = merge->header.limit = merge->size;
    merge->header.processes = (uint32_t)merge->processes;
    memcpy(page, &merge->header, sizeof merge->header);
    if (fseeko(merge->out, 0, SEEK_SET) || fwrite(page, sizeof page, 1, merge->out) != 1 || fflush(merge->out) ||
        ftruncate(fileno(merge->out), (off_t)merge->size))
        return cannot_write(err);
    return 0;
}
