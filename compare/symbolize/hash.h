/* uthash, told to report that memory is short instead of ending the process: HASH_OOM(element) then frees it. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_HASH_H
#define RECOUNT_COMPARE_SYMBOLIZE_HASH_H

#include <stdbool.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->failed = true)

/* Its macros convert between the widths of its own counters. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <uthash.h>

#endif
