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
    char digits[RC_JSON_DIGITS];
    put_text(text, rc_json_digits(digits, count));
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

/* What stands around the values of each tally. */
struct layout {
    struct text name, object, count, end;
};

static void lay_out(struct layout *layout, const char *tabs, const char *count_key) {
    struct text *const texts[] = {&layout->name, &layout->object, &layout->count};
    const char *const keys[] = {"name", "object", count_key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_text(texts[i], i ? ",\n" : "{\n");
        put_text(texts[i], tabs);
        put_text(texts[i], "\"");
        put_text(texts[i], keys[i]);
        put_text(texts[i], "\":\t");
    }
    put_text(&layout->end, "\n");
    put_text(&layout->end, tabs + 1);
    put_text(&layout->end, "}");
}

static bool layout_failed(const struct layout *layout) {
    return layout->name.failed || layout->object.failed || layout->count.failed || layout->end.failed;
}

static void layout_free(struct layout *layout) {
    free(layout->name.bytes);
    free(layout->object.bytes);
    free(layout->count.bytes);
    free(layout->end.bytes);
}

static void put_tally(struct text *text, const struct layout *layout, const struct rc_tally *tally) {
    put(text, layout->name.bytes, layout->name.n);
    put_string(text, tally->name);
    if (tally->object) {
        put(text, layout->object.bytes, layout->object.n);
        put_string(text, tally->object);
    }
    put(text, layout->count.bytes, layout->count.n);
    put_count(text, tally->count);
    put(text, layout->end.bytes, layout->end.n);
}

void rc_json_tallies(struct rc_json *json, cJSON *object, bool deep, const char *key, const struct rc_tallies *tallies,
                     const char *count_key) {
    struct text text = {0};
    struct layout layout = {0};
    lay_out(&layout, deep ? "\t\t\t\t" : "\t\t\t", count_key);
    text.failed = layout_failed(&layout);
    put_text(&text, "[");
    for (size_t i = 0; i < tallies->n && !text.failed; i++) {
        put_text(&text, i ? ", " : "");
        put_tally(&text, &layout, &tallies->items[i]);
    }
    put_text(&text, "]");
    cJSON *raw = text.failed ? NULL : cJSON_CreateRaw(text.bytes);
    if (!raw || !object || !cJSON_AddItemToObjectCS(object, key, raw)) {
        cJSON_Delete(raw);
        json->failed = true;
    }
    layout_free(&layout);
    free(text.bytes);
}
