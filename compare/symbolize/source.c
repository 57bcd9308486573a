#include "compare/symbolize/source.h"

#include <dwarf.h>

#include "compare/symbolize/names.h"

static struct rc_unit *unit_at(struct rc_object *object, uint64_t address) {
    return rc_units_find(&object->units, object->handle, address);
}

static struct rc_line place(struct rc_strings *strings, const char *file, int line) {
    struct rc_line out = {0};
    out.file = file && line > 0 ? rc_intern(strings, file) : NULL;
    out.line = out.file ? (uint32_t)line : 0;
    return out;
}

struct rc_line rc_source_line(struct rc_object *object, struct rc_strings *strings, uint64_t address) {
    int line = 0;
    struct rc_unit *unit = unit_at(object, address);
    Dwarf_Line *row = unit ? dwarf_getsrc_die(&unit->die, address - object->units.bias) : NULL;
    if (!row || dwarf_lineno(row, &line))
        return (struct rc_line){0};
    return place(strings, dwarf_linesrc(row, NULL, NULL), line);
}

/* The file that attribute `name` of `die` numbers. dwarf_decl_file takes number 0 for none; in DWARF 5 it is the unit's
 * own file, and clang uses it. */
static const char *file_of(Dwarf_Die *die, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Half version;
    Dwarf_Die unit;
    Dwarf_Files *files;
    size_t n;
    if (!dwarf_attr_integrate(die, name, &attribute) || dwarf_formudata(&attribute, &number) ||
        dwarf_cu_info(attribute.cu, &version, NULL, &unit, NULL, NULL, NULL, NULL) ||
        dwarf_getsrcfiles(&unit, &files, &n) || number >= n || (number == 0 && version < 5))
        return NULL;
    return dwarf_filesrc(files, number, NULL, NULL);
}

struct rc_line rc_source_declaration(struct rc_object *object, struct rc_strings *strings, uint64_t address) {
    int line = 0;
    struct rc_unit *unit = unit_at(object, address);
    Dwarf_Die *function = unit ? rc_unit_function(unit, address - object->units.bias) : NULL;
    if (!function || dwarf_decl_line(function, &line))
        return (struct rc_line){0};
    return place(strings, file_of(function, DW_AT_decl_file), line);
}

static const char *name_of(struct rc_strings *strings, Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *linkage = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        linkage = dwarf_formstring(&attribute);
    if (!linkage)
        linkage = dwarf_diename(die);
    return linkage ? rc_demangle(strings, linkage) : NULL;
}

/* Replaces `die` by the block in it that covers `pc`. False: there is none. */
static bool step_into(Dwarf_Die *die, Dwarf_Addr pc) {
    Dwarf_Die child;
    if (dwarf_child(die, &child))
        return false;
    do {
        int tag = dwarf_tag(&child);
        if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) && dwarf_haspc(&child, pc) > 0) {
            *die = child;
            return true;
        }
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

struct rc_line rc_source_body_line(struct rc_object *object, struct rc_strings *strings, uint64_t address) {
    struct rc_unit *unit = unit_at(object, address);
    Dwarf_Addr pc = address - object->units.bias;
    const Dwarf_Die *function = unit ? rc_unit_function(unit, pc) : NULL;
    Dwarf_Attribute attribute;
    Dwarf_Word line;
    if (!function)
        return (struct rc_line){0};
    for (Dwarf_Die die = *function; step_into(&die, pc);)
        if (dwarf_tag(&die) == DW_TAG_inlined_subroutine)
            return dwarf_attr(&die, DW_AT_call_line, &attribute) && !dwarf_formudata(&attribute, &line)
                       ? place(strings, file_of(&die, DW_AT_call_file), (int)line)
                       : (struct rc_line){0};
    return rc_source_line(object, strings, address);
}

size_t rc_source_inlined(struct rc_object *object, struct rc_strings *strings, uint64_t address, const char **names,
                         size_t most) {
    const char *found[RC_INLINED_MOST]; /* outermost first */
    size_t n = 0;
    struct rc_unit *unit = unit_at(object, address);
    Dwarf_Addr pc = address - object->units.bias;
    const Dwarf_Die *function = unit ? rc_unit_function(unit, pc) : NULL;
    if (!function)
        return 0;
    Dwarf_Die die = *function;
    while (n < RC_INLINED_MOST && step_into(&die, pc)) {
        const char *name = dwarf_tag(&die) == DW_TAG_inlined_subroutine ? name_of(strings, &die) : NULL;
        if (name)
            found[n++] = name;
    }
    size_t count = n < most ? n : most;
    for (size_t i = 0; i < count; i++)
        names[i] = found[n - 1 - i];
    return count;
}
