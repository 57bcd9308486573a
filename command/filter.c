#include "command/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "command/objects.h"

#define MOST_BYTES (1u << 20) /* of a filter, which a person writes; /dev/zero has more */

/* The whole file, from wherever it comes. NULL with errno set. */
static char *read_file(const char *file, size_t *size) {
    char *text = NULL, block[4096];
    struct stat status;
    FILE *in = fopen(file, "re"), *out = in ? open_memstream(&text, size) : NULL;
    bool whole = out && fstat(fileno(in), &status) == 0;
    if (whole && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        whole = false;
    }
    for (size_t n = 1; whole && n > 0;) {
        n = fread(block, 1, sizeof block, in);
        whole = !ferror(in) && fwrite(block, 1, n, out) == n;
        if (whole && ftello(out) > MOST_BYTES) {
            errno = EFBIG;
            whole = false;
        }
    }
    int error = errno;
    if (out && fclose(out))
        whole = false;
    if (in)
        fclose(in);
    if (whole)
        return text;
    free(text);
    errno = error;
    return NULL;
}

/* What the program loads, and the files that the rules name by their path: a plugin, another program's. */
static int list_objects(struct objects *objects, const struct rc_rules *rules, const char *program) {
    if (objects_of(objects, program))
        return -1;
    for (size_t r = 0; r < rules->n; r++)
        if (rules->items[r].object && strchr(rules->items[r].object, '/') &&
            objects_add(objects, rules->items[r].object))
            return -1;
    return 0;
}

static const char *what(const struct rc_rule *rule) {
    return rule->wake ? "wake" : "sleep";
}

static void say_unmatched(const struct rc_sleepers *sleepers, const struct rc_rules *rules, const char *file,
                          const char *program) {
    for (size_t r = 0; r < rules->n; r++) {
        const struct rc_rule *rule = &rules->items[r];
        if (sleepers->matched[r])
            continue;
        if (rule->object)
            say("%s:%zu: '%s %s in %s' matches no function", file, rule->line, what(rule), rule->name, rule->object);
        else
            say("%s:%zu: '%s %s' matches no function of %s or of a library with hooks that it loads", file, rule->line,
                what(rule), rule->name, program);
    }
}

static void say_missing(const struct rc_sleepers *sleepers) {
    for (const char *line = sleepers->missing; line && *line;) {
        size_t length = strcspn(line, "\n");
        say("the filter cannot look into %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* The report shall know of them too. @return 0, or -1: no memory */
static int keep_unmatched(struct rc_sleepers *sleepers, const struct rc_rules *rules) {
    struct rf_asleep *items = calloc(rules->n + sleepers->n + 1, sizeof *items);
    size_t n = 0;
    if (!items)
        return -1;
    for (size_t r = 0; r < rules->n; r++)
        if (!sleepers->matched[r])
            items[n++].address = rules->items[r].line;
    if (sleepers->n)
        memcpy(items + n, sleepers->items, sleepers->n * sizeof *items);
    free(sleepers->items);
    sleepers->items = items;
    sleepers->n += n;
    return 0;
}

static int resolve(struct rc_sleepers *out, const struct rc_rules *rules, const char *file, const char *program) {
    struct objects objects = {0};
    struct rc_error err = {"no memory for the filter"};
    int result = list_objects(&objects, rules, program);
    if (result == 0)
        result = rc_filter_resolve(out, rules, (const char *const *)objects.paths, objects.n, &err);
    if (result == 0)
        result = keep_unmatched(out, rules);
    objects_free(&objects);
    if (result) {
        say("%s", err.text);
        return STATUS_FAILED;
    }
    say_missing(out);
    say_unmatched(out, rules, file, program);
    return STATUS_DONE;
}

int filter_open(struct rc_sleepers *out, const char *file, const char *program) {
    struct rc_rules rules;
    struct rc_error err;
    size_t size = 0;
    *out = (struct rc_sleepers){0};
    char *text = read_file(file, &size);
    if (!text) {
        say("cannot read the filter %s: %s", file, strerror(errno));
        return STATUS_FAILED;
    }
    int status = STATUS_USAGE;
    if (rc_rules_parse(&rules, text, size, file, &err))
        say("%s", err.text);
    else
        status = resolve(out, &rules, file, program);
    rc_rules_free(&rules);
    free(text);
    return status;
}
