/*
 * check TRUTH REPORT: holds what a program printed of itself against `recount report --json`.
 *
 * Numbers in "functions" must be equal. "callers" (logical) and "physical_callers" must be, too, and a caller that the
 * truth does not name is a failure as well. "awaits" is {"points": await points, "count": the sum of their counts}.
 * "at_least" and "at_most" bound numbers that depend on timing. Every function's ledgers must close, and its resumes be
 * the sum over its await points, each with its place.
 * No time is the program's that is the tracer's: no sample stands in its code, or in what it alone calls of libc.
 * "…_ms" members are times: within 5% or 2 ms, whichever is more; a machine that is busy with others makes both longer
 * alike, but the sampler's share of them comes in steps of a tick.
 *
 * The last line is for matrix.sh: "verdict: counts WORD callers WORD times WORD", with ok, WRONG, or none where the
 * truth has nothing of the kind.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTS, CALLERS, TIMES, KINDS };

static int failures[KINDS], checks[KINDS];

/* One line a failure; matrix.sh finds it by its first word. */
__attribute__((format(printf, 2, 3))) static void wrong(enum kind kind, const char *format, ...) {
    va_list list;
    failures[kind]++;
    fputs("wrong: ", stdout);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}

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

/* Names in a report may carry a signature: handler(int) and handler(int) const are handler; a lambda in it, which is
 * handler(int)::{lambda()#1} or clang's handler(int)::$_0, is not. */
static int same_name(const char *full, const char *name) {
    size_t length = strlen(name);
    if (strncmp(full, name, length) != 0)
        return 0;
    const char *rest = full + length;
    if (*rest != '(')
        return *rest == 0;
    int open = 0;
    for (; *rest; rest++) {
        open += (*rest == '(') - (*rest == ')');
        if (open == 0)
            return rest[1] == 0 || rest[1] == ' ';
    }
    return 0;
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

static void expect(enum kind kind, const char *function, const char *what, double truth, double reported) {
    checks[kind]++;
    if (truth != reported)
        wrong(kind, "%s: %s is %.0f, reported %.0f", function, what, truth, reported);
}

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* `list` is "callers" or "physical_callers", whose members count `unit`. */
static void check_callers(const char *name, const char *list, const char *unit, const cJSON *truth,
                          const cJSON *function) {
    const cJSON *caller, *reported = cJSON_GetObjectItem(function, list);
    char what[256];
    cJSON_ArrayForEach(caller, truth) {
        snprintf(what, sizeof what, "%s from %s (%s)", unit, caller->string, list);
        const cJSON *found = find(reported, caller->string);
        expect(CALLERS, name, what, caller->valuedouble, found ? number(found, unit) : 0);
    }
    snprintf(what, sizeof what, "the number of %s", list);
    expect(CALLERS, name, what, cJSON_GetArraySize(truth), cJSON_GetArraySize(reported));
}

static double await_number(const cJSON *function, const char *key) {
    const cJSON *await, *awaits = cJSON_GetObjectItem(function, "awaits");
    if (strcmp(key, "points") == 0)
        return cJSON_GetArraySize(awaits);
    double sum = 0;
    cJSON_ArrayForEach(await, awaits) sum += number(await, key);
    return sum;
}

static void check_member(const char *name, const cJSON *member, const cJSON *reported) {
    const cJSON *await;
    if (strcmp(member->string, "callers") == 0)
        check_callers(name, "callers", "calls", member, reported);
    else if (strcmp(member->string, "physical_callers") == 0)
        check_callers(name, "physical_callers", "entries", member, reported);
    else if (strcmp(member->string, "awaits") == 0) {
        cJSON_ArrayForEach(await, member) {
            char what[64];
            snprintf(what, sizeof what, "its await points' %s", await->string);
            expect(COUNTS, name, what, await->valuedouble, await_number(reported, await->string));
        }
    } else
        expect(COUNTS, name, member->string, member->valuedouble, number(reported, member->string));
}

static void check_function(const cJSON *truth, const cJSON *functions) {
    const cJSON *reported = find(functions, truth->string), *member;
    checks[COUNTS]++;
    if (!reported) {
        wrong(COUNTS, "%s is not in the report", truth->string);
        failures[CALLERS] += cJSON_HasObjectItem(truth, "callers");
        return;
    }
    cJSON_ArrayForEach(member, truth) check_member(truth->string, member, reported);
}

static void expect_bound(const char *function, const char *what, double bound, double reported, double sense) {
    checks[COUNTS]++;
    if (!(sense * reported >= sense * bound))
        wrong(COUNTS, "%s: %s should be %s %.0f, reported %.0f", function, what, sense > 0 ? "at least" : "at most",
              bound, reported);
}

/* {"f": {"entries": 9600, "awaits": {"count": 4}}}: sense 1 for at least, -1 for at most. */
static void check_bounds(const cJSON *bounds, const cJSON *functions, double sense) {
    const cJSON *function, *bound, *await;
    cJSON_ArrayForEach(function, bounds) {
        const cJSON *reported = find(functions, function->string);
        cJSON_ArrayForEach(bound, function) {
            if (cJSON_IsNumber(bound))
                expect_bound(function->string, bound->string, bound->valuedouble, number(reported, bound->string),
                             sense);
            cJSON_ArrayForEach(await, bound) {
                char what[64];
                snprintf(what, sizeof what, "its await points' %s", await->string);
                expect_bound(function->string, what, await->valuedouble, await_number(reported, await->string), sense);
            }
        }
    }
}

static void check_awaits(const char *name, const cJSON *function) {
    const cJSON *await, *awaits = cJSON_GetObjectItem(function, "awaits");
    double sum = await_number(function, "count");
    cJSON_ArrayForEach(await, awaits) {
        const char *file = cJSON_GetStringValue(cJSON_GetObjectItem(await, "file"));
        if (!file || !*file || !(number(await, "line") > 0))
            wrong(COUNTS, "%s: an await point has no place", name);
    }
    if (sum > 0 && number(function, "resumes") > 0 &&
        number(function, "calls") + number(function, "resumes") == number(function, "entries"))
        expect(COUNTS, name, "resumes, as the sum over its await points,", number(function, "resumes"), sum);
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
        checks[TIMES]++;
        if (!(fabs(said - is) <= allowed))
            wrong(TIMES, "%s: %s is %.3f, reported %.3f", item->string, truth->string, is, said);
    }
}

/* Each difference is the sum of its parts. Points have three digits; less is the binary fraction's. */
static void check_accounts(const char *name, const cJSON *function) {
    const cJSON *difference, *account;
    cJSON_ArrayForEach(difference, cJSON_GetObjectItem(function, "differences")) {
        const char *of = cJSON_GetStringValue(cJSON_GetObjectItem(difference, "of"));
        double sum = 0;
        cJSON_ArrayForEach(account, cJSON_GetObjectItem(function, "accounts")) {
            if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(account, "of")), of) == 0)
                sum += number(account, "amount");
        }
        if (!(fabs(sum - (number(difference, "one") - number(difference, "other"))) < 0.0005))
            wrong(COUNTS, "%s: the parts of its difference of %s are %.3f in all", name, of, sum);
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
        expect(TIMES, name, "the sum of its time", number(times, "total"), sum);
        expect(COUNTS, name, "unexplained", 0, number(function, "unexplained"));
        check_awaits(name, function);
        check_accounts(name, function);
    }
}

static bool is_tracers(const char *name) {
    static const char *const starts[] = {
        "rt_", "rs_", "recount_call_", "recount_frame_", "recount_stack_", "process_vm_readv"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static void check_own_code(const cJSON *functions) {
    const cJSON *function, *leaf;
    cJSON_ArrayForEach(function, functions) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(function, "name"));
        if (is_tracers(name) && number(cJSON_GetObjectItem(function, "seen"), "total") > 0)
            wrong(TIMES, "%s is the tracer's, and has samples", name);
        cJSON_ArrayForEach(leaf, cJSON_GetObjectItem(function, "leaves")) {
            const char *in = cJSON_GetStringValue(cJSON_GetObjectItem(leaf, "name"));
            checks[TIMES]++;
            if (is_tracers(in))
                wrong(TIMES, "%s: %.0f of its samples are in %s, the tracer's", name, number(leaf, "samples"), in);
        }
    }
}

static const char *verdict(enum kind kind, const cJSON *truth) {
    if (failures[kind])
        return "WRONG";
    if (kind != TIMES)
        return checks[kind] ? "ok" : "none";
    const cJSON *member; /* that a ledger closes is not yet a time */
    cJSON_ArrayForEach(member, truth) if (strstr(member->string, "_ms")) return "ok";
    return "none";
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
    check_own_code(functions);
    int made = checks[COUNTS] + checks[CALLERS] + checks[TIMES];
    int failed = failures[COUNTS] + failures[CALLERS] + failures[TIMES];
    printf("%d checks, %d failed\n", made, failed);
    printf("verdict: counts %s callers %s times %s\n", verdict(COUNTS, truth), verdict(CALLERS, truth),
           verdict(TIMES, truth));
    return failed || !made ? 1 : 0;
}
