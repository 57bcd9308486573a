/* Where functions begin, from the table that unwinders search: it outlives `strip`. */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_FRAMES_H
#define RECOUNT_COMPARE_SYMBOLIZE_FRAMES_H

#include <gelf.h>

#include "compare/symbolize/intervals.h"

/**
 * Adds an empty range for each entry of the object's .eh_frame_hdr, `bias` added. A table that is missing, not of
 * the one form that linkers write, or damaged adds nothing.
 * @return 0, or -1 when out of memory
 */
int rc_frames_add(struct rc_intervals *out, Elf *elf, uint64_t bias);

#endif
