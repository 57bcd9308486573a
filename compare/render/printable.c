#include "compare/render/printable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 sequence at `s`, 0 when it is broken. */
static size_t sequence(const unsigned char *s) {
    size_t length = *s < 0x80                 ? 1
                    : *s >= 0xc2 && *s < 0xe0 ? 2
                    : (*s & 0xf0) == 0xe0     ? 3
                    : *s >= 0xf0 && *s < 0xf5 ? 4
                                              : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90) ||
        (*s == 0xf4 && s[1] > 0x8f))
        return 0;
    return length;
}

static bool control(const unsigned char *s) {
    return *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0);
}

char *rc_printable(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        return NULL;
    unsigned char *from = (unsigned char *)copy, *to = from;
    while (*from) {
        size_t length = sequence(from);
        if (!length || control(from)) {
            *to++ = '?';
            from += length ? length : 1;
            continue;
        }
        memmove(to, from, length);
        to += length;
        from += length;
    }
    *to = '\0';
    return copy;
}

size_t rc_printable_width(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void rc_print_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width) {
    char *clean = rc_printable(text), *rest = NULL;
    if (!clean)
        return;
    bool first = true;
    for (char *word = strtok_r(clean, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        size_t takes = rc_printable_width(word);
        if (!first && column + 1 + takes > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fputs(word, out);
        column += takes;
        first = false;
    }
    fputc('\n', out);
    free(clean);
}
