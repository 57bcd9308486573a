/* Compiles one of the programs in tests/unit/symbolize, runs it and symbolizes it. */
#ifndef RECOUNT_TESTS_SYMBOLIZE_PROGRAM_H
#define RECOUNT_TESTS_SYMBOLIZE_PROGRAM_H

#include "compare/symbolize/symbols.h"

struct fact {
    char name[32];
    uint64_t address;
    uint32_t line;
};

struct program {
    char directory[64];
    char path[96]; /* of the executable */
    struct fact facts[32];
    size_t n_facts;
    struct rc_module module;
    struct rc_process process;
    struct rc_symbols *symbols;
};

/** Compiles (`command` is followed by " -o PATH"), runs and reads the facts. Fails the test if it does not build. */
struct program *program_make(const char *command);

/** Does `command`, a printf format for the executable's path, to it. */
void program_do(const struct program *program, const char *command);

/** Opens the symbols; `program->module` may have been changed before. */
void program_open(struct program *program);
void program_free(struct program *program);

/** The fact of that name; fails the test when there is none. */
const struct fact *program_fact(const struct program *program, const char *name);

/** Whether the compiler `name` is here. */
bool program_can(const char *name);

bool ends_with(const char *text, const char *end);

#endif
