/* Walks over the tree of sampled calls that take as many steps as it has records, however deep it is. */
#ifndef RECOUNT_COMPARE_MODEL_PATHS_H
#define RECOUNT_COMPARE_MODEL_PATHS_H

#include "compare/load/profile.h"

/** Numbers of process->paths, each behind its caller and right before what it called. To be freed; NULL: no memory. */
uint32_t *rc_paths_order(const struct rc_process *process);

/** Numbers of process->samples, ordered by their paths as above, those without one first. To be freed; NULL: no memory.
 */
uint32_t *rc_samples_by_path(const struct rc_process *process);

/** By path: how many samples show it or what it called. To be freed; NULL: no memory. */
uint32_t *rc_paths_samples(const struct rc_process *process);

#endif
