/* What every loaded profile promises, whatever the file was. */
#ifndef RECOUNT_TESTS_LOAD_CHECK_H
#define RECOUNT_TESTS_LOAD_CHECK_H

#include "compare/load/profile.h"
#include "tests/unit/build_profile.h"

/** NULL when each index is in range and each parent and caller comes first; else the promise that is broken. */
const char *load_broken_promise(const struct rc_profile *profile);

/** A profile of two processes with at least one record of each kind. */
struct rf_test *load_example(void);

/** Writes `test` to a file, loads it and removes it. What rc_profile_load gave. */
int load_back(const struct rf_test *test, struct rc_profile **out, struct rc_error *err);

/** Loads `path`, which may be anything. The damage found, or -1 for an error that is one clean line. */
int64_t load_try_path(const char *path);

#endif
