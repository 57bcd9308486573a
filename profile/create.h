/*
 * Makes an empty profile: its header page. Used by the launcher and by a program that records on its own.
 */
#ifndef RECOUNT_PROFILE_CREATE_H
#define RECOUNT_PROFILE_CREATE_H

#include <stddef.h>
#include <stdint.h>

#define RF_SAMPLE_HZ_DEFAULT 1000u
#define RF_LIMIT_DEFAULT (UINT64_C(2) << 30)

struct rf_options {
    uint32_t sample_hz;
    uint32_t timestamps; /* enum rf_timestamps */
    uint64_t limit;      /* bytes; 0: RF_LIMIT_DEFAULT */
    uint32_t root_pid;
    /* Arguments, each closed by a NUL, as in /proc/self/cmdline; cut to the header's room. */
    const char *command;
    size_t command_size;
    uint64_t pair;   /* of two runs of one command: the same in both */
    uint32_t asleep; /* 1: the hooks of this run sleep */
    uint32_t plain;  /* with asleep, 1: its program is a build without hooks */
};

/**
 * Writes the header page to the empty file `fd`, which stays the caller's, and stamps it with the present time.
 * Async-signal-safe: no allocation, no stdio, no locks; may change errno.
 * @return 0 or -errno
 */
int rf_create(int fd, const struct rf_options *options);

#endif
