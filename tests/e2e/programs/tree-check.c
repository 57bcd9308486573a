/*
 * tree-check REPORT LOGICAL PHYSICAL: holds `recount report --tree --json`, both of them, against `report --json`.
 *
 * Over a function's rows, the logical tree's calls, entries, resumes, internal and idle entries are the function's, and
 * the physical tree's entries are; own time adds up to the function's, in the physical tree over all rows; calls by the
 * row above are its callers. Each row's time is its own and its children's, and each row stands behind its parent.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, checks;

static cJSON *read_json(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    static char text[64 << 20];
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    cJSON *json = cJSON_Parse(text);
    if (!json) {
        fprintf(stderr, "tree-check: %s holds no JSON\n", path);
        exit(2);
    }
    return json;
}

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    failures++;
    printf("there is no number '%s'\n", key);
    return 0;
}

static const char *text(const cJSON *object, const char *key) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return value ? value : "";
}

static void expect(const char *where, const char *what, double wanted, double got) {
    checks++;
    if (wanted == got)
        return;
    failures++;
    printf("%s: %s should be %.0f, is %.0f\n", where, what, wanted, got);
}

static int same(const cJSON *row, const cJSON *function) {
    return strcmp(text(row, "name"), text(function, "name")) == 0 &&
           strcmp(text(row, "file"), text(function, "file")) == 0 &&
           strcmp(text(row, "object"), text(function, "object")) == 0;
}

static double sum(const cJSON *rows, const cJSON *function, const char *group, const char *key) {
    const cJSON *row;
    double total = 0;
    cJSON_ArrayForEach(row, rows) if (same(row, function)) total +=
        number(group ? cJSON_GetObjectItem(row, group) : row, key);
    return total;
}

/* Where the row above is a place and not a function, the callers have a name of their own for it. */
static int is_caller(const char *above, const char *caller) {
    if (strcmp(above, "[maker not known]") == 0)
        return strcmp(caller, "[process]") == 0 || strcmp(caller, "[thread]") == 0;
    if (strcmp(above, "[awaiter not known]") == 0)
        return strcmp(caller, "[not known]") == 0;
    return strcmp(above, caller) == 0;
}

static void check_callers(const cJSON *rows, const cJSON *function) {
    const cJSON *caller, *row;
    cJSON_ArrayForEach(caller, cJSON_GetObjectItem(function, "callers")) {
        double calls = 0;
        const char *name = text(caller, "name");
        cJSON_ArrayForEach(row, rows) {
            if (!same(row, function))
                continue;
            const cJSON *above = cJSON_GetArrayItem(rows, (int)number(row, "parent"));
            if (is_caller(text(above, "name"), name))
                calls += number(row, "calls") - number(row, "recursive");
            if (strcmp(text(row, "name"), name) == 0)
                calls += number(row, "recursive");
        }
        char what[600];
        snprintf(what, sizeof what, "calls under %s", name);
        expect(text(function, "name"), what, number(caller, "calls"), calls);
    }
}

static void check_function(const cJSON *function, const cJSON *logical, const cJSON *physical) {
    static const char *const counts[] = {"calls", "entries", "resumes", "internal", "idle_resumes"};
    static const char *const own[][2] = {
        {"running", "self_ns"}, {"blocked", "self_blocked_ns"}, {"probes", "self_probes_ns"}};
    const char *name = text(function, "name");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        expect(name, counts[i], number(function, counts[i]), sum(logical, function, NULL, counts[i]));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        expect(name, own[i][1], number(function, own[i][1]), sum(logical, function, "own_ns", own[i][0]));
    expect(name, "physical entries", number(function, "entries"), sum(physical, function, NULL, "entries"));
    check_callers(logical, function);
}

static void check_row(const cJSON *rows, int at) {
    static const char *const parts[] = {"running", "blocked", "probes"};
    const cJSON *row = cJSON_GetArrayItem(rows, at), *other;
    const char *name = text(row, "name");
    int parent = (int)number(row, "parent");
    checks++;
    if (parent >= at || (parent < 0) != (number(row, "depth") == 0)) {
        failures++;
        printf("%s, row %d, hangs under row %d\n", name, at, parent);
    }
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        double total = number(cJSON_GetObjectItem(row, "own_ns"), parts[p]);
        cJSON_ArrayForEach(other, rows) if ((int)number(other, "parent") == at) total +=
            number(cJSON_GetObjectItem(other, "time_ns"), parts[p]);
        expect(name, parts[p], total, number(cJSON_GetObjectItem(row, "time_ns"), parts[p]));
    }
}

/* A time may stand on another function's row, and is rounded on each. */
static void check_all(const cJSON *functions, const cJSON *rows) {
    static const char *const parts[] = {"running", "blocked", "probes"}, *const own[] = {"self_ns", "self_blocked_ns",
                                                                                         "self_probes_ns"};
    double wanted = 0, got = 0, rounded = 3 + 6 * cJSON_GetArraySize(rows);
    const cJSON *item;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        cJSON_ArrayForEach(item, functions) wanted += number(item, own[p]);
        cJSON_ArrayForEach(item, rows) got += number(cJSON_GetObjectItem(item, "own_ns"), parts[p]);
    }
    rounded += wanted * 1e-6; /* contexts are more than rows: each is rounded */
    expect("all rows", "the physical tree's own time", wanted,
           got > wanted - rounded && got < wanted + rounded ? wanted : got);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: tree-check REPORT LOGICAL PHYSICAL\n");
        return 2;
    }
    const cJSON *report = read_json(argv[1]), *function;
    const cJSON *logical = cJSON_GetObjectItem(read_json(argv[2]), "rows");
    const cJSON *physical = cJSON_GetObjectItem(read_json(argv[3]), "rows");
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(report, "functions")) check_function(function, logical, physical);
    for (int i = 0; i < cJSON_GetArraySize(logical); i++)
        check_row(logical, i);
    for (int i = 0; i < cJSON_GetArraySize(physical); i++)
        check_row(physical, i);
    check_all(cJSON_GetObjectItem(report, "functions"), physical);
    printf("%d checks, %d failed\n", checks, failures);
    return failures || !checks ? 1 : 0;
}
