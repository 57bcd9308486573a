/*
 * check TRUTH REPORT: holds what a program printed of itself against `recount report --json`.
 *
 * Numbers in "functions" must be equal, callers too (a caller that the truth does not name is a failure as well).
 * "at_least" and "at_most" bound numbers that depend on timing. Every function's ledgers must close, and its resumes be
 * the sum over its await points, each with its place.
 * "…_ms" members are times: within 5% or 2 ms, whichever is more; a machine that is busy with others makes both longer
 * alike, but the sampler's share of them comes in steps of a tick.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, checks;

static cJSON *read_json(const char *path, int last_line) {
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    static char text[64 << 20];
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    while (length && text[length - 1] == '\n')
        text[--length] = 0;
    char *start = last_line && strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    cJSON *json = cJSON_Parse(start);
    if (!json) {
        fprintf(stderr, "check: %s holds no JSON\n", path);
        exit(2);
    }
    return json;
}

/* Names in a report may carry a signature: handler() is handler. */
static int same_name(const char *full, const char *name) {
    size_t length = strlen(name);
    return strncmp(full, name, length) == 0 && (full[length] == 0 || full[length] == '(');
}

static const cJSON *find(const cJSON *list, const char *name) {
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        const char *its = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
        if (its && same_name(its, name))
            return item;
    }
    return NULL;
}

static void expect(const char *function, const char *what, double truth, double reported) {
    checks++;
    if (truth != reported) {
        failures++;
        printf("%s: %s is %.0f, reported %.0f\n", function, what, truth, reported);
    }
}

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void check_callers(const char *name, const cJSON *truth, const cJSON *reported) {
    const cJSON *caller;
    cJSON_ArrayForEach(caller, truth) {
        char what[256];
        snprintf(what, sizeof what, "calls from %s", caller->string);
        const cJSON *found = find(reported, caller->string);
        expect(name, what, caller->valuedouble, found ? number(found, "calls") : 0);
    }
    expect(name, "the number of callers", cJSON_GetArraySize(truth), cJSON_GetArraySize(reported));
}

static void check_function(const cJSON *truth, const cJSON *functions) {
    const cJSON *reported = find(functions, truth->string);
    if (!reported) {
        failures++;
        printf("%s is not in the report\n", truth->string);
        return;
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, truth) {
        if (strcmp(member->string, "callers") == 0)
            check_callers(truth->string, member, cJSON_GetObjectItem(reported, "callers"));
        else
            expect(truth->string, member->string, member->valuedouble, number(reported, member->string));
    }
    expect(truth->string, "unexplained", 0, number(reported, "unexplained"));
}

/* {"f": {"entries": 9600}}: sense 1 for at least, -1 for at most. */
static void check_bounds(const cJSON *bounds, const cJSON *functions, double sense) {
    const cJSON *function, *bound;
    cJSON_ArrayForEach(function, bounds) {
        cJSON_ArrayForEach(bound, function) {
            double said = number(find(functions, function->string), bound->string);
            checks++;
            if (!(sense * said >= sense * bound->valuedouble)) {
                failures++;
                printf("%s: %s should be %s %.0f, reported %.0f\n", function->string, bound->string,
                       sense > 0 ? "at least" : "at most", bound->valuedouble, said);
            }
        }
    }
}

static void check_awaits(const char *name, const cJSON *function) {
    const cJSON *await, *awaits = cJSON_GetObjectItem(function, "awaits");
    double sum = 0;
    cJSON_ArrayForEach(await, awaits) {
        sum += number(await, "count");
        const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(await, "file"));
        if (!file || !*file || !(number(await, "line") > 0)) {
            failures++;
            printf("%s: an await point has no place\n", name);
        }
    }
    if (sum > 0 && number(function, "resumes") > 0 &&
        number(function, "calls") + number(function, "resumes") == number(function, "entries"))
        expect(name, "resumes, as the sum over its await points,", number(function, "resumes"), sum);
}

static double time_of(const cJSON *functions, const char *name, const char *kinds) {
    const cJSON *times = cJSON_GetObjectItem(find(functions, name), "time_ns");
    double ns = 0;
    const char *parts[] = {"running", "blocked", "awaiting", "queued"};
    for (int i = 0; i < 4; i++)
        if (strstr(kinds, parts[i]))
            ns += number(times, parts[i]);
    return ns / 1e6;
}

static void check_times(const cJSON *truth, const cJSON *functions) {
    const cJSON *item;
    cJSON_ArrayForEach(item, truth) {
        double said = time_of(functions, item->string, truth->string), is = item->valuedouble;
        double allowed = fmax(2, is * 0.05);
        checks++;
        if (!(fabs(said - is) <= allowed)) {
            failures++;
            printf("%s: %s is %.3f, reported %.3f\n", item->string, truth->string, is, said);
        }
    }
}

/* The time ledger of every function closes, to the nanosecond. */
static void check_ledgers(const cJSON *functions) {
    const cJSON *function;
    cJSON_ArrayForEach(function, functions) {
        const cJSON *times = cJSON_GetObjectItem(function, "time_ns");
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(function, "name"));
        double sum = number(times, "running") + number(times, "blocked") + number(times, "awaiting") +
                     number(times, "queued") + number(times, "probes");
        expect(name, "the sum of its time", number(times, "total"), sum);
        expect(name, "unexplained", 0, number(function, "unexplained"));
        check_awaits(name, function);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: check TRUTH REPORT\n");
        return 2;
    }
    const cJSON *truth = read_json(argv[1], 1), *report = read_json(argv[2], 0), *member;
    const cJSON *functions = cJSON_GetObjectItem(report, "functions");
    cJSON_ArrayForEach(member, cJSON_GetObjectItem(truth, "functions")) check_function(member, functions);
    cJSON_ArrayForEach(member, truth) if (strstr(member->string, "_ms")) check_times(member, functions);
    check_bounds(cJSON_GetObjectItem(truth, "at_least"), functions, 1);
    check_bounds(cJSON_GetObjectItem(truth, "at_most"), functions, -1);
    check_ledgers(functions);
    printf("%d checks, %d failed\n", checks, failures);
    return failures || !checks ? 1 : 0;
}
