#include "compare/load/text.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

static bool plain(char c) {
    return c >= ' ' && c <= '~';
}

/* Bytes of the printable character at `text`; 0 when there is none. Under a UTF-8 locale. */
static size_t printable(const char *text, size_t left) {
    mbstate_t state = {0};
    wchar_t wide = 0;
    size_t n = mbrtowc(&wide, text, left, &state);
    return n > 0 && n <= left && iswprint((wint_t)wide) ? n : 0;
}

static void clean_wide(char *text, size_t left) {
    while (left) {
        size_t n = plain(*text) ? 1 : printable(text, left);
        if (!n) {
            *text = '?';
            n = 1;
        }
        text += n;
        left -= n;
    }
}

void rc_text_clean(char *text) {
    size_t length = strlen(text), start = 0;
    while (start < length && plain(text[start]))
        start++;
    if (start == length)
        return;
    /* Where there is no such locale, the caller's own decides; in "C" that is ASCII, which is safe, too. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    clean_wide(text + start, length - start);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
}

static char *copy(const char *text, size_t length) {
    char *out = calloc(length + 1, 1);
    if (!out)
        return NULL;
    memcpy(out, text, length);
    return out;
}

char *rc_text_copy(const char *text, size_t most) {
    char *out = copy(text, strnlen(text, most));
    if (out)
        rc_text_clean(out);
    return out;
}

char *rc_text_join(const char *list, size_t size) {
    size_t end = 0;
    while (end < size && list[end])
        end += strnlen(list + end, size - end) + 1;
    size_t length = end ? end - 1 : 0;
    char *out = copy(list, length);
    if (!out)
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (!out[i])
            out[i] = ' ';
    rc_text_clean(out);
    return out;
}
