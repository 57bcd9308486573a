/*
 * The chunks of a profile's image: found, checked and sorted, so that an address of the recorded process can be
 * turned into a record's number and nothing else.
 */
#ifndef RECOUNT_COMPARE_LOAD_CHUNKS_H
#define RECOUNT_COMPARE_LOAD_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/load/image.h"
#include "compare/load/profile.h"

/* One chunk's payload. */
struct rc_span {
    uint64_t offset; /* in the file */
    uint64_t room;   /* bytes behind the chunk's header */
    uint64_t used;   /* of these; at most room */
    uint32_t kind, process, thread;
    uint32_t first;   /* number of its first record in its table */
    uint32_t records; /* that lie in `used` */
    bool taken;       /* a stack's frames were found here */
};

struct rc_chunks {
    struct rc_span *spans; /* by process, kind, offset */
    size_t n;
    struct rc_span *runs; /* RF_RUN, in the order of the file; they belong to no process */
    size_t n_runs;
    struct rc_span *sleepers; /* RF_ASLEEP, likewise */
    size_t n_sleepers;
    uint64_t damage; /* chunks that their writer did not finish */
};

/* All records of one kind in one process, numbered through its chunks in the order of the file. */
struct rc_table {
    const struct rc_image *image;
    struct rc_span *spans; /* borrowed from rc_chunks */
    size_t n;
    size_t record; /* bytes */
    uint32_t total;
    uint64_t base; /* the process's address of file offset 0 */
};

/** Checks the header page. 0, or -1 with a line in `err` that says what kind of file it is. */
int rc_header_check(const struct rc_image *image, struct rc_error *err);

/** Whether a chunk of this header can lie at offset `at`. 0, or -1 with a line in `err`. */
int rc_chunk_check(const struct rc_image *image, uint64_t at, const struct rf_chunk *chunk, struct rc_error *err);

/** How far to go on where a header without its magic was found: what its writer, who was killed, had taken. */
uint64_t rc_chunk_unfinished(const struct rc_image *image, uint64_t at);

/** Walks the file behind its header page. On success `out` is to be given to rc_chunks_free. */
int rc_chunks_walk(struct rc_chunks *out, const struct rc_image *image, struct rc_error *err);

void rc_chunks_free(struct rc_chunks *chunks);

/** The table of the records of `kind`, `record` bytes each, among `spans`; -1 when there are more than 2^32 - 8. */
int rc_table_make(struct rc_table *out, const struct rc_image *image, struct rc_span *spans, size_t n, uint32_t kind,
                  size_t record, uint64_t base, struct rc_error *err);

/** The span whose payload `address` lies in, or NULL. */
struct rc_span *rc_table_span(const struct rc_table *table, uint64_t address);

/** The number of the record at `address`; RC_NONE when there is none exactly there. */
uint32_t rc_table_index(const struct rc_table *table, uint64_t address);

/** Record `i` of `span`, which must be below span->records. */
const void *rc_table_record(const struct rc_table *table, const struct rc_span *span, uint32_t i);

/** The bytes at `span`'s payload. */
const void *rc_span_bytes(const struct rc_image *image, const struct rc_span *span);

#endif
