#include "compare/symbolize/intern.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/load/text.h"
#include "compare/symbolize/hash.h"

struct rc_pool_string {
    UT_hash_handle hh;
    bool failed;
    char text[];
};

static struct rc_pool_string *add(struct rc_strings *strings, const char *text, size_t length) {
    struct rc_pool_string *made = calloc(1, sizeof *made + length + 1);
    if (!made)
        return NULL;
    memcpy(made->text, text, length);
    HASH_ADD_KEYPTR(hh, strings->table, made->text, length, made);
    if (!made->failed)
        return made;
    free(made);
    return NULL;
}

const char *rc_intern(struct rc_strings *strings, const char *text) {
    char *clean = rc_text_copy(text, RC_STRING_MOST);
    if (!clean)
        return NULL;
    struct rc_pool_string *found = NULL;
    size_t length = strlen(clean);
    HASH_FIND(hh, strings->table, clean, length, found);
    if (!found)
        found = add(strings, clean, length);
    free(clean);
    return found ? found->text : NULL;
}

const char *rc_intern_format(struct rc_strings *strings, const char *format, ...) {
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    const char *out = rc_intern(strings, text);
    free(text);
    return out;
}

void rc_strings_free(struct rc_strings *strings) {
    struct rc_pool_string *each, *next;
    HASH_ITER(hh, strings->table, each, next) {
        HASH_DEL(strings->table, each);
        free(each);
    }
}
