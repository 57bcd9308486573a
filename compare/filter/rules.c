#include "compare/filter/rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/symbolize/names.h"

static const char BLANKS[] = " \t\r\f\v";

struct reading {
    struct rc_rules *rules;
    const char *file;
    size_t line;
    struct rc_error *err;
};

static int faulty(const struct reading *reading, const char *what, const char *word) {
    return rc_fail(reading->err,
                   "%s:%zu: %s '%.100s'; a rule is 'sleep NAME' or 'wake NAME', with 'in OBJECT' or without",
                   reading->file, reading->line, what, word);
}

static bool is_blank(char c) {
    return c && strchr(BLANKS, c);
}

/* A comment begins a line or stands behind a blank: names hold the sign too, as `{lambda()#1}`. */
static void cut_comment(char *line) {
    for (char *c = line; *c; c++)
        if (*c == '#' && (c == line || is_blank(c[-1]))) {
            *c = '\0';
            return;
        }
}

static char *trim(char *text) {
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length && is_blank(text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* The last "in" between blanks, else one behind a blank at the end; a name may hold blanks itself. */
static char *find_in(char *text) {
    char *between = NULL, *last = NULL;
    for (char *c = text; *c; c++) {
        if (c == text || !is_blank(c[-1]) || strncmp(c, "in", 2) != 0)
            continue;
        if (is_blank(c[2]))
            between = c;
        else if (!c[2])
            last = c;
    }
    return between ? between : last;
}

/* Appends; a name that could not be copied is kept as NULL and frees as such. */
static int add(const struct reading *reading, bool wake, const char *name, const char *object) {
    struct rc_rules *rules = reading->rules;
    if (rules->n % 16 == 0) {
        struct rc_rule *more = reallocarray(rules->items, rules->n + 16, sizeof *more);
        if (!more)
            return rc_fail(reading->err, "%s: no memory for its rules", reading->file);
        rules->items = more;
    }
    struct rc_rule *rule = &rules->items[rules->n++];
    *rule = (struct rc_rule){
        .wake = wake, .name = strdup(name), .object = object ? strdup(object) : NULL, .line = reading->line};
    if (!rule->name || (object && !rule->object))
        return rc_fail(reading->err, "%s: no memory for its rules", reading->file);
    return 0;
}

static int take_line(const struct reading *reading, char *line) {
    cut_comment(line);
    char *word = trim(line);
    if (!*word)
        return 0;
    char *rest = word + strcspn(word, BLANKS);
    if (*rest)
        *rest++ = '\0';
    bool wake = strcmp(word, "wake") == 0;
    if (!wake && strcmp(word, "sleep") != 0)
        return faulty(reading, "begins with", word);
    char *name = trim(rest), *object = find_in(name);
    if (object) {
        object[-1] = '\0';
        object = trim(object + 2);
        name = trim(name);
        if (!*object)
            return faulty(reading, "names no object behind", "in");
    }
    if (!*name)
        return faulty(reading, "names no function behind", word);
    return add(reading, wake, name, object);
}

int rc_rules_parse(struct rc_rules *out, const char *text, size_t size, const char *file, struct rc_error *err) {
    struct reading reading = {out, file, 0, err};
    *out = (struct rc_rules){0};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        reading.line++;
        if (memchr(text + at, '\0', length))
            return rc_fail(err, "%s:%zu: holds a byte of zero: a filter is a text", file, reading.line);
        char *line = strndup(text + at, length);
        if (!line)
            return rc_fail(err, "%s: no memory for its rules", file);
        int result = take_line(&reading, line);
        free(line);
        if (result)
            return result;
        at += length + 1;
    }
    return 0;
}

void rc_rules_free(struct rc_rules *rules) {
    for (size_t i = 0; i < rules->n; i++) {
        free(rules->items[i].name);
        free(rules->items[i].object);
    }
    free(rules->items);
    *rules = (struct rc_rules){0};
}

/* fnmatch's brackets are names' brackets here: operator[], f[abi:cxx11]. */
static bool matches(const char *pattern, const char *name) {
    char plain[2 * RC_STRING_MOST + 1];
    size_t used = 0;
    for (const char *c = pattern; *c && used < sizeof plain - 2; c++) {
        if (*c == '[' || (*c == '\\' && c[1]))
            plain[used++] = '\\';
        c += *c == '\\' && c[1];
        plain[used++] = *c;
    }
    plain[used] = '\0';
    return fnmatch(plain, name, 0) == 0;
}

bool rc_rule_names(const struct rc_rule *rule, const char *base, const char *linkage) {
    char bare[RC_STRING_MOST + 1];
    if (matches(rule->name, base) || matches(rule->name, linkage))
        return true;
    size_t length = rc_name_length(base), type = rc_name_type(base, length);
    snprintf(bare, sizeof bare, "%.*s", (int)length, base);
    return matches(rule->name, bare) || (type && type < sizeof bare && matches(rule->name, bare + type));
}
