#include "compare/load/chunks.h"

#include <stdlib.h>
#include <string.h>

static_assert(sizeof(void *) == 8, "the format's pointers have 64 bits");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little endian");

typedef unsigned long long ull;

const void *rc_span_bytes(const struct rc_image *image, const struct rc_span *span) {
    return image->bytes + span->offset;
}

int rc_header_check(const struct rc_image *image, struct rc_error *err) {
    const struct rf_header *header = (const void *)image->bytes;
    const char *path = image->path;
    if (image->size < sizeof header->magic || memcmp(header->magic, RF_MAGIC, sizeof header->magic) != 0)
        return rc_fail(err, "%s: is not a recount profile; name a file that recount record wrote", path);
    if (image->size < RF_PAGE)
        return rc_fail(err, "%s: is cut off inside its header, after %llu bytes; copy it again", path,
                       (ull)image->size);
    if (header->version > RF_VERSION || (header->features & ~RF_FEATURES))
        return rc_fail(err,
                       "%s: was written by a newer recount (format %u, features %x; this one reads format %u); "
                       "read it with that one",
                       path, header->version, header->features, RF_VERSION);
    if (header->version != RF_VERSION)
        return rc_fail(err, "%s: has format %u, which this recount (format %u) no longer reads; record again", path,
                       header->version, RF_VERSION);
    if (header->header_size != RF_PAGE || header->node_size != sizeof(struct rf_node))
        return rc_fail(err, "%s: is damaged: its header gives sizes that format %u does not have; record again", path,
                       RF_VERSION);
    uint64_t backed = header->tail < header->reserved ? header->tail : header->reserved;
    if (backed > image->size)
        return rc_fail(err, "%s: is truncated: it holds %llu bytes of %llu; copy it again", path, (ull)image->size,
                       (ull)backed);
    return 0;
}

static bool all_zero(const unsigned char *bytes, size_t n) {
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

static bool sane_size(const struct rc_image *image, uint64_t at, uint64_t size) {
    return size >= RF_PAGE && size % RF_PAGE == 0 && size <= image->size - at;
}

/* A record that fills a chunk alone is complete when its chunk says that it is used. */
static bool complete(const struct rf_chunk *chunk) {
    switch (chunk->kind) {
    case RF_PROCESS:
        return chunk->used >= sizeof(struct rf_process);
    case RF_THREAD:
        return chunk->used >= sizeof(struct rf_thread);
    case RF_STACK:
        return chunk->used >= sizeof(struct rf_stack);
    case RF_RUN:
        return chunk->used >= sizeof(struct rf_run);
    default:
        return chunk->kind <= RF_ASLEEP && chunk->kind != 0;
    }
}

int rc_chunk_check(const struct rc_image *image, uint64_t at, const struct rf_chunk *chunk, struct rc_error *err) {
    if (chunk->magic != RF_CHUNK_MAGIC)
        return rc_fail(err, "%s: is damaged: no chunk begins at offset %llu; record again", image->path, (ull)at);
    if (chunk->size > image->size - at && chunk->size % RF_PAGE == 0)
        return rc_fail(err, "%s: is truncated: the chunk at offset %llu goes on past the end; copy it again",
                       image->path, (ull)at);
    if (!sane_size(image, at, chunk->size))
        return rc_fail(err, "%s: is damaged: the chunk at offset %llu has size %llu; record again", image->path,
                       (ull)at, (ull)chunk->size);
    if (chunk->used > chunk->size - sizeof *chunk)
        return rc_fail(err, "%s: is damaged: the chunk at offset %llu uses %llu bytes of %llu; record again",
                       image->path, (ull)at, (ull)chunk->used, (ull)(chunk->size - sizeof *chunk));
    return 0;
}

/* Room for `n` spans is always the next power of two. */
static int append(struct rc_span **spans, size_t *n, const struct rc_span *span) {
    if ((*n & (*n - 1)) == 0) {
        struct rc_span *more = realloc(*spans, (*n ? 2 * *n : 1) * sizeof **spans);
        if (!more)
            return -1;
        *spans = more;
    }
    (*spans)[(*n)++] = *span;
    return 0;
}

/*
 * A writer that was killed between taking room and storing the magic leaves zeros, or a header without its magic
 * in front of zeros.
 */
uint64_t rc_chunk_unfinished(const struct rc_image *image, uint64_t at) {
    const struct rf_chunk *chunk = (const void *)(image->bytes + at);
    return sane_size(image, at, chunk->size) ? chunk->size : RF_PAGE;
}

static int by_place(const void *left, const void *right) {
    const struct rc_span *a = left, *b = right;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int keep(struct rc_chunks *out, const struct rc_span *span) {
    switch (span->kind) {
    case RF_RUN:
        return append(&out->runs, &out->n_runs, span);
    case RF_ASLEEP:
        return append(&out->sleepers, &out->n_sleepers, span);
    default:
        return append(&out->spans, &out->n, span);
    }
}

static int walk(struct rc_chunks *out, const struct rc_image *image, struct rc_error *err) {
    for (uint64_t at = RF_PAGE; at < image->size && image->size - at >= sizeof(struct rf_chunk);) {
        const struct rf_chunk *chunk = (const void *)(image->bytes + at);
        if (chunk->magic == 0) {
            out->damage += !all_zero(image->bytes + at, sizeof *chunk);
            at += rc_chunk_unfinished(image, at);
            continue;
        }
        if (rc_chunk_check(image, at, chunk, err))
            return -1;
        struct rc_span span = {.offset = at + sizeof *chunk,
                               .room = chunk->size - sizeof *chunk,
                               .used = chunk->used,
                               .kind = chunk->kind,
                               .process = chunk->process,
                               .thread = chunk->thread};
        if (!complete(chunk))
            out->damage++;
        else if (keep(out, &span))
            return rc_fail(err, "%s: no memory to load it", image->path);
        at += chunk->size;
    }
    if (out->n)
        qsort(out->spans, out->n, sizeof *out->spans, by_place);
    return 0;
}

int rc_chunks_walk(struct rc_chunks *out, const struct rc_image *image, struct rc_error *err) {
    *out = (struct rc_chunks){0};
    int result = walk(out, image, err);
    if (result)
        rc_chunks_free(out);
    return result;
}

void rc_chunks_free(struct rc_chunks *chunks) {
    free(chunks->spans);
    free(chunks->runs);
    free(chunks->sleepers);
    *chunks = (struct rc_chunks){0};
}

int rc_table_make(struct rc_table *out, const struct rc_image *image, struct rc_span *spans, size_t n, uint32_t kind,
                  size_t record, uint64_t base, struct rc_error *err) {
    size_t first = 0;
    while (first < n && spans[first].kind < kind)
        first++;
    size_t end = first;
    uint64_t total = 0;
    for (; end < n && spans[end].kind == kind; end++) {
        uint64_t records = spans[end].used / record;
        if (records > UINT32_MAX - 8 - total)
            return rc_fail(err, "%s: is damaged: it claims more records than a profile can hold; record again",
                           image->path);
        spans[end].first = (uint32_t)total;
        spans[end].records = (uint32_t)records;
        total += records;
    }
    *out = (struct rc_table){image, n ? spans + first : NULL, end - first, record, (uint32_t)total, base};
    return 0;
}

struct rc_span *rc_table_span(const struct rc_table *table, uint64_t address) {
    uint64_t offset = address - table->base;
    size_t low = 0, high = table->n; /* the spans before `low` begin at or before offset */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->spans[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || offset - table->spans[low - 1].offset >= table->spans[low - 1].room)
        return NULL;
    return table->spans + low - 1;
}

uint32_t rc_table_index(const struct rc_table *table, uint64_t address) {
    const struct rc_span *span = rc_table_span(table, address);
    if (!span)
        return RC_NONE;
    uint64_t inside = address - table->base - span->offset;
    if (inside % table->record != 0 || inside / table->record >= span->records)
        return RC_NONE;
    return span->first + (uint32_t)(inside / table->record);
}

const void *rc_table_record(const struct rc_table *table, const struct rc_span *span, uint32_t i) {
    return table->image->bytes + span->offset + (uint64_t)i * table->record;
}
