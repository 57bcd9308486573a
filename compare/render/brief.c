#include "compare/render/brief.h"

#include <stdbool.h>
#include <string.h>

#include "compare/render/printable.h"

static const char FOLDED[] = "...";

/* A part of a text: from `at` to before `end`. */
struct part {
    char *at, *end;
};

static void cut(char *from, const char *to) {
    memmove(from, to, strlen(to) + 1);
}

/* What is behind the word operator is a name and no bracket. */
static char *skip_operator(char *at, const char *end) {
    static const char WORD[] = "operator";
    if (strncmp(at, WORD, sizeof WORD - 1) != 0)
        return at;
    at += sizeof WORD - 1;
    if (strncmp(at, "()", 2) == 0)
        return at + 2;
    while (at < end && *at && strchr("<>=-*", *at))
        at++;
    return *at == ' ' && at < end ? at + 1 : at;
}

static bool opens(char c) {
    return c && strchr("<({[", c);
}

static bool closes(char c) {
    return c && strchr(">)}]", c);
}

/* The next pair of brackets at the top level; false: there is none, or they do not match. */
static bool next_pair(char *at, char *end, struct part *pair) {
    size_t depth = 0;
    while (at < end) {
        char *behind = skip_operator(at, end);
        if (behind != at) {
            at = behind;
            continue;
        }
        if (opens(*at) && depth++ == 0)
            pair->at = at;
        if (closes(*at) && (depth == 0 || --depth == 0)) {
            pair->end = at + 1;
            return pair->at && pair->at < pair->end;
        }
        at++;
    }
    return false;
}

/* The name itself, without blanks before it and a note two blanks behind it. */
static struct part name_in(char *text) {
    text += strspn(text, " ");
    char *note = strstr(text, "  ");
    return (struct part){text, note ? note : text + strlen(text)};
}

/* The last pair of round brackets, unless a blank is before it or more of a name behind it. */
static bool find_arguments(char *text, struct part *arguments) {
    struct part name = name_in(text), pair = {0};
    bool found = false;
    for (char *at = name.at; next_pair(at, name.end, &pair); at = pair.end, pair = (struct part){0}) {
        found = *pair.at == '(' && pair.at > name.at && pair.at[-1] != ' ' && *pair.end != ':';
        *arguments = pair;
    }
    return found;
}

static bool fold(struct part pair) {
    if (pair.end - pair.at <= (ptrdiff_t)sizeof FOLDED + 1)
        return false;
    memcpy(pair.at + 1, FOLDED, sizeof FOLDED - 1);
    cut(pair.at + sizeof FOLDED, pair.end - 1);
    return true;
}

/* The type stands before the last blank outside brackets. */
static void drop_type(char *text) {
    struct part arguments;
    if (!find_arguments(text, &arguments))
        return;
    char *start = name_in(text).at, *name = start, *at = start;
    while (at < arguments.at) {
        char *behind = skip_operator(at, arguments.at);
        struct part pair = {0};
        if (behind == at && opens(*at) && next_pair(at, arguments.at, &pair))
            behind = pair.end;
        if (behind == at && *at == ' ')
            name = at + 1;
        at = behind == at ? at + 1 : behind;
    }
    cut(start, name);
}

static void fold_templates(char *text, size_t width) {
    struct part pair = {0};
    for (char *at = name_in(text).at; next_pair(at, name_in(text).end, &pair); pair = (struct part){0}) {
        at = pair.end;
        if (*pair.at == '<' && rc_printable_width(text) > width && fold(pair))
            at = pair.at + sizeof FOLDED + 1;
    }
}

/* Behind the first "::" outside brackets; NULL: there is none. */
static char *behind_scope(char *at, char *end) {
    while (at < end) {
        char *behind = skip_operator(at, end);
        struct part pair = {0};
        if (behind != at)
            return NULL;
        if (strncmp(at, "::", 2) == 0)
            return at + 2;
        if (opens(*at) && !next_pair(at, end, &pair))
            return NULL;
        at = pair.end ? pair.end : at + 1;
    }
    return NULL;
}

/* The last part of a name tells most. */
static void drop_scopes(char *text, size_t width) {
    struct part name = name_in(text);
    char *from = name.at, *rest;
    while (rc_printable_width(text) > width && (rest = behind_scope(from, name_in(text).end)) &&
           rest - name.at >= (ptrdiff_t)sizeof FOLDED - 1) {
        memcpy(name.at, FOLDED, sizeof FOLDED - 1);
        from = name.at + sizeof FOLDED - 1;
        cut(from, rest);
    }
}

void rc_brief(char *name, size_t width) {
    struct part arguments;
    if (rc_printable_width(name) > width)
        drop_type(name);
    if (rc_printable_width(name) > width && find_arguments(name, &arguments))
        fold(arguments);
    if (rc_printable_width(name) > width)
        fold_templates(name, width);
    if (rc_printable_width(name) > width && find_arguments(name, &arguments))
        cut(arguments.at, name_in(name).end);
    drop_scopes(name, width);
}
