#include "compare/symbolize/units.h"

#include <dwarf.h>
#include <stdlib.h>

#define DEEPEST 64 /* a hostile tree may go on for ever */

/* Notes the ranges of `die`; one that begins at 0 belongs to code that the linker threw away. */
static int add(struct rc_dies *dies, const Dwarf_Die *die) {
    Dwarf_Die copy = *die;
    Dwarf_Addr base, start, end;
    if (dies->n == dies->room) {
        size_t room = dies->room ? dies->room * 2 : 16;
        Dwarf_Die *more = realloc(dies->die, room * sizeof *more);
        if (!more)
            return -1;
        dies->die = more;
        dies->room = room;
    }
    for (ptrdiff_t at = 0; (at = dwarf_ranges(&copy, at, &base, &start, &end)) > 0;)
        if (start && rc_intervals_add(&dies->ranges,
                                      (struct rc_interval){.start = start, .end = end, .what = (uint32_t)dies->n}))
            return -1;
    dies->die[dies->n++] = copy;
    return 0;
}

static void dies_free(struct rc_dies *dies) {
    rc_intervals_free(&dies->ranges);
    free(dies->die);
}

static bool may_hold_functions(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
           tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static int collect(struct rc_dies *functions, Dwarf_Die *parent, int depth) {
    Dwarf_Die child;
    if (depth == DEEPEST || dwarf_child(parent, &child))
        return 0;
    do {
        int tag = dwarf_tag(&child);
        if (!may_hold_functions(tag))
            continue;
        if (tag == DW_TAG_subprogram && (dwarf_hasattr(&child, DW_AT_low_pc) || dwarf_hasattr(&child, DW_AT_ranges)) &&
            add(functions, &child))
            return -1;
        if (collect(functions, &child, depth + 1))
            return -1;
    } while (dwarf_siblingof(&child, &child) == 0);
    return 0;
}

static int add_units(struct rc_units *units, Dwarf *dwarf) {
    Dwarf_CU *cu = NULL;
    Dwarf_Die die, split;
    uint8_t type;
    while (dwarf && dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, &split) == 0) {
        const Dwarf_Die *use = type == DW_UT_skeleton && split.addr ? &split : &die;
        if ((type == DW_UT_compile || type == DW_UT_skeleton) && add(&units->dies, use))
            return -1;
    }
    rc_intervals_sort(&units->dies.ranges);
    units->unit = calloc(units->dies.n ? units->dies.n : 1, sizeof *units->unit);
    if (!units->unit)
        return -1;
    for (size_t i = 0; i < units->dies.n; i++)
        units->unit[i].die = units->dies.die[i];
    return 0;
}

struct rc_unit *rc_units_find(struct rc_units *units, Dwfl_Module *module, uint64_t address) {
    if (!units->indexed) {
        units->indexed = true;
        if (add_units(units, dwfl_module_getdwarf(module, &units->bias)))
            rc_intervals_free(&units->dies.ranges);
    }
    const struct rc_interval *found = rc_intervals_find(&units->dies.ranges, address - units->bias);
    return found ? units->unit + found->what : NULL;
}

Dwarf_Die *rc_unit_function(struct rc_unit *unit, Dwarf_Addr pc) {
    if (!unit->indexed) {
        unit->indexed = true;
        if (collect(&unit->functions, &unit->die, 0))
            rc_intervals_free(&unit->functions.ranges);
        rc_intervals_sort(&unit->functions.ranges);
    }
    const struct rc_interval *found = rc_intervals_find(&unit->functions.ranges, pc);
    return found ? unit->functions.die + found->what : NULL;
}

void rc_units_free(struct rc_units *units) {
    for (size_t i = 0; units->unit && i < units->dies.n; i++)
        dies_free(&units->unit[i].functions);
    free(units->unit);
    dies_free(&units->dies);
    *units = (struct rc_units){0};
}
