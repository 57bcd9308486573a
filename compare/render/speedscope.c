/* speedscope's file format: sampled profiles, one a thread, weights in nanoseconds of CPU time. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/render/export.h"
#include "compare/render/json.h"
#include "compare/render/stacks.h"

static void add_frame(struct rc_json *json, cJSON *frames, const char *name, const char *file, uint32_t line) {
    cJSON *frame = rc_json_object(json, frames, NULL);
    rc_json_text(json, frame, "name", name);
    if (file)
        rc_json_text(json, frame, "file", file);
    if (file && line)
        rc_json_count(json, frame, "line", line);
}

/* Frames stand at the index of their function; the probes come last. */
static void add_frames(struct rc_json *json, const struct rc_report *report) {
    cJSON *shared = rc_json_object(json, json->root, "shared");
    cJSON *frames = rc_json_array(json, shared, "frames");
    for (size_t f = 0; f < report->n_functions; f++)
        add_frame(json, frames, report->functions[f].name, report->functions[f].file, report->functions[f].line);
    add_frame(json, frames, rc_frame_name(report, RC_FRAME_PROBE), NULL, 0);
}

/* Samples on a CPU by their thread, in the order of taking; those of none that is known come last. */
struct by_thread {
    uint32_t *samples, *begin;
};

static uint32_t place_of(const struct rc_process *process, uint32_t thread) {
    return thread == RC_NONE ? (uint32_t)process->n_threads : thread;
}

static int sort_by_thread(struct by_thread *out, const struct rc_process *process) {
    *out = (struct by_thread){.samples = malloc((process->n_samples + 1) * sizeof *out->samples),
                              .begin = calloc(process->n_threads + 2, sizeof *out->begin)};
    if (!out->samples || !out->begin)
        return -1;
    for (size_t s = 0; s < process->n_samples; s++)
        if (process->samples[s].kind == RF_ON_CPU)
            out->begin[place_of(process, process->samples[s].thread)]++;
    for (size_t t = 0; t <= process->n_threads; t++)
        out->begin[t + 1] += out->begin[t];
    for (uint32_t s = (uint32_t)process->n_samples; s-- > 0;)
        if (process->samples[s].kind == RF_ON_CPU)
            out->samples[--out->begin[place_of(process, process->samples[s].thread)]] = s;
    return 0;
}

/* One thread's samples. As items of cJSON a million of stacks would take gigabytes: they are printed as they come. */
struct sheet {
    const struct rc_report *report;
    const struct rc_resolved *part;
    const uint32_t *samples;
    size_t n;
};

static size_t stack_of(const struct sheet *sheet, size_t i, uint32_t *frames) {
    return rc_stack_of_sample(sheet->report, sheet->part, &sheet->part->process->samples[sheet->samples[i]], frames);
}

static uint64_t sum_of(const struct sheet *sheet) {
    uint32_t frames[RC_STACK_MOST];
    uint64_t sum = 0;
    for (size_t i = 0; i < sheet->n; i++)
        if (stack_of(sheet, i, frames))
            sum += sheet->part->process->samples[sheet->samples[i]].period_ns;
    return sum;
}

static void print_count(FILE *out, char before, uint64_t count) {
    char digits[RC_JSON_DIGITS];
    fputc_unlocked(before, out);
    fputs_unlocked(rc_json_digits(digits, count), out);
}

static void print_stacks(FILE *out, const struct sheet *sheet) {
    uint32_t frames[RC_STACK_MOST];
    char before = '[';
    for (size_t i = 0; i < sheet->n; i++) {
        size_t n = stack_of(sheet, i, frames);
        if (!n)
            continue;
        fputc_unlocked(before, out);
        for (size_t f = 0; f < n; f++)
            print_count(out, f ? ',' : '[', frames[f] == RC_FRAME_PROBE ? sheet->report->n_functions : frames[f]);
        fputc_unlocked(']', out);
        before = ',';
    }
}

static void print_weights(FILE *out, const struct sheet *sheet) {
    uint32_t frames[RC_STACK_MOST];
    char before = '[';
    for (size_t i = 0; i < sheet->n; i++) {
        if (!stack_of(sheet, i, frames))
            continue;
        print_count(out, before, sheet->part->process->samples[sheet->samples[i]].period_ns);
        before = ',';
    }
}

/* Prints the root without its closing brace, for members to follow, and frees it. */
static int print_open(struct rc_json *json, FILE *out) {
    char *text = json->failed ? NULL : cJSON_PrintUnformatted(json->root);
    if (text)
        fwrite(text, 1, strlen(text) - 1, out);
    cJSON_free(text);
    cJSON_Delete(json->root);
    return text ? 0 : -1;
}

/* @return 1: printed; 0: there is nothing to print; -1: no memory */
static int print_thread(FILE *out, const struct sheet *sheet, uint32_t thread, bool first) {
    const struct rc_process *process = sheet->part->process;
    char name[96];
    if (thread == process->n_threads)
        snprintf(name, sizeof name, "threads without hooks (pid %" PRIu32 ")", process->pid);
    else
        snprintf(name, sizeof name, "%.16s (pid %" PRIu32 ", tid %" PRIu32 ")", process->threads[thread].name,
                 process->pid, process->threads[thread].tid);
    uint64_t sum = sum_of(sheet);
    if (!sum)
        return 0;
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_text(&json, json.root, "type", "sampled");
    rc_json_text(&json, json.root, "name", name);
    rc_json_text(&json, json.root, "unit", "nanoseconds");
    rc_json_count(&json, json.root, "startValue", 0);
    if (!first)
        fputc(',', out);
    if (print_open(&json, out))
        return -1;
    fputs(",\"samples\":", out);
    print_stacks(out, sheet);
    fputs("],\"weights\":", out);
    print_weights(out, sheet);
    fprintf(out, "],\"endValue\":%" PRIu64 "}", sum);
    return 1;
}

/* `first`: nothing was printed before; then whether that is still so. 0, or -1: no memory. */
static int print_process(FILE *out, const struct rc_report *report, const struct rc_resolved *part, bool *first) {
    struct by_thread by_thread;
    int result = sort_by_thread(&by_thread, part->process);
    for (uint32_t t = 0; t <= part->process->n_threads && result == 0; t++) {
        struct sheet sheet = {report, part, by_thread.samples + by_thread.begin[t],
                              by_thread.begin[t + 1] - by_thread.begin[t]};
        int printed = print_thread(out, &sheet, t, *first);
        *first &= printed == 0;
        result = printed < 0 ? -1 : 0;
    }
    free(by_thread.samples);
    free(by_thread.begin);
    return result;
}

/* Some sample on a CPU has a stack, and stands for some time. */
static bool has_stacks(const struct rc_report *report) {
    uint32_t frames[RC_STACK_MOST];
    for (size_t p = 0; p < report->n_parts; p++)
        for (size_t s = 0; s < report->parts[p].process->n_samples; s++) {
            const struct rc_sample *sample = &report->parts[p].process->samples[s];
            if (sample->kind == RF_ON_CPU && sample->period_ns &&
                rc_stack_of_sample(report, &report->parts[p], sample, frames))
                return true;
        }
    return false;
}

int rc_export_speedscope(FILE *out, const struct rc_report *report, struct rc_error *err) {
    if (!has_stacks(report))
        return rc_fail(err, "the profile holds no samples on a CPU: there is nothing for speedscope to show");
    struct rc_json json = {.root = cJSON_CreateObject()};
    rc_json_text(&json, json.root, "$schema", "https://www.speedscope.app/file-format-schema.json");
    rc_json_text(&json, json.root, "name", report->profile->command);
    rc_json_text(&json, json.root, "exporter", "recount");
    rc_json_count(&json, json.root, "activeProfileIndex", 0);
    add_frames(&json, report);
    int result = print_open(&json, out);
    fputs(",\"profiles\":[", out);
    bool first = true;
    for (size_t p = 0; p < report->n_parts && result == 0; p++)
        result = print_process(out, report, &report->parts[p], &first);
    fputs("]}\n", out);
    if (result)
        return rc_fail(err, "no memory for the JSON");
    return fflush(out) || ferror(out) ? rc_fail(err, "the output could not be written: %s", strerror(errno)) : 0;
}
