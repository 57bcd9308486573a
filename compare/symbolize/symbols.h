/*
 * From addresses of one recorded process to functions and lines, through elfutils' libdwfl on the files that
 * its modules name. A file that is gone or whose build id differs is not used; its names are then "object+0x…".
 */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_SYMBOLS_H
#define RECOUNT_COMPARE_SYMBOLIZE_SYMBOLS_H

#include "compare/error.h"
#include "compare/load/profile.h"

struct rc_symbols;

/* A function as the linker knows it. Strings live as long as the rc_symbols. */
struct rc_symbol {
    const char *name;     /* demangled, parameters and template arguments kept as the demangler prints them */
    const char *linkage;  /* as in the symbol table, version suffix cut off */
    const char *file;     /* of its declaration; NULL when not known */
    const char *object;   /* the module's path; "[unknown]" when no module covers the address */
    uint32_t line;        /* 0 when not known */
    uint64_t start, size; /* run-time address range; size 0 when not known */
    /*
     * The source function: compilers make clones of one (foo.resume, foo.destroy, foo.cleanup, foo.actor; and
     * foo.constprop.0, foo.isra.1, foo.part.2, foo.cold, foo.lto_priv.0, [clone …]). `base` is the name without those.
     */
    const char *base;
    bool named; /* by the symbol table: without it nothing is known of clones */
    enum rc_clone { RC_CLONE_NONE, RC_CLONE_RESUME, RC_CLONE_ACTOR, RC_CLONE_DESTROY } clone;
};

struct rc_line {
    const char *file; /* NULL when not known */
    uint32_t line;
};

/** Opens the modules of `process`, which must outlive it. Modules that cannot be used are listed in rc_symbols_missing.
 */
int rc_symbols_open(struct rc_symbols **out, const struct rc_process *process, struct rc_error *err);

/** Accepts NULL. */
void rc_symbols_close(struct rc_symbols *symbols);

/** The function that covers `address`; never NULL. One address gives the same pointer each time, and so do all
 * addresses of one symbol, so pointers may be compared. For a return address pass address - 1. */
const struct rc_symbol *rc_symbols_find(struct rc_symbols *symbols, uint64_t address);

/** The source line of `address` (address - 1 for a return address). */
struct rc_line rc_symbols_line(struct rc_symbols *symbols, uint64_t address);

/** Its line in the function's own source: where code was inlined, the line that it was called from. */
struct rc_line rc_symbols_body_line(struct rc_symbols *symbols, uint64_t address);

/**
 * The functions inlined at `address`, innermost first, the physical function not among them.
 * @param names  room for `most` borrowed names
 * @return how many there are, at most `most`
 */
size_t rc_symbols_inlined(struct rc_symbols *symbols, uint64_t address, const char **names, size_t most);

/** Which file a module of the process is; false where that is gone or another one. */
bool rc_symbols_file(const struct rc_symbols *symbols, const struct rc_module *module, uint64_t *device,
                     uint64_t *inode);

/** Modules that could not be read: path and why, one line each, joined by newlines; "" when none. */
const char *rc_symbols_missing(const struct rc_symbols *symbols);

#endif
