/* Finding the file that a command names, and what its ELF headers say about profiling it. */
#ifndef RECOUNT_COMMAND_PROGRAM_H
#define RECOUNT_COMMAND_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/** Finds `name` as execvp does. @return 0 with `path` filled in, or -1 with errno set. */
int program_find(char path[PATH_MAX], const char *name);

struct program {
    bool elf;         /* an x86-64 ELF executable; nothing else is known of other files */
    bool foreign;     /* an ELF file of another machine or word size */
    bool interpreter; /* the dynamic loader starts it, so a library can be preloaded */
    bool runtime;     /* holds recount's runtime */
    bool hooked;      /* calls the hooks, and leaves it to others to define them */
    bool sanitizer;   /* loads a sanitizer that must come before every other library */
};

/** Reads the headers of the file; what cannot be read is not elf. */
struct program program_read(const char *path);

#endif
