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
    *all = (struct rc_tallying){.items = malloc((most + 1) * sizeof *all->items)};
    return all->items ? 0 : -1;
}

int rc_tallying_add(struct rc_tallying *all, uint32_t function, const char *name, uint64_t count) {
    uintptr_t place = (uintptr_t)name / 16;
    struct rc_tally_memo *memo = &all->memo[(place ^ place / RC_TALLY_MEMOS) % RC_TALLY_MEMOS];
    if (memo->name != name)
        *memo = (struct rc_tally_memo){name, number_of(all, name)};
    if (memo->number == RC_NONE)
        return -1;
    all->items[all->n++] = (struct rc_counted){function, memo->number, count};
    return 0;
}

static int by_name(const void *left, const void *right) {
    const struct rc_tally_name *a = *(struct rc_tally_name *const *)left, *b = *(struct rc_tally_name *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* From the names' numbers to their ranks, and the name of each rank. */
static int rank(struct rc_tallying *all, uint32_t *ranks, const char **names) {
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

/* By function, in time that grows with what there is: `begin` has an element for each function, and one more. */
static void sort_by_function(const struct rc_counted *from, struct rc_counted *to, size_t n, size_t *begin,
                             size_t functions) {
    for (size_t i = 0; i < n; i++)
        begin[from[i].function + 1]++;
    for (size_t f = 0; f < functions; f++)
        begin[f + 1] += begin[f];
    for (size_t i = 0; i < n; i++)
        to[begin[from[i].function]++] = from[i];
}

static int by_count(const void *left, const void *right) {
    const struct rc_counted *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return (a->name > b->name) - (a->name < b->name);
}

/* The `n` items are one function's. `sums`: by name, all 0, and so they are left. */
static int fill(struct rc_tallies *out, struct rc_counted *items, size_t n, const char *const *names, uint64_t *sums) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool known = sums[items[i].name] > 0;
        sums[items[i].name] += items[i].count;
        if (!known)
            items[kept++] = items[i];
    }
    for (size_t i = 0; i < kept; i++) {
        items[i].count = sums[items[i].name];
        sums[items[i].name] = 0;
    }
    qsort(items, kept, sizeof *items, by_count);
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

/* Where all of it is to lie that is needed on the way. */
struct rooms {
    struct rc_counted *sorted;
    size_t *begin;      /* by function */
    uint32_t *ranks;    /* by number of a name */
    const char **names; /* by rank */
    uint64_t *sums;     /* by rank */
};

static int settle(struct rc_tallying *all, struct rc_report *report, size_t member, struct rooms *rooms) {
    if (rank(all, rooms->ranks, rooms->names))
        return -1;
    for (size_t i = 0; i < all->n; i++)
        all->items[i].name = rooms->ranks[all->items[i].name];
    sort_by_function(all->items, rooms->sorted, all->n, rooms->begin, report->n_functions);
    for (size_t first = 0, end; first < all->n; first = end) {
        uint32_t function = rooms->sorted[first].function;
        end = rooms->begin[function];
        if (fill(tallies_of(report, function, member), rooms->sorted + first, end - first, rooms->names, rooms->sums))
            return -1;
    }
    return 0;
}

int rc_tallying_settle(struct rc_tallying *all, struct rc_report *report, size_t member) {
    size_t n_names = HASH_COUNT(all->names);
    struct rooms rooms = {.sorted = malloc((all->n + 1) * sizeof *rooms.sorted),
                          .begin = calloc(report->n_functions + 1, sizeof *rooms.begin),
                          .ranks = malloc((n_names + 1) * sizeof *rooms.ranks),
                          .names = malloc((n_names + 1) * sizeof *rooms.names),
                          .sums = calloc(n_names + 1, sizeof *rooms.sums)};
    bool room = rooms.sorted && rooms.begin && rooms.ranks && rooms.names && rooms.sums;
    int result = room ? settle(all, report, member, &rooms) : -1;
    free(rooms.sorted);
    free(rooms.begin);
    free(rooms.ranks);
    free(rooms.names);
    free(rooms.sums);
    return result;
}

void rc_tallying_close(struct rc_tallying *all) {
    struct rc_tally_name *each, *next;
    HASH_ITER(hh, all->names, each, next) {
        HASH_DEL(all->names, each);
        free(each);
    }
    free(all->items);
}
