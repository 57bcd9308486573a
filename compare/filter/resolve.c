#include "compare/filter/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare/symbolize/names.h"
#include "compare/symbolize/object.h"

struct chosen { /* a function, and the last rule that matches one of its names */
    struct rf_asleep place;
    size_t rule;
};

struct resolving {
    const struct rc_rules *rules;
    struct rc_sleepers *out;
    struct rc_strings strings;
    struct chosen *chosen;
    size_t n, room;

    /* The object in work. */
    const char *path;
    struct stat status;
    bool hooked;
};

static int note_missing(struct rc_sleepers *out, const char *path, const char *why) {
    char *more;
    if (asprintf(&more, "%s%s%s: %s", out->missing ? out->missing : "", out->missing ? "\n" : "", path, why) < 0)
        return -1;
    free(out->missing);
    out->missing = more;
    return 0;
}

/* An import may have a version, `name@VERSION`: libc defines hooks, too, that do nothing. */
static bool is_named(const struct rc_object_symbol *symbol, const char *name) {
    size_t length = strlen(name);
    return strncmp(symbol->name, name, length) == 0 && (!symbol->name[length] || symbol->name[length] == '@');
}

/* What calls the hooks imports them, or holds the runtime. */
static int is_hook(void *to, const struct rc_object_symbol *symbol) {
    (void)to;
    return (!symbol->defined && is_named(symbol, "__cyg_profile_func_enter")) ||
           (symbol->defined && is_named(symbol, "recount_call_begin"));
}

static bool means_object(const struct resolving *resolving, const struct rc_rule *rule) {
    struct stat named;
    if (!rule->object)
        return resolving->hooked;
    if (strchr(rule->object, '/'))
        return stat(rule->object, &named) == 0 && named.st_dev == resolving->status.st_dev &&
               named.st_ino == resolving->status.st_ino;
    const char *slash = strrchr(resolving->path, '/');
    return strcmp(slash ? slash + 1 : resolving->path, rule->object) == 0;
}

static int choose(struct resolving *resolving, uint64_t address, size_t rule) {
    if (resolving->n == resolving->room) {
        size_t room = resolving->room ? resolving->room * 2 : 64;
        struct chosen *more = reallocarray(resolving->chosen, room, sizeof *more);
        if (!more)
            return -1;
        resolving->chosen = more;
        resolving->room = room;
    }
    resolving->chosen[resolving->n++] =
        (struct chosen){{resolving->status.st_dev, resolving->status.st_ino, address}, rule};
    return 0;
}

static int take_symbol(void *to, const struct rc_object_symbol *symbol) {
    struct resolving *resolving = to;
    struct rc_names names;
    size_t last = SIZE_MAX;
    if (!symbol->defined)
        return 0;
    if (rc_names_make(&names, &resolving->strings, symbol->name))
        return -1;
    for (size_t r = 0; r < resolving->rules->n; r++)
        if (means_object(resolving, &resolving->rules->items[r]) &&
            rc_rule_names(&resolving->rules->items[r], names.base, names.linkage)) {
            resolving->out->matched[r]++;
            last = r;
        }
    return last == SIZE_MAX ? 0 : choose(resolving, symbol->address, last);
}

static bool wanted(const struct resolving *resolving) {
    for (size_t r = 0; r < resolving->rules->n; r++)
        if (means_object(resolving, &resolving->rules->items[r]))
            return true;
    return false;
}

static int take_object(struct resolving *resolving, const char *path) {
    struct rc_object object;
    struct rc_module module = {.path = (char *)path};
    resolving->path = path;
    const char *why = rc_object_open(&object, &module);
    if (why)
        return note_missing(resolving->out, path, why);
    int result = stat(path, &resolving->status);
    resolving->hooked = result == 0 && rc_object_each(&object, is_hook, NULL);
    if (result == 0 && wanted(resolving))
        result = rc_object_each(&object, take_symbol, resolving);
    rc_object_close(&object);
    return result;
}

static int by_place(const struct rf_asleep *a, const struct rf_asleep *b) {
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->address < b->address ? -1 : a->address > b->address;
}

static int by_place_and_rule(const void *left, const void *right) {
    const struct chosen *a = left, *b = right;
    int order = by_place(&a->place, &b->place);
    return order ? order : (a->rule > b->rule) - (a->rule < b->rule);
}

/* A function with several names is meant by the last rule that matches any of them. */
static int keep_sleepers(struct resolving *resolving) {
    struct rc_sleepers *out = resolving->out;
    out->items = calloc(resolving->n + 1, sizeof *out->items);
    if (!out->items)
        return -1;
    if (resolving->n)
        qsort(resolving->chosen, resolving->n, sizeof *resolving->chosen, by_place_and_rule);
    for (size_t i = 0; i < resolving->n; i++) {
        const struct chosen *chosen = &resolving->chosen[i];
        bool last = i + 1 == resolving->n || by_place(&chosen->place, &chosen[1].place) != 0;
        if (last && !resolving->rules->items[chosen->rule].wake)
            out->items[out->n++] = chosen->place;
    }
    return 0;
}

int rc_filter_resolve(struct rc_sleepers *out, const struct rc_rules *rules, const char *const *objects, size_t n,
                      struct rc_error *err) {
    struct resolving resolving = {.rules = rules, .out = out};
    *out = (struct rc_sleepers){.matched = calloc(rules->n + 1, sizeof *out->matched)};
    int result = out->matched ? 0 : -1;
    for (size_t i = 0; i < n && result == 0; i++)
        result = take_object(&resolving, objects[i]);
    if (result == 0)
        result = keep_sleepers(&resolving);
    free(resolving.chosen);
    rc_strings_free(&resolving.strings);
    return result ? rc_fail(err, "no memory for the filter") : 0;
}

void rc_sleepers_free(struct rc_sleepers *sleepers) {
    free(sleepers->items);
    free(sleepers->matched);
    free(sleepers->missing);
    *sleepers = (struct rc_sleepers){0};
}
