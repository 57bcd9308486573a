/*
 * eintr-check PROGRAM.json [REPORT.json LEAST]: is what the program eintr says fit for a sampler that leaves its target
 * alone? No call may have failed with EINTR. With a report: the on-CPU samples that it says were taken, and these and
 * the lost ones it owns up to together, are each at least LEAST a second of the CPU time that the program measured
 * itself. (A sample that is neither taken nor reported as lost would be missing from the sum.)
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const char *what, const char *where) {
    fprintf(stderr, "eintr-check: %s: %s\n", what, where);
    exit(2);
}

static cJSON *read_json(const char *file) {
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(file, "r");
    if (!in || getdelim(&text, &room, 0, in) < 0)
        fail("cannot read", file);
    fclose(in);
    cJSON *json = cJSON_Parse(text);
    if (!json)
        fail("not JSON", file);
    free(text);
    return json;
}

static double number(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item))
        fail("a number is missing", name);
    return item->valuedouble;
}

static int check_calls(const cJSON *program) {
    const cJSON *calls = cJSON_GetObjectItemCaseSensitive(program, "calls");
    const cJSON *eintr = cJSON_GetObjectItemCaseSensitive(program, "eintr"), *kind;
    int wrong = 0;
    cJSON_ArrayForEach(kind, calls) {
        double broken = number(eintr, kind->string);
        printf("%s %.0f of %.0f EINTR; ", kind->string, broken, kind->valuedouble);
        wrong |= broken > 0 || kind->valuedouble <= 0;
    }
    if (!cJSON_GetArraySize(calls))
        fail("the program made no calls", "calls");
    return wrong;
}

static int check_rate(const cJSON *program, const cJSON *report, double least) {
    double cpu = number(program, "cpu_s"), taken = number(report, "samples");
    double lost = number(cJSON_GetObjectItemCaseSensitive(report, "lost"), "samples");
    printf("%.3f CPU s, %.0f samples (%.1f a CPU second), %.0f reported lost (with them %.1f), at least %.0f asked; ",
           cpu, taken, taken / cpu, lost, (taken + lost) / cpu, least);
    return !(cpu > 0 && taken / cpu >= least && (taken + lost) / cpu >= least);
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: eintr-check PROGRAM.json [REPORT.json LEAST]\n");
        return 2;
    }
    cJSON *program = read_json(argv[1]);
    int wrong = check_calls(program);
    if (argc == 4) {
        cJSON *report = read_json(argv[2]);
        wrong |= check_rate(program, report, atof(argv[3]));
        cJSON_Delete(report);
    }
    cJSON_Delete(program);
    printf("%s\n", wrong ? "NOT as it must be" : "good");
    return wrong;
}
