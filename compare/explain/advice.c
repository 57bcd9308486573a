#include "compare/explain/advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS_MOST = 12, STEPS_MOST = 1024 };

static uint64_t entries_from(const struct rc_function *callee, const char *caller) {
    for (size_t i = 0; i < callee->physical_callers.n; i++)
        if (strcmp(callee->physical_callers.items[i].name, caller) == 0)
            return callee->physical_callers.items[i].count;
    return 0;
}

static const struct rc_function *named(const struct rc_report *report, const char *name) {
    for (size_t i = 0; i < report->n_functions; i++)
        if (report->functions[i].hooked && strcmp(report->functions[i].name, name) == 0)
            return &report->functions[i];
    return NULL;
}

/* Some path of callers leads from one to the other; not looked for without end. */
static bool is_below(const struct rc_report *report, const struct rc_function *callee, const struct rc_function *caller,
                     int levels, int *steps) {
    if (entries_from(callee, caller->name))
        return true;
    for (size_t i = 0; i < callee->physical_callers.n && levels > 0 && *steps > 0; i++) {
        const struct rc_function *next = named(report, callee->physical_callers.items[i].name);
        --*steps;
        if (next && next != callee && is_below(report, next, caller, levels - 1, steps))
            return true;
    }
    return false;
}

const struct rc_function *rc_noisiest_callee(const struct rc_report *report, const struct rc_function *function) {
    const struct rc_function *noisiest = function;
    int steps = STEPS_MOST;
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct rc_function *other = &report->functions[i];
        if (other != function && other->entries > noisiest->entries &&
            is_below(report, other, function, LEVELS_MOST, &steps))
            noisiest = other;
    }
    return noisiest;
}

static bool is_noisier(const struct rc_function *one, const struct rc_function *other) {
    if (one->seen.in_probe != other->seen.in_probe)
        return one->seen.in_probe > other->seen.in_probe;
    return one->entries > other->entries;
}

const struct rc_function *rc_noisiest(const struct rc_report *report) {
    const struct rc_function *noisiest = report->functions;
    for (size_t i = 1; i < report->n_functions; i++)
        if (is_noisier(&report->functions[i], noisiest))
            noisiest = &report->functions[i];
    return noisiest;
}

const struct rc_function *rc_where_blocked(const struct rc_report *report, const struct rc_function *function) {
    const struct rc_function *where = function;
    uint64_t most = function->syscalls.n ? function->self_blocked_ns : 0;
    int steps = STEPS_MOST;
    for (size_t i = 0; i < report->n_functions; i++) {
        const struct rc_function *other = &report->functions[i];
        if (other == function || !other->syscalls.n || other->self_blocked_ns <= most ||
            !is_below(report, other, function, LEVELS_MOST, &steps))
            continue;
        most = other->self_blocked_ns;
        where = other;
    }
    return where;
}

void rc_place_of(const struct rc_report *report, const struct rc_function *function, char *to, size_t room) {
    const char *file = function->file ? function->file : "";
    uint32_t line = function->line;
    for (size_t i = 0; i < report->n_stalls; i++) {
        const struct rc_stall_row *stall = &report->stalls[i];
        if (stall->function != (uint32_t)(function - report->functions) || !stall->syscall || !*stall->file)
            continue;
        file = stall->file;
        line = stall->line;
        break;
    }
    const char *slash = strrchr(file, '/');
    *to = '\0';
    if (*file && line)
        snprintf(to, room, " (%s:%" PRIu32 ")", slash ? slash + 1 : file, line);
}

/* Where the arguments begin: at the parenthesis that closes last, f(int) const's and not operator()'s. */
static size_t without_arguments(const char *name) {
    const char *at = strrchr(name, ')');
    int open = 0;
    if (!at || strchr(at, ':'))
        return strlen(name);
    for (; at > name; at--) {
        open += (*at == ')') - (*at == '(');
        if (open == 0)
            break;
    }
    return at > name ? (size_t)(at - name) : strlen(name);
}

const char *rc_rule_name(const struct rc_function *function, char *to, size_t room) {
    size_t length = without_arguments(function->name);
    bool fits = length < room;
    snprintf(to, room, "%.*s%s", (int)(fits ? length : room - 2), function->name, fits ? "" : "*");
    return to;
}
