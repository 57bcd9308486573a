#include "compare/render/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/render/printable.h"

static void add(struct rc_json *json, cJSON *object, const char *key, cJSON *value) {
    cJSON_bool done =
        value && object && (key ? cJSON_AddItemToObjectCS(object, key, value) : cJSON_AddItemToArray(object, value));
    if (done)
        return;
    cJSON_Delete(value);
    json->failed = true;
}

const char *rc_json_digits(char digits[RC_JSON_DIGITS], uint64_t count) {
    char *first = digits + RC_JSON_DIGITS - 1;
    *first = '\0';
    do
        *--first = (char)('0' + count % 10);
    while (count /= 10);
    return first;
}

void rc_json_count(struct rc_json *json, cJSON *object, const char *key, uint64_t value) {
    char digits[RC_JSON_DIGITS];
    add(json, object, key, cJSON_CreateRaw(rc_json_digits(digits, value)));
}

void rc_json_signed(struct rc_json *json, cJSON *object, const char *key, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    add(json, object, key, cJSON_CreateRaw(digits));
}

void rc_json_real(struct rc_json *json, cJSON *object, const char *key, double value) {
    static const double WHOLE_MOST = 1e6;
    char digits[40];
    if (!signbit(value) && value <= WHOLE_MOST && value <= floor(value)) { /* many are 0 or 1 */
        rc_json_count(json, object, key, (uint64_t)value);
        return;
    }
    snprintf(digits, sizeof digits, "%.9g", isfinite(value) ? value : 0);
    add(json, object, key, cJSON_CreateRaw(digits));
}

void rc_json_text(struct rc_json *json, cJSON *object, const char *key, const char *value) {
    if (!value) {
        add(json, object, key, cJSON_CreateNull());
        return;
    }
    char *clean = rc_printable(value);
    add(json, object, key, clean ? cJSON_CreateString(clean) : NULL);
    free(clean);
}

void rc_json_bool(struct rc_json *json, cJSON *object, const char *key, bool value) {
    add(json, object, key, cJSON_CreateBool(value));
}

cJSON *rc_json_object(struct rc_json *json, cJSON *object, const char *key) {
    cJSON *made = cJSON_CreateObject();
    add(json, object, key, made);
    return json->failed ? NULL : made;
}

cJSON *rc_json_array(struct rc_json *json, cJSON *object, const char *key) {
    cJSON *made = cJSON_CreateArray();
    add(json, object, key, made);
    return json->failed ? NULL : made;
}

int rc_json_print(struct rc_json *json, FILE *out, bool pretty, struct rc_error *err) {
    char *text = json->failed ? NULL : pretty ? cJSON_Print(json->root) : cJSON_PrintUnformatted(json->root);
    cJSON_Delete(json->root);
    json->root = NULL;
    if (!text)
        return rc_fail(err, "no memory for the JSON");
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return fflush(out) || ferror(out) ? rc_fail(err, "the output could not be written: %s", strerror(errno)) : 0;
}

/* ---- objects that are too big to be held ---- */

/* Strings hold no newline of their own: each one begins a line of the layout. */
static void print_deeper(FILE *out, const char *text) {
    for (const char *line = text, *newline; *line; line = newline + 1) {
        newline = strchrnul(line, '\n');
        fwrite_unlocked(line, 1, (size_t)(newline - line), out);
        if (!*newline)
            return;
        fwrite_unlocked("\n\t\t", 1, 3, out);
    }
}

/* Prints the members of the root, without the braces around them, and frees it. */
static void print_members(struct rc_json *json, FILE *out) {
    static const size_t opening = sizeof "{" - 1, closing = sizeof "\n}" - 1;
    char *text = json->failed ? NULL : cJSON_Print(json->root);
    size_t length = text ? strlen(text) : 0;
    cJSON_Delete(json->root);
    json->root = NULL;
    json->failed |= !text;
    if (length > opening + closing)
        fwrite(text + opening, 1, length - opening - closing, out);
    cJSON_free(text);
}

void rc_json_begin_rows(struct rc_json *json, FILE *out, const char *key) {
    fputc('{', out);
    print_members(json, out);
    fprintf(out, ",\n\t\"%s\":\t[", key);
    json->rows = 0;
    json->root = cJSON_CreateObject();
}

void rc_json_row(struct rc_json *json, FILE *out) {
    enum { ROOM = 4096 }; /* for most rows: it grows by copying */
    char *text = json->failed ? NULL : cJSON_PrintBuffered(json->root, ROOM, true);
    cJSON_Delete(json->root);
    json->root = cJSON_CreateObject();
    json->failed |= !text || !json->root;
    if (!text)
        return;
    if (json->rows++)
        fputs(", ", out);
    print_deeper(out, text);
    cJSON_free(text);
}

int rc_json_end_rows(struct rc_json *json, FILE *out, struct rc_error *err) {
    bool more = json->root && json->root->child;
    fputs(more ? "]," : "]", out);
    print_members(json, out);
    fputs("\n}\n", out);
    if (json->failed)
        return rc_fail(err, "no memory for the JSON");
    return fflush(out) || ferror(out) ? rc_fail(err, "the output could not be written: %s", strerror(errno)) : 0;
}
