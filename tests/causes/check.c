/*
 * cause-check TRUTH REPORT: holds what a program says of its cause (the last line of TRUTH, causes.h) against
 * `recount report --json`. In every report each difference is the sum of its parts. Of a control whose verdicts alone
 * are wrong the last line says, too, where others had the CPU for more than a tenth of the time that the program ran
 * for.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures, wrong_causes;

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...) {
    va_list list;
    failures++;
    fputs("wrong: ", stdout);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}

static cJSON *read_json(const char *path, int last_line) {
    static char text[16 << 20];
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    while (length && text[length - 1] == '\n')
        length--;
    text[length] = 0;
    char *line = last_line ? strrchr(text, '\n') : NULL;
    cJSON *json = cJSON_Parse(line ? line + 1 : text);
    if (!json) {
        fprintf(stderr, "cause-check: %s holds no JSON\n", path);
        exit(2);
    }
    return json;
}

static double number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static const char *text(const cJSON *object, const char *key) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return value ? value : "";
}

/* "draw(long)" is draw. */
static int is_named(const cJSON *function, const char *name) {
    const char *full = text(function, "name");
    size_t length = strlen(name);
    return strncmp(full, name, length) == 0 && (full[length] == 0 || full[length] == '(');
}

static const cJSON *find(const cJSON *functions, const char *name) {
    const cJSON *function;
    cJSON_ArrayForEach(function, functions) if (is_named(function, name)) return function;
    return NULL;
}

static double amount_of(const cJSON *function, const char *of, const char *cause) {
    const cJSON *account;
    double sum = 0;
    cJSON_ArrayForEach(account, cJSON_GetObjectItem(function, "accounts")) {
        if (strcmp(text(account, "of"), of) == 0 && (!cause || strcmp(text(account, "cause"), cause) == 0))
            sum += number(account, "amount");
    }
    return sum;
}

static const cJSON *difference_of(const cJSON *function, const char *of) {
    const cJSON *difference;
    cJSON_ArrayForEach(difference, cJSON_GetObjectItem(function, "differences")) {
        if (strcmp(text(difference, "of"), of) == 0)
            return difference;
    }
    return NULL;
}

/* Points come with three digits: what is less than half of the last one is the binary fraction's. */
static void check_sums(const cJSON *function) {
    const cJSON *difference, *account;
    cJSON_ArrayForEach(difference, cJSON_GetObjectItem(function, "differences")) {
        const char *of = text(difference, "of");
        double one_less_other = number(difference, "one") - number(difference, "other");
        double sum = amount_of(function, of, NULL), allowed = strcmp(of, "share") == 0 ? 0.0004 : 0;
        if (!(fabs(number(difference, "difference") - one_less_other) <= allowed &&
              fabs(sum - one_less_other) <= allowed))
            wrong("%s: the %s differ by %.3f, and the parts are %.3f", text(function, "name"), of, one_less_other, sum);
    }
    cJSON_ArrayForEach(account, cJSON_GetObjectItem(function, "accounts")) {
        if (!difference_of(function, text(account, "of")))
            wrong("%s: an amount of %s without a difference", text(function, "name"), text(account, "of"));
    }
}

static void check_causes(const cJSON *function, const char *allowed) {
    const cJSON *cause;
    cJSON_ArrayForEach(cause, cJSON_GetObjectItem(function, "causes")) {
        if (allowed && strcmp(cJSON_GetStringValue(cause), allowed) == 0)
            continue;
        wrong_causes++;
        wrong("%s: the referee names %s, which it has not", text(function, "name"), cJSON_GetStringValue(cause));
    }
}

static void check_subject(const cJSON *truth, const cJSON *function) {
    const char *name = text(truth, "subject"), *cause = text(truth, "cause"), *of = text(truth, "of");
    if (!function) {
        wrong("%s is not in the report", name);
        return;
    }
    const cJSON *causes = cJSON_GetObjectItem(function, "causes"), *difference = difference_of(function, of);
    if (cJSON_GetArraySize(causes) != 1)
        wrong("%s: the referee names %d causes; it is %s", name, cJSON_GetArraySize(causes), cause);
    check_causes(function, cause);
    double whole = number(difference, "difference") - amount_of(function, of, "preempted"); /* that is the machine's */
    if (!(amount_of(function, of, cause) / whole >= number(truth, "part")))
        wrong("%s: %s accounts for %.3f of %.3f %s, and should for %.2f of it", name, cause,
              amount_of(function, of, cause), whole, of, number(truth, "part"));
    if (cJSON_HasObjectItem(truth, "disagree") && strcmp(text(function, "verdict"), "disagree") != 0)
        wrong("%s: the verdict is %s", name, text(function, "verdict"));
}

static void check_control(const cJSON *names, const cJSON *functions) {
    const cJSON *name, *function;
    cJSON_ArrayForEach(name, names) {
        function = find(functions, name->valuestring);
        if (strcmp(text(function, "verdict"), "agree") != 0)
            wrong("%s: the verdict is %s", name->valuestring, text(function, "verdict"));
    }
    cJSON_ArrayForEach(function, functions) {
        if (strcmp(text(function, "verdict"), "disagree") == 0)
            wrong("%s: a control, and the verdict is disagree", text(function, "name"));
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: cause-check TRUTH REPORT\n");
        return 2;
    }
    const cJSON *truth = read_json(argv[1], 1), *functions = cJSON_GetObjectItem(read_json(argv[2], 0), "functions");
    const cJSON *function, *also = cJSON_GetObjectItem(truth, "also");
    const char *subject = text(truth, "subject");
    if (*subject)
        check_subject(truth, find(functions, subject));
    else
        check_control(cJSON_GetObjectItem(truth, "agree"), functions);
    cJSON_ArrayForEach(function, functions) {
        const cJSON *allowed, *its = NULL;
        cJSON_ArrayForEach(allowed, also) if (is_named(function, allowed->string)) its = allowed;
        check_sums(function);
        if (!*subject || !is_named(function, subject))
            check_causes(function, its ? its->valuestring : NULL);
    }
    function = find(functions, "main");
    double ready = amount_of(function, "time", "preempted");
    bool busy = !*subject && !wrong_causes && 10 * ready > number(cJSON_GetObjectItem(function, "time_ns"), "running");
    printf("%s: %d wrong%s\n", *subject ? text(truth, "cause") : "control", failures,
           failures && busy ? ", on a busy machine" : "");
    return failures || !cJSON_GetArraySize(functions) ? 1 : 0;
}
