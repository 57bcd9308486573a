/*
 * times-check REPORT: what `recount report --json` says of times.c, whose truth is a quarter.
 *
 * The tolerance is the sum of
 *   a call's own cost, 1 ns to 17 of work (it counts for neither side): 1.3 points;
 *   what the hooks may hide, 65% of 4 ns: 2.8 points;
 *   4 standard errors of chance: 4 * sqrt(p (1 - p) / n) of the n samples that are in the report.
 * With the 2000 samples or so that there are it is some 8 points. Time that is counted twice is off by 15, and hooks
 * that are taken for the function's own work by 3 to 10.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double TRUTH = 0.25, CALL = 0.013, HIDDEN = 0.028, ERRORS = 4;

static cJSON *read_json(const char *path) {
    static char text[16 << 20];
    FILE *file = fopen(path, "r");
    if (!file)
        exit(2);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    return cJSON_Parse(text);
}

static double number(const cJSON *object, const char *name) {
    return cJSON_GetNumberValue(cJSON_GetObjectItem(object, name));
}

static const cJSON *find(const cJSON *functions, const char *wanted) {
    const cJSON *function;
    cJSON_ArrayForEach(function, functions) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(function, "name"));
        if (name && strcmp(name, wanted) == 0)
            return function;
    }
    printf("no function %s\n", wanted);
    exit(1);
}

/* Samples in the probes stand for no function, and move its share as any other does. */
static double samples_of(const cJSON *function) {
    const cJSON *seen = cJSON_GetObjectItem(function, "seen");
    return number(seen, "self") + number(seen, "in_probe");
}

int main(int argc, char **argv) {
    cJSON *report = argc == 2 ? read_json(argv[1]) : NULL;
    if (!report)
        return 2;
    const cJSON *functions = cJSON_GetObjectItem(report, "functions");
    const cJSON *brief = find(functions, "brief"), *lasting = find(functions, "lasting");
    double samples = samples_of(brief) + samples_of(lasting);
    double tolerance = CALL + HIDDEN + ERRORS * sqrt(TRUTH * (1 - TRUTH) / fmax(samples, 1));
    double share = number(cJSON_GetObjectItem(brief, "self_share"), "tracer");
    const char *from = cJSON_GetStringValue(cJSON_GetObjectItem(brief, "share_from"));
    printf("%.0f samples: share %.1f%%, truth %.1f%%, tolerance %.1f points, from %s\n", samples, 100 * share,
           100 * TRUTH, 100 * tolerance, from);
    bool right = samples >= 200 && fabs(share - TRUTH) <= tolerance && from && strcmp(from, "sampler") == 0;
    right = right && number(brief, "self_low_ns") <= number(brief, "self_ns");
    right = right && number(brief, "self_high_ns") >= number(brief, "self_ns");
    right = right && number(brief, "entries") == 8000000 && number(brief, "calls") == 8000000;
    cJSON_Delete(report);
    return right ? 0 : 1;
}
