/* The second of two runs may be of another build of the program, without hooks: what is the same in both. */
#include <string.h>

#include "compare/model/build.h"

static const char *program_of(const struct rc_profile *profile) {
    return profile->n_processes ? profile->processes[0].exe : "";
}

bool rc_is_program(const struct rc_profile *profile, const char *object) {
    return *object && strcmp(object, program_of(profile)) == 0;
}

/* Two runs may have loaded an object from two places: its file name is its name. The program of the plain run has
 * another one, and what it is here stands for it. No file has the name "". */
const char *rc_object_in_pair(const struct rc_build *build, const char *object) {
    const struct rc_profile *asleep = build->report->profile;
    const char *slash = strrchr(object, '/');
    if (asleep->plain && (rc_is_program(asleep, object) || rc_is_program(build->awake->profile, object)))
        return "";
    return slash ? slash + 1 : object;
}

/* Builds may lie in two directories, and one of them may have no debug information. */
static bool may_be_declared_in(const char *left, const char *right) {
    if (!left || !right)
        return true;
    const char *a = strrchr(left, '/'), *b = strrchr(right, '/');
    return strcmp(a ? a + 1 : left, b ? b + 1 : right) == 0;
}

static bool same_declaration(const struct rc_function *function, const struct rc_symbol *symbol) {
    return function->file && symbol->file ? strcmp(function->file, symbol->file) == 0
                                          : !function->file && !symbol->file;
}

uint32_t rc_function_of_other_build(const struct rc_build *build, const struct rc_symbol *symbol) {
    const char *object = rc_object_in_pair(build, symbol->object);
    uint32_t only = RC_NONE;
    for (size_t f = 0; f < build->awake->n_functions; f++) {
        const struct rc_function *function = &build->report->functions[f];
        if (strcmp(function->name, symbol->base) || strcmp(rc_object_in_pair(build, function->object), object) ||
            !may_be_declared_in(function->file, symbol->file))
            continue;
        if (same_declaration(function, symbol))
            return (uint32_t)f;
        if (only != RC_NONE)
            return RC_NONE;
        only = (uint32_t)f;
    }
    return only;
}
