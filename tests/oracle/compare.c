/*
 * oracle-compare DUMP REPORT.json: does every function have as many entries in recount's report as the oracle counted?
 *
 * Functions are compared by object and name; statics that share a name in one object are added up on both sides.
 * A compiler's clone (foo.part.0, foo.constprop.1) belongs to foo. Names come from nm, so that nothing of recount's
 * own symbol handling is trusted. C programs only: names are not demangled.
 *
 * Says how much was compared, each function that differs, and exits 1 if any does (2: cannot compare).
 */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uthash.h>

struct function {
    char *key; /* object, a blank, name */
    uint64_t oracle, report;
    UT_hash_handle hh;
};

struct symbol {
    uint64_t offset;
    char *name;
};

struct object {
    char *path;
    struct symbol *symbols; /* by offset */
    size_t count;
    UT_hash_handle hh;
};

static struct function *functions;
static struct object *objects;

static void fail(const char *what, const char *where) {
    fprintf(stderr, "oracle-compare: %s: %s\n", what, where);
    exit(2);
}

static void *check(void *memory) {
    if (!memory)
        fail("out of memory", "-");
    return memory;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static char *make_key(const char *path, const char *name) {
    char *key;
    if (asprintf(&key, "%s %s", base_name(path), name) < 0)
        fail("out of memory", name);
    return key;
}

static struct function *find(const char *path, const char *name) {
    char *key = make_key(path, name);
    struct function *f;
    HASH_FIND_STR(functions, key, f);
    free(key);
    return f;
}

static struct function *find_or_add(const char *path, const char *name) {
    struct function *f = find(path, name);
    if (f)
        return f;
    f = check(calloc(1, sizeof *f));
    f->key = make_key(path, name);
    HASH_ADD_KEYPTR(hh, functions, f->key, strlen(f->key), f);
    return f;
}

static int by_offset(const void *a, const void *b) {
    uint64_t x = ((const struct symbol *)a)->offset, y = ((const struct symbol *)b)->offset;
    return (x > y) - (x < y);
}

static void read_symbols(struct object *object, FILE *nm) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, nm) > 0) {
        unsigned long long offset;
        char kind, name[4096];
        if (sscanf(line, "%llx %c %4095s", &offset, &kind, name) != 3 || !strchr("tTwWi", kind))
            continue;
        name[1 + strcspn(name + 1, ".@")] = 0;
        object->symbols = check(realloc(object->symbols, (object->count + 1) * sizeof *object->symbols));
        object->symbols[object->count++] = (struct symbol){offset, check(strdup(name))};
    }
    free(line);
}

/* Runs nm without a shell, so that any path will do. */
static void run_nm(struct object *object, const char *option) {
    int ends[2];
    if (pipe(ends))
        fail("pipe", object->path);
    pid_t pid = fork();
    if (!pid) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execlp("nm", "nm", "--defined-only", option, object->path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *nm = check(fdopen(ends[0], "r"));
    read_symbols(object, nm);
    fclose(nm);
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        fail("nm does not read it", object->path);
}

static struct object *open_object(const char *path) {
    struct object *object;
    HASH_FIND_STR(objects, path, object);
    if (object)
        return object;
    object = check(calloc(1, sizeof *object));
    object->path = check(strdup(path));
    HASH_ADD_KEYPTR(hh, objects, object->path, strlen(object->path), object);
    run_nm(object, "-n");
    run_nm(object, "-nD");
    qsort(object->symbols, object->count, sizeof *object->symbols, by_offset);
    return object;
}

/* Of the names that an address has, the one that the report uses; the first when it uses none. */
static struct function *function_at(const char *path, uint64_t offset) {
    struct object *object = open_object(path);
    const char *first = NULL;
    for (size_t i = 0; i < object->count; i++) {
        if (object->symbols[i].offset != offset)
            continue;
        struct function *f = find(path, object->symbols[i].name);
        if (f)
            return f;
        if (!first)
            first = object->symbols[i].name;
    }
    char unnamed[32];
    snprintf(unnamed, sizeof unnamed, "0x%llx", (unsigned long long)offset);
    return find_or_add(path, first ? first : unnamed);
}

static void read_dump(const char *file) {
    FILE *in = fopen(file, "r");
    if (!in)
        fail("cannot open", file);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, in) > 0) {
        unsigned long long count, offset;
        int path = 0;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%llu %llx %n", &count, &offset, &path) != 2 || !path)
            fail("the dump has a line of another kind", line);
        function_at(line + path, offset)->oracle += count;
    }
    free(line);
    fclose(in);
}

static char *read_all(const char *file) {
    FILE *in = fopen(file, "r");
    char *text = NULL;
    size_t room = 0;
    if (!in || getdelim(&text, &room, 0, in) < 0)
        fail("cannot read", file);
    fclose(in);
    return text;
}

static void read_report(const char *file) {
    char *text = read_all(file);
    cJSON *report = cJSON_Parse(text), *f;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(report, "functions");
    if (!cJSON_IsArray(list))
        fail("no functions[] in the report", file);
    cJSON_ArrayForEach(f, list) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "name"));
        const char *object = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "object"));
        cJSON *entries = cJSON_GetObjectItemCaseSensitive(f, "entries");
        if (!name || !object || !cJSON_IsNumber(entries))
            fail("a function lacks its name, object or entries", file);
        if (entries->valuedouble > 0)
            find_or_add(object, name)->report += (uint64_t)entries->valuedouble;
    }
    cJSON_Delete(report);
    free(text);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: oracle-compare DUMP REPORT.json\n");
        return 2;
    }
    read_report(argv[2]);
    read_dump(argv[1]);
    uint64_t entries = 0;
    unsigned differ = 0;
    for (struct function *f = functions; f; f = f->hh.next) {
        entries += f->oracle;
        if (f->oracle == f->report)
            continue;
        differ++;
        printf("differs: %s: oracle %llu, recount %llu\n", f->key, (unsigned long long)f->oracle,
               (unsigned long long)f->report);
    }
    printf("%u functions, %llu entries compared; %u functions differ\n", HASH_COUNT(functions),
           (unsigned long long)entries, differ);
    return differ || !entries;
}
