/*
 * The compilation units of an object and the functions in them, by address. libdwfl's own search would miss clang's
 * units (no .debug_aranges), and libdw's loses its way in functions whose inlined parts come from another unit (LTO).
 */
#ifndef RECOUNT_COMPARE_SYMBOLIZE_UNITS_H
#define RECOUNT_COMPARE_SYMBOLIZE_UNITS_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>

#include "compare/symbolize/intervals.h"

struct rc_dies { /* ranges and the DIEs that they belong to */
    struct rc_intervals ranges;
    Dwarf_Die *die;
    size_t n, room;
};

struct rc_unit {
    Dwarf_Die die;
    bool indexed;
    struct rc_dies functions;
};

struct rc_units { /* zeroed: not looked at yet */
    bool indexed;
    Dwarf_Addr bias; /* a run-time address minus the DWARF's */
    struct rc_dies dies;
    struct rc_unit *unit; /* as many as dies.n */
};

/** The unit around the run-time address `address` of `module`, or NULL. */
struct rc_unit *rc_units_find(struct rc_units *units, Dwfl_Module *module, uint64_t address);

/** The function of `unit` around `pc`, an address of the DWARF's, or NULL. Alive as long as the units. */
Dwarf_Die *rc_unit_function(struct rc_unit *unit, Dwarf_Addr pc);

void rc_units_free(struct rc_units *units);

#endif
