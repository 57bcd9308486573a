/* Which functions' hooks slept: what was not counted for that reason is not taken for never called. */
#include <stdlib.h>

#include "compare/model/build.h"

/* Counts those of the list that some process had loaded; the others' names nobody knows. */
struct finding {
    struct rc_build *build;
    const struct rc_profile *profile;
    bool *found; /* by place in the list */
};

static int compare_file(const struct rf_asleep *at, uint64_t device, uint64_t inode) {
    if (at->device != device)
        return at->device < device ? -1 : 1;
    return at->inode < inode ? -1 : at->inode > inode;
}

/* The first of the list that is not before the file's. */
static size_t first_of(const struct rc_profile *profile, uint64_t device, uint64_t inode) {
    size_t low = 0, high = profile->n_sleepers;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_file(&profile->sleepers[middle], device, inode) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The runtime has no hooks itself, whatever a pattern matches. */
static bool is_own(const struct rc_process *process, uint64_t address) {
    return address >= process->hooks_lo && address < process->hooks_hi;
}

static int mark(struct finding *finding, const struct rc_part *part, uint64_t address) {
    uint32_t f = rc_function_of(finding->build, part->lookup->find(part->lookup->context, address));
    if (f == RC_NONE)
        return rc_no_memory(finding->build->err);
    struct rc_report *report = finding->build->report;
    struct rc_function *function = &report->functions[f];
    report->n_asleep += !function->asleep;
    report->asleep_counted += !function->asleep && function->hooked;
    function->asleep = true;
    if (!function->hooked)
        function->verdict = RC_TOO_FEW; /* there is nothing to compare */
    return 0;
}

static int mark_module(struct finding *finding, const struct rc_part *part, const struct rc_module *module) {
    uint64_t device, inode;
    if (!part->lookup->file || !part->lookup->file(part->lookup->context, module, &device, &inode))
        return 0;
    for (size_t i = first_of(finding->profile, device, inode);
         i < finding->profile->n_sleepers && compare_file(&finding->profile->sleepers[i], device, inode) == 0; i++) {
        uint64_t address = finding->profile->sleepers[i].address + module->bias;
        if (address < module->start || address >= module->end)
            continue;
        finding->found[i] = true;
        if (!is_own(part->process, address) && mark(finding, part, address))
            return -1;
    }
    return 0;
}

int rc_list_sleepers(struct rc_build *build) {
    struct finding finding = {.build = build, .profile = build->report->profile};
    int result = 0;
    if (!finding.profile->n_sleepers)
        return 0;
    finding.found = calloc(finding.profile->n_sleepers, sizeof *finding.found);
    if (!finding.found)
        return rc_no_memory(build->err);
    for (size_t p = 0; p < build->n_parts && result == 0; p++)
        for (size_t m = 0; m < build->parts[p].process->n_modules && result == 0; m++)
            result = mark_module(&finding, &build->parts[p], &build->parts[p].process->modules[m]);
    for (size_t i = 0; i < finding.profile->n_sleepers; i++)
        build->report->asleep_unknown += !finding.found[i];
    free(finding.found);
    return result;
}
