/*
 * kill9-check REPORT.json FILE: does the report of a killed kill9 tell what the program's own counters tell?
 *
 * The hook runs first and the program's counter follows, on each thread, so that a thread may have been killed between
 * the two: the report may be ahead by one for each thread, and can never be behind. Nothing may be unexplained.
 */
#include "kill9.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *where) {
    fprintf(stderr, "kill9-check: %s: %s\n", what, where);
    exit(2);
}

static double number(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item))
        fail("a number is missing in the report", name);
    return item->valuedouble;
}

static cJSON *read_functions(const char *path) {
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (!in || getdelim(&text, &room, 0, in) < 0)
        fail("cannot read", path);
    fclose(in);
    cJSON *functions = cJSON_DetachItemFromObjectCaseSensitive(cJSON_Parse(text), "functions");
    if (!cJSON_IsArray(functions))
        fail("no functions[]", path);
    free(text);
    return functions;
}

static void read_counts(struct kill9_counts *sum, const char *path) {
    struct kill9_file file;
    FILE *in = fopen(path, "r");
    if (!in || fread(&file, sizeof file, 1, in) != 1)
        fail("cannot read", path);
    fclose(in);
    for (int thread = 0; thread < KILL9_THREADS; thread++)
        for (int f = 0; f < KILL9_FUNCTION_COUNT; f++) {
            sum[f].entries += file.counts[thread][f].entries;
            sum[f].calls += file.counts[thread][f].calls;
            sum[f].resumes += file.counts[thread][f].resumes;
        }
}

static int check_ledgers(const cJSON *functions) {
    const cJSON *f;
    int wrong = 0;
    cJSON_ArrayForEach(f, functions) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "name"));
        double open = number(f, "entries") - number(f, "calls") - number(f, "resumes") - number(f, "internal");
        if (number(f, "unexplained") == 0 && open == 0)
            continue;
        printf("%s: the ledger does not close: %.0f entries, unexplained %.0f, by our sum %.0f\n", name,
               number(f, "entries"), number(f, "unexplained"), open);
        wrong = 1;
    }
    return wrong;
}

static int compare(const char *name, const char *what, double reported, uint64_t own) {
    double ahead = reported - (double)own;
    if (ahead >= 0 && ahead <= KILL9_THREADS)
        return 0;
    printf("%s: %s %.0f in the report, %llu by the program's own counter\n", name, what, reported,
           (unsigned long long)own);
    return 1;
}

static int check_function(const cJSON *functions, const char *name, bool coroutine, const struct kill9_counts *own) {
    const cJSON *f, *found = NULL;
    cJSON_ArrayForEach(f, functions) {
        const char *as = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "name"));
        if (as && !strcmp(as, name))
            found = f;
    }
    if (!found)
        return compare(name, "entries", 0, own->entries);
    int wrong = compare(name, "entries", number(found, "entries"), own->entries);
    if (!coroutine)
        return wrong | compare(name, "calls", number(found, "calls"), own->entries);
    wrong |= compare(name, "calls", number(found, "calls"), own->calls);
    return wrong | compare(name, "resumes", number(found, "resumes"), own->resumes);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: kill9-check REPORT.json FILE\n");
        return 2;
    }
    struct kill9_counts own[KILL9_FUNCTION_COUNT] = {0};
    cJSON *functions = read_functions(argv[1]);
    read_counts(own, argv[2]);
    int wrong = check_ledgers(functions);
#define X(name, coroutine) wrong |= check_function(functions, #name, coroutine, &own[KILL9_##name]);
    KILL9_FUNCTIONS(X)
#undef X
    uint64_t entries = 0;
    for (int f = 0; f < KILL9_FUNCTION_COUNT; f++)
        entries += own[f].entries;
    printf("%llu\n", (unsigned long long)entries);
    cJSON_Delete(functions);
    return wrong;
}
