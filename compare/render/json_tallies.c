/* Arrays of tallies: there may be millions of callers, and a cJSON item for each of their values would be most of what
 * a report takes. The layout is cJSON's. */
#include <stdlib.h>
#include <string.h>

#include "compare/render/json.h"

struct text {
    char *bytes;
    size_t n, room;
    bool failed;
};

static void put(struct text *text, const char *bytes, size_t n) {
    if (text->room - text->n <= n) {
        size_t room = 2 * (text->n + n) + 1024;
        char *more = realloc(text->bytes, room);
        text->failed |= !more;
        if (!more)
            return;
        text->bytes = more;
        text->room = room;
    }
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
}

static void put_text(struct text *text, const char *value) {
    put(text, value, strlen(value));
}

static void put_count(struct text *text, uint64_t count) {
    char digits[20], *end = digits + sizeof digits, *first = end;
    do
        *--first = (char)('0' + count % 10);
    while (count /= 10);
    put(text, first, (size_t)(end - first));
}

/* Whatever is not plain is cJSON's to write. */
static void put_string(struct text *text, const char *value) {
    const char *at = value;
    while (*at >= ' ' && *at < 0x7f && *at != '"' && *at != '\\')
        at++;
    if (!*at) {
        put(text, "\"", 1);
        put(text, value, (size_t)(at - value));
        put(text, "\"", 1);
        return;
    }
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_text(&json, json.root, "name", value);
    char *printed = json.failed ? NULL : cJSON_PrintUnformatted(cJSON_GetObjectItem(json.root, "name"));
    text->failed |= !printed;
    if (printed)
        put_text(text, printed);
    cJSON_free(printed);
    cJSON_Delete(json.root);
}

void rc_json_tallies(struct rc_json *json, cJSON *object, bool deep, const char *key, const struct rc_tallies *tallies,
                     const char *count_key) {
    struct text text = {0};
    const char *tabs = deep ? "\t\t\t\t" : "\t\t\t";
    put_text(&text, "[");
    for (size_t i = 0; i < tallies->n; i++) {
        const struct rc_tally *tally = &tallies->items[i];
        put_text(&text, i ? ", {\n" : "{\n");
        put_text(&text, tabs);
        put_text(&text, "\"name\":\t");
        put_string(&text, tally->name);
        if (tally->object) {
            put_text(&text, ",\n");
            put_text(&text, tabs);
            put_text(&text, "\"object\":\t");
            put_string(&text, tally->object);
        }
        put_text(&text, ",\n");
        put_text(&text, tabs);
        put_text(&text, "\"");
        put_text(&text, count_key);
        put_text(&text, "\":\t");
        put_count(&text, tally->count);
        put_text(&text, "\n");
        put_text(&text, tabs + 1);
        put_text(&text, "}");
    }
    put_text(&text, "]");
    cJSON *raw = text.failed ? NULL : cJSON_CreateRaw(text.bytes);
    if (!raw || !object || !cJSON_AddItemToObjectCS(object, key, raw)) {
        cJSON_Delete(raw);
        json->failed = true;
    }
    free(text.bytes);
}
