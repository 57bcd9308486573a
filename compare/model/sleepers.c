/* Which functions' hooks slept, and in which runs: what was not counted for that reason is not taken for never called.
 */
#include <stdlib.h>

#include "compare/model/build.h"

/* The filter of one run. */
struct filter {
    const struct rf_asleep *items;
    size_t n;
    bool *found; /* by item: some process had it loaded; the others' names nobody knows */
};

struct finding {
    struct rc_build *build;
    bool *found;
    uint32_t *marked; /* functions of the run's filter, perhaps several times */
    size_t n_marked;
};

static int compare_file(const struct rf_asleep *at, uint64_t device, uint64_t inode) {
    if (at->device != device)
        return at->device < device ? -1 : 1;
    return at->inode < inode ? -1 : at->inode > inode;
}

/* The first of the list that is not before the file's. */
static size_t first_of(const struct filter *filter, uint64_t device, uint64_t inode) {
    size_t low = 0, high = filter->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_file(&filter->items[middle], device, inode) < 0)
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
    if (f == RC_NONE || rc_grow((void **)&finding->marked, finding->n_marked, sizeof *finding->marked))
        return rc_no_memory(finding->build->err);
    finding->marked[finding->n_marked++] = f;
    finding->build->report->n_asleep += !finding->build->report->functions[f].asleep;
    finding->build->report->functions[f].asleep = true;
    return 0;
}

static int mark_module(struct finding *finding, const struct filter *filter, const struct rc_part *part,
                       const struct rc_module *module) {
    uint64_t device, inode;
    if (!part->lookup->file || !part->lookup->file(part->lookup->context, module, &device, &inode))
        return 0;
    for (size_t i = first_of(filter, device, inode);
         i < filter->n && compare_file(&filter->items[i], device, inode) == 0; i++) {
        uint64_t address = filter->items[i].address + module->bias;
        if (address < module->start || address >= module->end)
            continue;
        filter->found[i] = true;
        if (!is_own(part->process, address) && mark(finding, part, address))
            return -1;
    }
    return 0;
}

/* A runtime that cannot sleep counts them all the same. */
static void wake_counted(const struct rc_part *part, bool *asleep) {
    for (size_t n = 0; n < part->process->n_nodes; n++)
        if (part->work[n].function != RC_NONE && part->process->nodes[n].count)
            asleep[part->work[n].function] = false;
}

/* Parts `first` to `end` are one run's. */
static int settle(struct finding *finding, size_t first, size_t end) {
    struct rc_report *report = finding->build->report;
    bool *asleep = calloc(report->n_functions + 1, sizeof *asleep);
    if (!asleep)
        return rc_no_memory(finding->build->err);
    for (size_t i = 0; i < finding->n_marked; i++)
        asleep[finding->marked[i]] = true;
    for (size_t p = first; p < end; p++)
        wake_counted(&finding->build->parts[p], asleep);
    for (size_t f = 0; f < report->n_functions; f++)
        report->functions[f].asleep_runs += asleep[f];
    for (size_t p = first; p < end; p++) {
        report->parts[p].asleep = asleep;
        report->parts[p].n_asleep = report->n_functions;
    }
    return 0;
}

static int find_in_run(struct finding *finding, size_t first, size_t end) {
    const struct rc_profile *profile = finding->build->report->profile;
    struct filter filter = {profile->sleepers, profile->n_sleepers, finding->found};
    if (profile->n_runs > 1) {
        const struct rc_run *run = &profile->runs[finding->build->parts[first].process->run];
        filter = (struct filter){profile->sleepers + run->first_sleeper, run->n_sleepers,
                                 finding->found + run->first_sleeper};
    }
    finding->n_marked = 0;
    for (size_t p = first; p < end && filter.n; p++)
        for (size_t m = 0; m < finding->build->parts[p].process->n_modules; m++)
            if (mark_module(finding, &filter, &finding->build->parts[p], &finding->build->parts[p].process->modules[m]))
                return -1;
    return finding->n_marked ? settle(finding, first, end) : 0;
}

static int find_in_runs(struct finding *finding) {
    const struct rc_build *build = finding->build;
    for (size_t first = 0, end; first < build->n_parts; first = end) {
        for (end = first + 1; end < build->n_parts; end++)
            if (build->parts[end].process->run != build->parts[first].process->run)
                break;
        if (find_in_run(finding, first, end))
            return -1;
    }
    return 0;
}

struct place {
    struct rf_asleep at;
    bool found;
};

static int by_place(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    int file = compare_file(&a->at, b->at.device, b->at.inode);
    return file ? file : (a->at.address > b->at.address) - (a->at.address < b->at.address);
}

/* No place: a rule that matched nothing. */
static bool is_unmatched(const struct rf_asleep *at) {
    return !at->device && !at->inode;
}

/* One that several runs' filters name is one place. 0, or -1: no memory. */
static int count_unknown(const struct finding *finding) {
    const struct rc_profile *profile = finding->build->report->profile;
    struct place *places = calloc(profile->n_sleepers, sizeof *places);
    if (!places)
        return -1;
    for (size_t i = 0; i < profile->n_sleepers; i++) {
        places[i] = (struct place){profile->sleepers[i], finding->found[i]};
        finding->build->report->asleep_unmatched += is_unmatched(&profile->sleepers[i]);
    }
    qsort(places, profile->n_sleepers, sizeof *places, by_place);
    bool found = false;
    for (size_t i = 0; i < profile->n_sleepers; i++) {
        bool same = i > 0 && by_place(&places[i - 1], &places[i]) == 0;
        bool last = i + 1 == profile->n_sleepers || by_place(&places[i], &places[i + 1]) != 0;
        found = places[i].found || (same && found);
        finding->build->report->asleep_unknown += last && !found && !is_unmatched(&places[i].at);
    }
    free(places);
    return 0;
}

int rc_find_sleepers(struct rc_build *build) {
    struct rc_report *report = build->report;
    struct finding finding = {.build = build};
    if (!report->profile->n_sleepers)
        return 0;
    finding.found = calloc(report->profile->n_sleepers, sizeof *finding.found);
    if (!finding.found)
        return rc_no_memory(build->err);
    int result = find_in_runs(&finding);
    if (result == 0 && count_unknown(&finding))
        result = rc_no_memory(build->err);
    for (size_t f = 0; f < report->n_functions && result == 0; f++) {
        const struct rc_function *function = &report->functions[f];
        report->asleep_counted += function->asleep && function->hooked && !function->asleep_runs;
        report->asleep_partly += function->hooked && function->asleep_runs;
    }
    free(finding.found);
    free(finding.marked);
    return result;
}

void rc_excuse_sleepers(struct rc_report *report) {
    for (size_t f = 0; f < report->n_functions && report->n_asleep; f++)
        if (report->functions[f].asleep && !report->functions[f].hooked)
            report->functions[f].verdict = RC_TOO_FEW;
}
