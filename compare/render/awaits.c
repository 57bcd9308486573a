/* `recount report --awaits`: where the program's calls waited, longest first. */
#include "compare/render/awaits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compare/explain/numbers.h"
#include "compare/render/heading.h"
#include "compare/render/json.h"
#include "compare/render/printable.h"
#include "compare/render/render.h"

enum { NAME_MOST = 512 };

struct entry {
    const struct rc_function *function;
    const struct rc_await_point *point;
};

uint64_t rc_await_wait(const struct rc_await_point *point) {
    return point->awaiting_ns + point->queued_ns;
}

static const char *mean(struct rc_text *to, uint64_t ns, uint64_t count) {
    *to = rc_text_time(count ? ns / count : 0);
    return to->s;
}

/* Who was never told ready waited for its turn, too, but when that began nobody knows. */
static void queued_cells(struct rc_table *table, const struct rc_await_point *point) {
    struct rc_text text;
    bool waited = point->awaiting_ns || point->open;
    rc_table_cell(table, point->ready_told ? rc_text_time(point->queued_ns).s : waited ? "not told" : "-", RC_PLAIN);
    rc_table_cell(table, point->ready_told ? mean(&text, point->queued_ns, point->count) : "-", RC_PLAIN);
}

void rc_await_cells(struct rc_table *table, const struct rc_await_point *point, uint64_t whole_ns) {
    const char *slash = strrchr(point->file, '/');
    char at[NAME_MOST] = "-";
    struct rc_text text;
    if (point->line)
        snprintf(at, sizeof at, "%s:%" PRIu32, slash ? slash + 1 : point->file, point->line);
    else if (!*point->awaited)
        snprintf(at, sizeof at, "together");
    rc_table_cell(table, at, RC_PLAIN);
    rc_table_cell(table, point->awaited, RC_PLAIN);
    rc_table_cell(table, rc_text_count(point->count).s, RC_PLAIN);
    rc_table_cell(table, point->idle ? rc_text_count(point->idle).s : "-", RC_PLAIN);
    rc_table_cell(table, rc_text_time(point->awaiting_ns).s, RC_PLAIN);
    rc_table_cell(table, mean(&text, point->awaiting_ns, point->count + point->open), RC_PLAIN);
    queued_cells(table, point);
    rc_table_cell(table, whole_ns ? rc_text_percent(rc_ratio(rc_await_wait(point), whole_ns)).s : "-", RC_PLAIN);
    rc_table_cell(table, point->open ? rc_text_count(point->open).s : "-", RC_PLAIN);
}

bool rc_await_rest(const struct rc_function *function, struct rc_await_point *rest) {
    struct rc_await_point all = {0};
    for (size_t i = 0; i < function->n_awaits; i++) {
        all.count += function->awaits[i].count;
        all.awaiting_ns += function->awaits[i].awaiting_ns;
        all.queued_ns += function->awaits[i].queued_ns;
    }
    *rest = (struct rc_await_point){.file = "", .awaited = "(not known)"};
    if (function->resumes <= all.count || (!function->n_awaits && !function->time.awaiting))
        return false;
    rest->count = function->resumes - all.count;
    if (function->time.awaiting > all.awaiting_ns)
        rest->awaiting_ns = function->time.awaiting - all.awaiting_ns;
    if (function->time.queued > all.queued_ns)
        rest->queued_ns = function->time.queued - all.queued_ns;
    rest->ready_told = rest->queued_ns > 0;
    return true;
}

static int by_wait(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    uint64_t one = rc_await_wait(a->point), other = rc_await_wait(b->point);
    if (one != other)
        return one < other ? 1 : -1;
    if (a->point->count != b->point->count)
        return a->point->count < b->point->count ? 1 : -1;
    return (a->point > b->point) - (a->point < b->point);
}

/* All await points, longest wait first, and for each function what is missing to its resumes (in `rests`, one a
 * function; NULL: not wanted). The caller frees them. NULL: no memory. */
static struct entry *all_awaits(const struct rc_report *report, struct rc_await_point *rests, size_t *n,
                                uint64_t *wait) {
    size_t room = report->n_functions;
    for (size_t f = 0; f < report->n_functions; f++)
        room += report->functions[f].n_awaits;
    struct entry *entries = calloc(room + 1, sizeof *entries);
    *n = 0;
    *wait = 0;
    for (size_t f = 0; f < report->n_functions && entries; f++) {
        const struct rc_function *function = &report->functions[f];
        for (size_t a = 0; a < function->n_awaits; a++) {
            entries[(*n)++] = (struct entry){function, &function->awaits[a]};
            *wait += rc_await_wait(&function->awaits[a]);
        }
        if (rests && rc_await_rest(function, &rests[f])) {
            entries[(*n)++] = (struct entry){function, &rests[f]};
            *wait += rc_await_wait(&rests[f]);
        }
    }
    if (entries)
        qsort(entries, *n, sizeof *entries, by_wait);
    return entries;
}

static int print_awaits(const struct rc_paper *paper, const struct rc_report *report, const struct entry *entries,
                        size_t n, uint64_t wait, size_t top) {
    static const struct rc_column columns[] = {{NULL, "function", RC_LEFT | RC_FLEXIBLE | RC_NAME}, RC_AWAIT_COLUMNS};
    bool *namesakes = rc_namesakes(report), untold = false;
    struct rc_table *table = namesakes ? rc_table_new(columns, sizeof columns / sizeof *columns) : NULL;
    int result = -1;
    for (size_t i = 0; table && i < n && (!top || i < top); i++) {
        char name[NAME_MOST];
        bool namesake = namesakes[entries[i].function - report->functions];
        rc_table_cell(table, rc_function_title(entries[i].function, namesake, name, sizeof name), RC_PLAIN);
        rc_await_cells(table, entries[i].point, wait);
        untold |= !entries[i].point->ready_told;
    }
    if (table && n)
        result = rc_table_print(table, paper->out, 0, paper->width, paper->colour);
    else if (table)
        result = fputs("No call was suspended at an await point.\n", paper->out) < 0 ? -1 : 0;
    if (top && n > top)
        fprintf(paper->out, "%zu more await point%s; --top 0 shows all.\n", n - top, rc_plural(n - top));
    fputc('\n', paper->out);
    if (untold)
        rc_print_wrapped(paper->out,
                         "not told: nothing said when the wait was over (recount_call_ready does), so that all of it "
                         "stands under awaiting.",
                         0, 0, paper->width);
    if (n)
        rc_print_wrapped(paper->out,
                         "Waits of an awaiter and of what it awaits are both listed: they are no sum of the wall time.",
                         0, 0, paper->width);
    free(namesakes);
    rc_table_free(table);
    return result;
}

int rc_render_awaits(const struct rc_paper *paper, const struct rc_report *report, size_t top, struct rc_error *err) {
    size_t n;
    uint64_t wait;
    struct rc_await_point *rests = calloc(report->n_functions + 1, sizeof *rests);
    struct entry *entries = rests ? all_awaits(report, rests, &n, &wait) : NULL;
    if (entries)
        rc_print_heading(paper, report);
    int result = entries ? print_awaits(paper, report, entries, n, wait, top) : -1;
    free(entries);
    free(rests);
    if (result)
        return rc_fail(err, "no memory for the table");
    return fflush(paper->out) || ferror(paper->out)
               ? rc_fail(err, "the output could not be written: %s", strerror(errno))
               : 0;
}

int rc_render_awaits_json(FILE *out, const struct rc_report *report, struct rc_error *err) {
    struct rc_json json = {.root = cJSON_CreateObject()};
    size_t n;
    uint64_t wait;
    struct entry *entries = all_awaits(report, NULL, &n, &wait);
    json.failed |= !entries;
    rc_json_count(&json, json.root, "schema", RC_JSON_SCHEMA);
    rc_json_text(&json, json.root, "command", report->profile->command);
    rc_json_count(&json, json.root, "wall_ns", report->wall_ns);
    cJSON *awaits = rc_json_array(&json, json.root, "awaits");
    for (size_t i = 0; entries && i < n; i++) {
        cJSON *item = rc_json_object(&json, awaits, NULL);
        rc_json_text(&json, item, "function", entries[i].function->name);
        rc_json_text(&json, item, "object", entries[i].function->object);
        rc_json_await(&json, item, entries[i].point, wait);
    }
    free(entries);
    return rc_json_print(&json, out, true, err);
}
