/* The one line that a recording ends with. */
#ifndef RECOUNT_COMMAND_SUMMARY_H
#define RECOUNT_COMMAND_SUMMARY_H

#include <stdint.h>

struct summary {
    uint64_t size; /* bytes of the profile that are in use */
    uint64_t processes, threads, contexts, samples;
};

/** Counts what the profile `fd` holds, whatever state its writers left it in. */
struct summary summary_of(int fd);

/** Prints it to stderr, with where the profile is. */
void summary_print(const struct summary *summary, const char *place);

#endif
