#include "compare/explain/find.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "compare/symbolize/names.h"

enum { LIST_MOST = 6, WORD_MOST = 64 };

typedef bool name_test(const struct rc_function *function, const char *text);

static bool whole(const struct rc_function *function, const char *text) {
    const char *name = function->name;
    return strcmp(name, text) == 0;
}

static bool qualified(const struct rc_function *function, const char *text) {
    const char *name = function->name;
    size_t length = rc_name_length(name);
    return strlen(text) == length && strncmp(name, text, length) == 0;
}

static bool unqualified(const struct rc_function *function, const char *text) {
    const char *name = function->name;
    size_t length = rc_name_length(name), wanted = strlen(text);
    if (wanted >= length || strncmp(name + length - wanted, text, wanted))
        return false;
    char before = name[length - wanted - 1];
    return before == ':' || before == ' ';
}

static bool part(const struct rc_function *function, const char *text) {
    const char *name = function->name;
    return strstr(name, text) != NULL;
}

/* "NAME (WHERE)", as the report and the list of an ambiguous name write it: WHERE ends the file, or the file and line.
 */
static bool placed(const struct rc_function *function, const char *text) {
    const char *file = function->file ? function->file : function->object;
    size_t name = strlen(function->name), length = strlen(text);
    if (!file || length < name + 4 || strncmp(text, function->name, name) || strncmp(text + name, " (", 2) ||
        text[length - 1] != ')')
        return false;
    char place[600], where[600];
    snprintf(where, sizeof where, "%.*s", (int)(length - name - 3), text + name + 2);
    if (strchr(where, ':'))
        snprintf(place, sizeof place, "/%s:%u", file, function->line);
    else
        snprintf(place, sizeof place, "/%s", file);
    size_t all = strlen(place), tail = strlen(where);
    return tail < all && place[all - tail - 1] == '/' && strcmp(place + all - tail, where) == 0;
}

static size_t matches(const struct rc_report *report, const char *text, name_test *test, bool entered,
                      const struct rc_function **first) {
    size_t n = 0;
    for (size_t f = report->n_functions; f-- > 0;) {
        const struct rc_function *function = &report->functions[f];
        if (!test(function, text) || (entered && !function->entries))
            continue;
        *first = function;
        n++;
    }
    return n;
}

static int ambiguous(const struct rc_report *report, const char *text, name_test *test, bool entered, size_t n,
                     struct rc_error *err) {
    char list[360] = "";
    size_t used = 0, listed = 0;
    for (size_t f = 0; f < report->n_functions && listed < LIST_MOST && used < sizeof list; f++) {
        const struct rc_function *function = &report->functions[f];
        if (!test(function, text) || (entered && !function->entries))
            continue;
        const char *place = function->file ? function->file : function->object;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s (%s:%u)", listed ? ", " : "", function->name,
                                 place, (unsigned)function->line);
        listed++;
    }
    return rc_fail(err, "'%s' may be any of %zu functions: %s%s", text, n, list, n > listed ? ", ..." : "");
}

/* How many letters must change to make one word of the other; long words count by their beginnings. */
static size_t distance(const char *a, const char *b, size_t length_b) {
    size_t row[WORD_MOST + 1], width = length_b < WORD_MOST ? length_b : WORD_MOST;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; i <= WORD_MOST && a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t drop = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < drop ? change : drop;
        }
    }
    return row[width];
}

static int unknown(const struct rc_report *report, const char *text, struct rc_error *err) {
    char list[360] = "";
    size_t used = 0;
    size_t most = strlen(text) < WORD_MOST ? strlen(text) / 3 + 1 : 0;
    int listed = 0;
    for (size_t near = 1; near <= most && listed < 3; near++) {
        for (size_t f = 0; f < report->n_functions && listed < 3 && used < sizeof list; f++) {
            const char *name = report->functions[f].name;
            if (distance(text, name, rc_name_length(name)) != near)
                continue;
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", listed++ ? ", " : "", name);
        }
    }
    if (listed)
        return rc_fail(err, "no function '%s' in the profile; near it: %s", text, list);
    return rc_fail(err, "no function '%s' in the profile; 'recount report --top 0' lists all", text);
}

int rc_function_find(const struct rc_function **out, const struct rc_report *report, const char *text,
                     struct rc_error *err) {
    static name_test *const tests[] = {whole, placed, qualified, unqualified, part};
    if (!*text)
        return rc_fail(err, "the function's name is empty");
    for (size_t t = 0; t < sizeof tests / sizeof *tests; t++) {
        size_t all = matches(report, text, tests[t], false, out);
        if (all == 1)
            return 0;
        size_t entered = matches(report, text, tests[t], true, out);
        if (entered == 1)
            return 0;
        if (all)
            return ambiguous(report, text, tests[t], entered > 0, entered ? entered : all, err);
    }
    return unknown(report, text, err);
}
