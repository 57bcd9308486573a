/* The launcher's list of functions whose hooks sleep, written into a profile that nobody maps yet. */
#ifndef RECOUNT_PROFILE_ASLEEP_H
#define RECOUNT_PROFILE_ASLEEP_H

#include <stddef.h>

#include "profile/format.h"

/**
 * Adds an RF_ASLEEP chunk to the profile `fd`, which rf_create has just made and which stays the caller's. May change
 * errno.
 * @param items  sorted by device, inode and address
 * @return 0 or -errno; without items nothing is done
 */
int rf_add_asleep(int fd, const struct rf_asleep *items, size_t n);

#endif
