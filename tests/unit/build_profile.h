/*
 * Profile files made by hand, for tests. The builder writes the way the runtime does: the file is a mapping, records
 * are written in place, and pointers inside are plain pointers. `base` of each process is the mapping's address.
 */
#ifndef RECOUNT_TESTS_BUILD_PROFILE_H
#define RECOUNT_TESTS_BUILD_PROFILE_H

#include <stdint.h>

#include "profile/format.h"

struct rf_test {
    unsigned char *memory; /* stays where it is */
    uint64_t size;         /* bytes handed out */
};

/** An empty profile: a header, the command "app\0--flag", 1000 Hz. To be freed with rf_test_free. Aborts on failure. */
struct rf_test *rf_test_new(void);
void rf_test_free(struct rf_test *test);
struct rf_header *rf_test_header(struct rf_test *test);

/** A chunk with room for `payload` bytes, none of them used. */
struct rf_chunk *rf_test_chunk(struct rf_test *test, enum rf_kind kind, uint32_t process, uint32_t thread,
                               uint64_t payload);

/** A zeroed record of `size` bytes: in the last chunk if that is of the same owner and kind and has room. */
void *rf_test_record(struct rf_test *test, enum rf_kind kind, uint32_t process, uint32_t thread, uint64_t size);

/** A process that ended well: 1 tick is 1 ns, from tick 1000 to tick 2000000. */
struct rf_process *rf_test_add_process(struct rf_test *test, uint32_t ordinal);

/** A live thread with a root, a signal root and a running stack that has room for frames up to the end of a page. */
struct rf_thread *rf_test_add_thread(struct rf_test *test, uint32_t process, uint32_t ordinal);

/** A context; `parent` NULL makes it a child of the thread's root. */
struct rf_node *rf_test_add_node(struct rf_test *test, uint32_t process, struct rf_thread *thread,
                                 struct rf_node *parent, uint64_t fn, uint64_t cs, uint64_t count);

/** The extra of `node`, made if it has none. */
struct rf_extra *rf_test_extra(struct rf_test *test, uint32_t process, struct rf_node *node);

struct rf_await *rf_test_add_await(struct rf_test *test, uint32_t process, struct rf_node *node, const char *file,
                                   uint32_t line, const char *awaited);
struct rf_call *rf_test_add_call(struct rf_test *test, uint32_t process, struct rf_node *node, uint64_t id);

/** Opens a call on the thread's running stack. */
struct rf_frame *rf_test_push(struct rf_thread *thread, struct rf_node *node, uint64_t t0, uint64_t call);

/** Another stack of the thread, suspended at tick `at`; frames are pushed with rf_test_push_on. */
struct rf_stack *rf_test_add_stack(struct rf_test *test, uint32_t process, struct rf_thread *thread, uint64_t at);
struct rf_frame *rf_test_push_on(struct rf_stack *stack, struct rf_node *node, uint64_t t0, uint64_t call);

/** Each returns the new record's number, from 1; `caller` 0: none. */
uint32_t rf_test_add_native(struct rf_test *test, uint32_t process, uint64_t ip, uint32_t caller);
uint32_t rf_test_add_path(struct rf_test *test, uint32_t process, struct rf_node *node, uint64_t call, uint32_t caller);

struct rf_sample *rf_test_add_sample(struct rf_test *test, uint32_t process, uint64_t seq, uint32_t thread,
                                     uint32_t native, uint32_t path);
struct rf_module *rf_test_add_module(struct rf_test *test, uint32_t process, const char *path, uint64_t start,
                                     uint64_t end, uint64_t bias);
struct rf_identity *rf_test_add_identity(struct rf_test *test, uint32_t process, uint64_t fn);

struct rf_stall *rf_test_add_stall(struct rf_test *test, uint32_t process, struct rf_node *node, uint32_t thread);

/** Writes the profile's first `size` bytes (rf_test's own size: all) to `path`. Aborts on failure. */
void rf_test_write(const struct rf_test *test, const char *path, uint64_t size);

/** A new name for a file in the temporary directory; the caller unlinks and frees it. */
char *rf_test_path(void);

#endif
