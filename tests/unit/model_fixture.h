/* Profiles made by hand for the model's tests: plain structs and invented symbols, no files. 1 tick is 1 ns. */
#ifndef RECOUNT_TESTS_MODEL_FIXTURE_H
#define RECOUNT_TESTS_MODEL_FIXTURE_H

#include "compare/model/model.h"

enum { FIXTURE_NODES = 4096, FIXTURE_SYMBOLS = 256, FIXTURE_SAMPLES = 1 << 16, FIXTURE_PATHS = 1 << 14 };

struct fixture {
    struct rc_profile profile;
    struct rc_process process;
    struct rc_lookup lookup;
    struct rc_thread threads[8];
    struct rc_node nodes[FIXTURE_NODES];
    struct rc_extra extras[FIXTURE_NODES];
    struct rc_await awaits[256];
    struct rc_call calls[256];
    struct rc_stack stacks[8];
    struct rc_frame frames[8][64];
    struct rc_sample samples[FIXTURE_SAMPLES];
    struct rc_path paths[FIXTURE_PATHS];
    struct rc_native natives[1024];
    struct rc_stall stalls[16];
    struct rc_identity identities[4];
    struct rc_symbol symbols[FIXTURE_SYMBOLS];
    size_t n_symbols;
    uint32_t lines_end, last_line; /* not 0: from there on, each function's code is of that line */
};

/** One process of one thread (tid 100, the main one), whose root is node 0 and signal root node 1. Aborts on failure.
 */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *f);

/** An invented function in /bin/app, declared in app.c; returns its address. Its code covers 4 KiB. */
uint64_t fixture_symbol(struct fixture *f, const char *base, enum rc_clone clone);
/** The same without hooks, in /lib/lib.so. */
uint64_t fixture_library(struct fixture *f, const char *base);

/** A context; `cs` 0: a call from inside the parent's function. */
uint32_t fixture_node(struct fixture *f, uint32_t parent, uint64_t fn, uint64_t cs, uint64_t count);
struct rc_extra *fixture_extra(struct fixture *f, uint32_t node);
struct rc_await *fixture_await(struct fixture *f, uint32_t node, uint32_t line, const char *awaited);
struct rc_call *fixture_call(struct fixture *f, uint32_t node, uint32_t physical, uint64_t id);
struct rc_frame *fixture_open(struct fixture *f, size_t stack, uint32_t node, uint64_t t0, uint64_t call);
uint32_t fixture_path(struct fixture *f, uint32_t caller, uint32_t node, uint64_t call);
uint32_t fixture_native(struct fixture *f, uint32_t caller, uint64_t ip, bool leaf);
/** An on-CPU sample of 1 ms, one after the other. */
struct rc_sample *fixture_sample(struct fixture *f, uint32_t path, uint32_t native);

/** Builds the report and finds its causes; the caller frees it. Aborts on failure, and where the parts of a difference
 * do not add up. */
struct rc_report *fixture_report(struct fixture *f);
struct rc_report *fixture_report_with(struct fixture *f, enum rc_tree_kind tree);
/** Aborts when there is none. */
const struct rc_function *fixture_function(const struct rc_report *report, const char *name);
/** The count of the tally named `name`; 0 when there is none. */
uint64_t fixture_tally(const struct rc_tallies *tallies, const char *name);

/** The two ledgers: entries and calls add up, time adds up, callers add up. Asserts. */
void fixture_check_closed(const struct rc_report *report);

#endif
