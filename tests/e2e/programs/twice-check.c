/*
 * twice-check REPORT TRUTH POINTS: holds `report --json` of two runs against what a run printed (twice.c). Shares are
 * those that the report gives, summed over the named functions.
 *
 * Tolerance of a share: four standard errors of its sampling, since a sampler errs by chance, and POINTS percentage
 * points, for what differs between that run and the one that was sampled.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, checks;
static const cJSON *report;

static char *read_text(const char *path) {
    static char text[16 << 20];
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

static const cJSON *function_named(const char *name) {
    const cJSON *function;
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(report, "functions")) {
        if (strcmp(cJSON_GetObjectItem(function, "name")->valuestring, name) == 0)
            return function;
    }
    fprintf(stderr, "twice-check: the report has no function '%s'\n", name);
    exit(1);
}

static double number(const cJSON *object, const char *path) {
    char copy[128], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, ".", &rest); key; key = strtok_r(NULL, ".", &rest))
        object = cJSON_GetObjectItem(object, key);
    if (cJSON_IsNumber(object))
        return object->valuedouble;
    fprintf(stderr, "twice-check: no number '%s'\n", path);
    exit(1);
}

static void expect(const char *what, double wanted, double got, double tolerance) {
    checks++;
    printf("%-32s wanted %14.4f  got %14.4f  within %.4f\n", what, wanted, got, tolerance);
    if (fabs(wanted - got) <= tolerance)
        return;
    failures++;
    printf("FAILED: %s\n", what);
}

static void expect_share(const char *functions, double truth, double points) {
    char names[256], *rest = NULL;
    double tracer = 0, sampler = 0, self = 0, all = 0, inclusive = -1;
    const cJSON *function;
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(report, "functions")) {
        if (number(function, "entries") > 0)
            all += number(function, "self_ns");
    }
    snprintf(names, sizeof names, "%s", functions);
    for (char *name = strtok_r(names, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest)) {
        function = function_named(name);
        tracer += number(function, "self_share.tracer");
        sampler += number(function, "self_share.sampler");
        self += number(function, "self_ns") / all;
        if (inclusive < 0) /* it calls the others */
            inclusive = number(function, "time_ns.running") / all;
    }
    double chance = 4 * sqrt(truth * (1 - truth) / number(report, "compared_samples"));
    expect(functions, truth, sampler, chance + points / 100);
    expect("  reported", sampler, tracer, 1e-4);
    expect("  of self_ns", sampler, self, 1e-4);
    expect("  the first with its callees", sampler, inclusive, 0.01);
}

static void check_truth(char *truth, double points) {
    char *rest = NULL;
    for (char *line = strtok_r(truth, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char kind[16], names[256];
        double value;
        if (sscanf(line, "%15s %lf %255[^\n]", kind, &value, names) != 3)
            continue;
        if (strcmp(kind, "share") == 0)
            expect_share(names, value, points);
        else if (strcmp(kind, "count") == 0)
            expect(names, value, number(function_named(names), "entries"), 0);
    }
}

/* The columns add up, and what costs most costs it in the smallest function. */
static void check_effects(void) {
    double sum = number(report, "pair.code_without_hooks.ns") - number(report, "pair.hooks_asleep.ns"),
           effect = number(report, "pair.effect_ns");
    const cJSON *function;
    cJSON_ArrayForEach(function, cJSON_GetObjectItem(report, "functions")) {
        if (number(function, "entries") > 0)
            sum += number(function, "probe_effect.ns");
    }
    double unsampled = fabs(number(report, "pair.awake.cpu_ns") - number(report, "pair.awake.sampled_ns")) +
                       fabs(number(report, "pair.asleep.cpu_ns") - number(report, "pair.asleep.sampled_ns"));
    expect("effects add up", effect, sum, unsampled + 100);
    expect("tiny is slower awake, by chance not", 1, number(function_named("tiny"), "probe_effect.low_ns") > 0, 0);
    /* The machine may be slower at one time than at another, but then for both of them. */
    expect("and twice as much as steady", 1,
           number(function_named("tiny"), "probe_effect.ratio") >
               2 * number(function_named("steady"), "probe_effect.ratio"),
           0);
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    report = cJSON_Parse(read_text(argv[1]));
    const char *from = cJSON_GetStringValue(cJSON_GetObjectItem(report, "times_from"));
    if (!from || strcmp(from, "asleep")) {
        printf("FAILED: the times are not those of the run asleep\n");
        return 1;
    }
    check_truth(read_text(argv[2]), atof(argv[3]));
    check_effects();
    printf("%d checks, %d failed\n", checks, failures);
    return failures || !checks;
}
