#include "compare/symbolize/source.h"

#include <dwarf.h>
#include <stdlib.h>

#include "compare/symbolize/names.h"

struct rc_line rc_source_line(struct rc_object *object, struct rc_strings *strings, uint64_t address) {
    struct rc_line out = {0};
    int number = 0;
    Dwarf_Die *unit = rc_object_unit(object, address);
    Dwarf_Line *row = unit ? dwarf_getsrc_die(unit, address - object->dwarf_bias) : NULL;
    if (!row || dwarf_lineno(row, &number) || number <= 0)
        return out;
    const char *file = dwarf_linesrc(row, NULL, NULL);
    out.file = file ? rc_intern(strings, file) : NULL;
    out.line = out.file ? (uint32_t)number : 0;
    return out;
}

/*
 * The blocks around `address` as they lie in each other, innermost first, up to the unit. dwarf_getscopes leaves for
 * the abstract function at the first inlined one; asking for the innermost block's own surroundings does not.
 */
static int scopes_at(struct rc_object *object, uint64_t address, Dwarf_Die **out) {
    Dwarf_Die *unit = rc_object_unit(object, address), *nearest = NULL;
    *out = NULL;
    int n = unit ? dwarf_getscopes(unit, address - object->dwarf_bias, &nearest) : 0;
    if (n > 0)
        n = dwarf_getscopes_die(&nearest[0], out);
    free(nearest);
    return n > 0 ? n : 0;
}

struct rc_line rc_source_declaration(struct rc_object *object, struct rc_strings *strings, uint64_t address) {
    struct rc_line out = {0};
    Dwarf_Die *scopes;
    int n = scopes_at(object, address, &scopes);
    for (int i = 0; i < n; i++) {
        int number = 0;
        if (dwarf_tag(&scopes[i]) != DW_TAG_subprogram)
            continue;
        const char *file = dwarf_decl_file(&scopes[i]);
        if (!file || dwarf_decl_line(&scopes[i], &number) || number <= 0)
            break;
        out.file = rc_intern(strings, file);
        out.line = out.file ? (uint32_t)number : 0;
        break;
    }
    free(scopes);
    return out;
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

size_t rc_source_inlined(struct rc_object *object, struct rc_strings *strings, uint64_t address, const char **names,
                         size_t most) {
    Dwarf_Die *scopes;
    size_t count = 0;
    int n = scopes_at(object, address, &scopes);
    for (int i = 0; i < n && count < most && dwarf_tag(&scopes[i]) != DW_TAG_subprogram; i++) {
        if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
            continue;
        const char *name = name_of(strings, &scopes[i]);
        if (name)
            names[count++] = name;
    }
    free(scopes);
    return count;
}
