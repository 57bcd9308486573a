/*
 * Counts of things with a name, by function. Millions of them have few names: those are compared once, and then their
 * ranks stand for them.
 */
#include "compare/model/tallies.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"

struct rc_tally_name {
    const char *name;
    uint32_t number; /* in the order of coming, from 0; then its rank: equal names have the same */
    UT_hash_handle hh;
};

static uint32_t number_of(struct rc_tallying *all, const char *name) {
    struct rc_tally_name *found = NULL;
    HASH_FIND_PTR(all->names, &name, found);
    if (found)
        return found->number;
    found = calloc(1, sizeof *found);
    if (!found)
        return RC_NONE;
    found->name = name;
    found->number = HASH_COUNT(all->names);
    HASH_ADD_PTR(all->names, name, found);
    if (found->hh.tbl)
        return found->number;
    free(found);
    return RC_NONE;
}

int rc_tallying_open(struct rc_tallying *all, size_t most) {
    *all = (struct rc_tallying){.n = {0}};
    for (size_t i = 0; i < RC_TALLY_LISTS; i++)
        all->items[i] = malloc((most + 1) * sizeof *all->items[i]);
    return all->items[0] && all->items[1] ? 0 : -1;
}

int rc_tallying_add(struct rc_tallying *all, unsigned list, uint32_t function, const char *name, uint64_t count) {
    uintptr_t place = (uintptr_t)name / 16;
    struct rc_tally_memo *memo = &all->memo[(place ^ place / RC_TALLY_MEMOS) % RC_TALLY_MEMOS];
    if (memo->name != name)
        *memo = (struct rc_tally_memo){name, number_of(all, name)};
    if (memo->number == RC_NONE)
        return -1;
    all->items[list][all->n[list]++] = (struct rc_counted){function, memo->number, count};
    return 0;
}

static int by_name(const void *left, const void *right) {
    const struct rc_tally_name *a = *(struct rc_tally_name *const *)left, *b = *(struct rc_tally_name *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* From the names' numbers to their ranks, and the name of each rank. */
static int rank(const struct rc_tallying *all, uint32_t *ranks, const char **names) {
    uint32_t n = HASH_COUNT(all->names), i = 0, next = 0;
    struct rc_tally_name **sorted = malloc((n + 1) * sizeof(struct rc_tally_name *));
    if (!sorted)
        return -1;
    for (struct rc_tally_name *each = all->names; each; each = each->hh.next)
        sorted[i++] = each;
    qsort(sorted, n, sizeof *sorted, by_name);
    for (i = 0; i < n; i++) {
        next += i && strcmp(sorted[i]->name, sorted[i - 1]->name) != 0;
        ranks[sorted[i]->number] = next;
        names[next] = sorted[i]->name;
    }
    free(sorted);
    return 0;
}

/* Stable, in time that grows with what there is: `begin` has an element for each key, and one more. */
static inline void sort_by(uint32_t (*key)(const struct rc_counted *), const struct rc_counted *from,
                           struct rc_counted *to, size_t n, size_t *begin, size_t keys) {
    memset(begin, 0, (keys + 1) * sizeof *begin);
    for (size_t i = 0; i < n; i++)
        begin[key(&from[i]) + 1]++;
    for (size_t k = 0; k < keys; k++)
        begin[k + 1] += begin[k];
    for (size_t i = 0; i < n; i++)
        to[begin[key(&from[i])]++] = from[i];
}

static uint32_t name_of(const struct rc_counted *item) {
    return item->name;
}

static uint32_t function_of(const struct rc_counted *item) {
    return item->function;
}

static int by_count(const void *left, const void *right) {
    const struct rc_counted *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return (a->name > b->name) - (a->name < b->name);
}

/* The first `n` items are one function's, in the order of their names. */
static int fill(struct rc_tallies *out, struct rc_counted *items, size_t n, const char *const *names) {
    size_t kept = 0;
    for (size_t i = 1; i < n; i++)
        if (items[i].name == items[kept].name)
            items[kept].count += items[i].count;
        else
            items[++kept] = items[i];
    qsort(items, ++kept, sizeof *items, by_count);
    out->items = malloc(kept * sizeof *out->items);
    if (!out->items)
        return -1;
    for (size_t i = 0; i < kept; i++)
        out->items[i] = (struct rc_tally){names[items[i].name], NULL, items[i].count};
    out->n = kept;
    return 0;
}

static struct rc_tallies *tallies_of(struct rc_report *report, uint32_t function, size_t member) {
    return (struct rc_tallies *)((char *)&report->functions[function] + member);
}

static size_t keep_wanted(struct rc_counted *items, size_t n, const bool *wanted) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!wanted || wanted[items[i].function])
            items[kept++] = items[i];
    return kept;
}

/* A list while it is laid down. */
struct settling {
    struct rc_counted *items, *room;
    size_t n, *begin; /* begin: by function or by name */
    uint32_t *ranks;
    const char **names;
};

static int settle(const struct rc_tallying *all, struct rc_report *report, size_t member, struct settling *s) {
    if (rank(all, s->ranks, s->names))
        return -1;
    for (size_t i = 0; i < s->n; i++)
        s->items[i].name = s->ranks[s->items[i].name];
    sort_by(name_of, s->items, s->room, s->n, s->begin, HASH_COUNT(all->names));
    sort_by(function_of, s->room, s->items, s->n, s->begin, report->n_functions);
    for (size_t first = 0, end; first < s->n; first = end) {
        uint32_t function = s->items[first].function;
        for (end = first; end < s->n && s->items[end].function == function;)
            end++;
        if (fill(tallies_of(report, function, member), s->items + first, end - first, s->names))
            return -1;
    }
    return 0;
}

int rc_tallying_settle(struct rc_tallying *all, unsigned list, struct rc_report *report, size_t member,
                       const bool *wanted) {
    size_t n_names = HASH_COUNT(all->names), keys = n_names > report->n_functions ? n_names : report->n_functions;
    size_t n = all->n[list] = keep_wanted(all->items[list], all->n[list], wanted);
    struct settling s = {.items = all->items[list],
                         .n = n,
                         .room = calloc(n + 1, sizeof *s.room),
                         .ranks = malloc((n_names + 1) * sizeof *s.ranks),
                         .names = malloc((n_names + 1) * sizeof *s.names),
                         .begin = malloc((keys + 1) * sizeof *s.begin)};
    int result = s.room && s.ranks && s.names && s.begin ? settle(all, report, member, &s) : -1;
    free(s.room);
    free(s.ranks);
    free(s.names);
    free(s.begin);
    return result;
}

void rc_tallying_close(struct rc_tallying *all) {
    struct rc_tally_name *each, *next;
    HASH_ITER(hh, all->names, each, next) {
        HASH_DEL(all->names, each);
        free(each);
    }
    for (size_t i = 0; i < RC_TALLY_LISTS; i++)
        free(all->items[i]);
}
