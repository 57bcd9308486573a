/*
 * What a compiler driver will do with a command line, as gcc and clang read it. Knows only what decides
 * whether something is compiled and whether an executable is linked.
 */
#ifndef RECOUNT_COMMAND_DRIVER_H
#define RECOUNT_COMMAND_DRIVER_H

#include <stdbool.h>

struct driver {
    bool sources;    /* C-family inputs: something the hooks can go into */
    bool inputs;     /* any input */
    bool no_compile; /* asks, preprocesses or checks only */
    bool no_link;    /* stops before the linker */
    bool no_program; /* links a library or one big object */
    bool bare;       /* -nostdlib and the like: what is linked is the caller's business */
    bool is_static;
    bool static_pie;
    bool static_libgcc;
    bool language; /* -x was used: the next file has a language, whatever its name */
};

/** Reads a command line whose first word is the compiler; response files (@file) are opened and read, too. */
struct driver driver_read(int argc, char **argv);

#endif
