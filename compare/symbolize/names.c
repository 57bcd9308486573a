#include "compare/symbolize/names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINKAGE_MOST 4096u /* longer names are shown mangled: a demangler's work may grow faster than its input */

/* libstdc++'s, by the C++ ABI's own name: no C++ is needed to call it. */
char *__cxa_demangle(const char *mangled, char *room, size_t *room_size, int *status);

const char *rc_demangle(struct rc_strings *strings, const char *linkage) {
    int status = -1;
    char *plain = NULL;
    if (strncmp(linkage, "_Z", 2) == 0 && strlen(linkage) <= LINKAGE_MOST)
        plain = __cxa_demangle(linkage, NULL, NULL, &status);
    const char *out = rc_intern(strings, plain ? plain : linkage);
    free(plain);
    return out;
}

static const char *const optimized[] = {"constprop", "isra",  "part",   "cold",       "lto_priv",
                                        "llvm",      "clone", "__uniq", "localalias", NULL};

static const struct {
    const char *suffix;
    enum rc_clone clone;
} coroutine[] = {{"resume", RC_CLONE_RESUME},
                 {"destroy", RC_CLONE_DESTROY},
                 {"cleanup", RC_CLONE_DESTROY},
                 {"actor", RC_CLONE_ACTOR}};

/* Start of the last ".word" in text[0, length), or NULL. A name does not begin with a dot. */
static const char *last_dot(const char *text, size_t length) {
    const char *dot = memrchr(text, '.', length);
    return dot && dot > text ? dot : NULL;
}

static int all_digits(const char *from, const char *to) {
    for (const char *c = from; c < to; c++)
        if (!isdigit((unsigned char)*c))
            return 0;
    return from < to;
}

static int is_optimized(const char *word, size_t length) {
    for (const char *const *each = optimized; *each; each++)
        if (strlen(*each) == length && memcmp(*each, word, length) == 0)
            return 1;
    return 0;
}

/* Length without one suffix ".word" or ".word.7" that an optimization added; unchanged when there is none. */
static size_t cut_optimized(const char *text, size_t length) {
    const char *end = text + length, *dot = last_dot(text, length);
    if (dot && all_digits(dot + 1, end)) {
        end = dot;
        dot = last_dot(text, (size_t)(end - text));
    }
    return dot && is_optimized(dot + 1, (size_t)(end - dot - 1)) ? (size_t)(dot - text) : length;
}

static size_t cut_coroutine(const char *text, size_t length, enum rc_clone *clone) {
    const char *dot = last_dot(text, length);
    if (!dot || *clone != RC_CLONE_NONE)
        return length;
    size_t word = length - (size_t)(dot - text) - 1;
    for (size_t i = 0; i < sizeof coroutine / sizeof *coroutine; i++)
        if (strlen(coroutine[i].suffix) == word && memcmp(coroutine[i].suffix, dot + 1, word) == 0) {
            *clone = coroutine[i].clone;
            return (size_t)(dot - text);
        }
    return length;
}

static size_t cut_suffixes(const char *text, enum rc_clone *clone) {
    size_t length = strlen(text), before;
    do {
        before = length;
        length = cut_optimized(text, length);
        length = cut_coroutine(text, length, clone);
    } while (length < before);
    return length;
}

/*
 * gcc's clones take a local type of the ramp as their argument, `…E20_ZN2nsL4statEi.Frame`: its name holds the ramp's
 * linkage name, and the number in front is its length. Finds that name in text[0, length); its length, or 0.
 */
static size_t find_ramp(const char *text, size_t length, const char **ramp) {
    static const char frame[] = ".Frame";
    size_t tail = sizeof frame - 1;
    if (length <= tail || memcmp(text + length - tail, frame, tail) != 0)
        return 0;
    for (size_t at = length - tail - 1; at > 0; at--) {
        size_t digits = at;
        while (digits > 0 && isdigit((unsigned char)text[digits - 1]))
            digits--;
        /* The name itself may begin with what looks like more of the number: try each way to read it. */
        for (; digits < at; digits++)
            if (strtoul(text + digits, NULL, 10) == length - at && !isdigit((unsigned char)text[at])) {
                *ramp = text + at;
                return length - at - tail;
            }
    }
    return 0;
}

int rc_names_make(struct rc_names *out, struct rc_strings *strings, const char *symbol) {
    *out = (struct rc_names){0};
    char *linkage = strndup(symbol, strcspn(symbol, "@"));
    if (!linkage)
        return -1;
    const char *source = linkage;
    size_t length = cut_suffixes(linkage, &out->clone);
    size_t ramp = out->clone == RC_CLONE_NONE ? 0 : find_ramp(linkage, length, &source);
    const char *suffix = linkage + length;
    out->linkage = rc_intern(strings, linkage);
    char *base = strndup(source, ramp ? ramp : length);
    out->base = base ? rc_demangle(strings, base) : NULL;
    if (out->base)
        out->name = *suffix ? rc_intern_format(strings, "%s [clone %s]", out->base, suffix) : out->base;
    free(base);
    free(linkage);
    return out->linkage && out->name ? 0 : -1;
}

/* The signs of an operator's name are no brackets: how many characters "operator<<" has, 0 where there is no such. */
static size_t operator_at(const char *name, size_t at) {
    static const char word[] = "operator";
    size_t length = sizeof word - 1;
    if (strncmp(name + at, word, length) != 0 || (at && (isalnum((unsigned char)name[at - 1]) || name[at - 1] == '_')))
        return 0;
    if (strncmp(name + at + length, "()", 2) == 0)
        return length + 2;
    size_t signs = strspn(name + at + length, "<>=!+-*/%^&|~,[]");
    return signs ? length + signs : 0;
}

static bool opens(char c) {
    return c == '(' || c == '<' || c == '{';
}

static bool closes(char c) {
    return c == ')' || c == '>' || c == '}';
}

/* Behind the bracket that closes the one at `at`. */
static size_t behind_bracket(const char *name, size_t at) {
    int depth = 0;
    for (size_t i = at; name[i]; i++) {
        size_t whole = operator_at(name, i);
        if (whole) {
            i += whole - 1;
            continue;
        }
        depth += opens(name[i]);
        depth -= closes(name[i]);
        if (!depth)
            return i + 1;
    }
    return strlen(name);
}

/* What "::" follows is a scope: (anonymous namespace), or a function that the one meant lies in. */
size_t rc_name_length(const char *name) {
    for (size_t i = 0; name[i];) {
        size_t whole = operator_at(name, i);
        if (whole) {
            i += whole;
            continue;
        }
        size_t behind = opens(name[i]) ? behind_bracket(name, i) : i + 1;
        if (name[i] == '(' && i && strncmp(name + behind, "::", 2) != 0)
            return i;
        i = behind;
    }
    return strlen(name);
}

size_t rc_name_type(const char *name, size_t length) {
    size_t begin = 0;
    int depth = 0;
    for (size_t i = 0; i < length; i++) {
        if (strncmp(name + i, "operator", 8) == 0)
            break; /* "operator new" is one name */
        depth += name[i] == '<' || name[i] == '(';
        depth -= depth && (name[i] == '>' || name[i] == ')');
        if (name[i] == ' ' && !depth)
            begin = i + 1;
    }
    return begin;
}

bool rc_name_is_place(const char *name) {
    const char *plus = strrchr(name, '+'), *at = plus ? plus + 1 : name;
    return strncmp(at, "0x", 2) == 0 && at[2] && !at[2 + strspn(at + 2, "0123456789abcdef")];
}
