#include "compare/model/tree_rows.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "compare/model/build.h"

enum {
    RECURSION_SHOWN = 3, /* a function that calls itself deeper than this is one row */
    ROUNDS_MOST = 16,    /* of rows that wait for each other's places */
    ENTRIES = 1024       /* that are allocated at once */
};

struct row_key {
    uint32_t parent, function;
    uint32_t place, clone, fiber;
};

struct rc_row_entry {
    struct row_key key;
    uint32_t row;
    UT_hash_handle hh;
};

/* Entries live as long as the table: they come in blocks. */
struct rc_row_block {
    struct rc_row_block *before;
    size_t used;
    struct rc_row_entry entries[ENTRIES];
};

static struct rc_row_entry *entry_new(struct rc_rows *rows) {
    if (!rows->blocks || rows->blocks->used == ENTRIES) {
        struct rc_row_block *block = malloc(sizeof *block);
        if (!block)
            return NULL;
        block->before = rows->blocks;
        block->used = 0;
        rows->blocks = block;
    }
    return &rows->blocks->entries[rows->blocks->used++];
}

static void forget_keys(struct rc_rows *rows) {
    HASH_CLEAR(hh, rows->by_key);
    while (rows->blocks) {
        struct rc_row_block *block = rows->blocks;
        rows->blocks = block->before;
        free(block);
    }
}

uint32_t rc_row_get(struct rc_rows *rows, uint32_t parent, const struct rc_tree_row *like) {
    struct row_key key = {parent, like->function, like->place, like->clone, like->fiber};
    struct rc_row_entry *entry = NULL;
    unsigned hash;
    HASH_VALUE(&key, sizeof key, hash);
    HASH_FIND_BYHASHVALUE(hh, rows->by_key, &key, sizeof key, hash, entry);
    if (entry)
        return entry->row;
    if (rows->n >= RC_NONE || rc_grow((void **)&rows->items, rows->n, sizeof *rows->items))
        return RC_NONE;
    entry = entry_new(rows);
    if (!entry)
        return RC_NONE;
    *entry = (struct rc_row_entry){.key = key, .row = (uint32_t)rows->n};
    HASH_ADD_BYHASHVALUE(hh, rows->by_key, key, sizeof key, hash, entry);
    if (!entry->hh.tbl)
        return RC_NONE;
    rows->items[rows->n++] = (struct rc_tree_row){
        .parent = parent, .function = like->function, .place = like->place, .clone = like->clone, .fiber = like->fiber};
    return entry->row;
}

uint32_t rc_row_unknown(struct rc_rows *rows, const struct rc_tree_row *like) {
    struct rc_tree_row root = {.function = RC_NONE, .place = RC_PLACE_NO_AWAITER};
    uint32_t parent = rc_row_get(rows, RC_NONE, &root);
    return parent == RC_NONE ? RC_NONE : rc_row_get(rows, parent, like);
}

void rc_row_add(struct rc_tree_row *to, const struct rc_tree_row *from, bool folded) {
    to->calls += from->calls;
    to->entries += from->entries;
    to->resumes += from->resumes;
    to->idle += from->idle;
    to->internal += from->internal;
    to->recursive += from->recursive + (folded ? from->calls : 0);
    to->linked += from->linked;
    to->passed += from->passed;
    to->passed_ns += from->passed_ns;
    to->moved += from->moved;
    to->own.running += from->own.running;
    to->own.blocked += from->own.blocked;
    to->own.probes += from->own.probes;
    to->own.total += from->own.total;
    to->own_sampled_ns += from->own_sampled_ns;
    to->estimated_ns += folded ? 0 : from->estimated_ns;
    to->time.awaiting += folded ? 0 : from->time.awaiting;
    to->time.queued += folded ? 0 : from->time.queued;
}

static bool calls_itself(const struct rc_rows *rows, uint32_t at) {
    const struct rc_tree_row *row = &rows->items[at];
    if (row->parent == RC_NONE || row->function == RC_NONE || row->fiber)
        return false;
    const struct rc_tree_row *parent = &rows->items[row->parent];
    return parent->function == row->function && parent->clone == row->clone;
}

/* How often in a row each row's function calls itself from there on. */
static uint32_t *measure_recursion(const struct rc_rows *rows) {
    uint32_t *levels = calloc(rows->n + 1, sizeof *levels);
    for (uint32_t r = (uint32_t)rows->n; levels && r-- > 0;) {
        levels[r]++;
        if (calls_itself(rows, r) && levels[rows->items[r].parent] < levels[r])
            levels[rows->items[r].parent] = levels[r];
    }
    return levels;
}

/* Announced calls that never began here: they did before the recording, in the process that this one was forked from,
 * or where nobody saw it. (A context that only passes on is left empty, and goes.) */
static bool began_unseen(const struct rc_report *report, const struct rc_tree_row *row) {
    if (row->function == RC_NONE || row->calls)
        return false;
    const struct rc_function *function = &report->functions[row->function];
    return function->announced && !function->coroutine && !rc_is_doubted(function);
}

/* By function: the one row that its calls stand on, RC_NONE where there are none or several. */
static uint32_t *find_only_rows(const struct rc_rows *rows, const struct rc_report *report) {
    uint32_t *only = calloc(report->n_functions + 1, sizeof *only); /* first 0, then row + 1, then RC_NONE */
    for (uint32_t r = 0; only && r < rows->n; r++) {
        const struct rc_tree_row *row = &rows->items[r];
        if (row->function != RC_NONE && !row->clone && (row->calls || row->entries))
            only[row->function] = only[row->function] ? RC_NONE : r + 1;
    }
    for (size_t f = 0; only && f < report->n_functions; f++)
        only[f] = only[f] == RC_NONE ? RC_NONE : only[f] - 1;
    return only;
}

/* What destroys a coroutine's calls, and what its body called without hooks of its own, belongs to the one row where
 * its calls began, whichever call that was. RC_NONE: there is none, or the row is another matter. */
static uint32_t only_place_of(const struct rc_rows *rows, uint32_t r, const uint32_t *only) {
    const struct rc_tree_row *row = &rows->items[r];
    if (row->function == RC_NONE || row->parent == RC_NONE)
        return RC_NONE;
    bool body = rows->items[row->parent].place == RC_PLACE_NO_AWAITER && !row->calls && !row->entries;
    return row->clone || body ? only[row->function] : RC_NONE;
}

struct settling {
    const struct rc_rows *from;
    const struct rc_report *report;
    uint32_t *levels, *only;
    uint32_t *now; /* RC_NONE: not settled yet */
    bool *deep;
    bool logical;
};

/* 0, or -1: no memory. */
static int settle_row(struct rc_rows *to, struct settling *s, uint32_t r, uint32_t only) {
    const struct rc_tree_row *row = &s->from->items[r];
    uint32_t above = row->parent == RC_NONE ? RC_NONE : s->now[row->parent];
    bool again = calls_itself(s->from, r), folded = again && s->deep[row->parent];
    s->deep[r] = again ? s->deep[row->parent] : s->levels[r] > RECURSION_SHOWN;
    if (folded)
        s->now[r] = above;
    else if (only != RC_NONE)
        s->now[r] = s->now[only];
    else if (s->logical && began_unseen(s->report, row))
        s->now[r] = rc_row_unknown(to, row);
    else
        s->now[r] = rc_row_get(to, above, row);
    if (s->now[r] == RC_NONE)
        return -1;
    rc_row_add(&to->items[s->now[r]], row, folded);
    return 0;
}

/*
 * The place that a row goes to may stand behind it, and may go elsewhere itself: whoever waits for one waits with all
 * beneath it, until a round settles nothing more. Who is left waits for what is beneath itself, and stays.
 */
static int settle_rows(struct rc_rows *to, struct settling *s) {
    size_t settled = 0;
    bool stay = false;
    for (int round = 1; settled < s->from->n; round++) {
        size_t before = settled;
        for (uint32_t r = 0; r < s->from->n; r++) {
            uint32_t parent = s->from->items[r].parent, only = RC_NONE;
            if (s->now[r] != RC_NONE || (parent != RC_NONE && s->now[parent] == RC_NONE))
                continue;
            if (s->logical)
                only = only_place_of(s->from, r, s->only);
            if (only != RC_NONE && s->now[only] == RC_NONE && !stay)
                continue;
            if (settle_row(to, s, r, only != RC_NONE && s->now[only] != RC_NONE ? only : RC_NONE))
                return -1;
            settled++;
        }
        stay = settled == before || round >= ROUNDS_MOST;
    }
    return 0;
}

/* Some row goes elsewhere than under its parent's place. Mostly none does, and then all stay as they lie. */
static bool any_moves(const struct settling *s) {
    for (uint32_t r = 0; r < s->from->n; r++)
        if (s->levels[r] > RECURSION_SHOWN || (s->logical && (only_place_of(s->from, r, s->only) != RC_NONE ||
                                                              began_unseen(s->report, &s->from->items[r]))))
            return true;
    return false;
}

int rc_rows_settle(struct rc_rows *to, struct rc_rows *from, const struct rc_report *report, bool logical,
                   uint32_t **now) {
    forget_keys(from);
    struct settling s = {.from = from,
                         .report = report,
                         .levels = measure_recursion(from),
                         .only = find_only_rows(from, report),
                         .now = calloc(from->n + 1, sizeof *s.now),
                         .deep = calloc(from->n + 1, sizeof *s.deep),
                         .logical = logical};
    bool room = s.levels && s.only && s.now && s.deep, moves = room && any_moves(&s);
    for (uint32_t r = 0; room && r < from->n; r++)
        s.now[r] = moves ? RC_NONE : r;
    int result = room ? 0 : -1;
    if (moves) {
        result = settle_rows(to, &s);
        rc_rows_free(from);
    } else if (room) {
        *to = *from;
        *from = (struct rc_rows){0};
    }
    forget_keys(to);
    free(s.levels);
    free(s.only);
    *now = s.now;
    free(s.deep);
    return result;
}

/* Children stand behind their parents: from the end, each row is complete when it is added to its parent. */
static void sum_up(struct rc_rows *rows, bool *kept) {
    for (uint32_t r = (uint32_t)rows->n; r-- > 0;) {
        struct rc_tree_row *row = &rows->items[r];
        row->time.running += row->own.running;
        row->time.blocked += row->own.blocked;
        row->time.probes += row->own.probes;
        uint64_t inside = row->time.running + row->time.blocked + row->time.probes;
        row->time.total = inside + row->time.awaiting + row->time.queued;
        kept[r] |= row->calls || row->entries || row->time.total;
        if (row->parent == RC_NONE)
            continue;
        struct rc_time *parent = &rows->items[row->parent].time;
        parent->running += row->time.running;
        parent->blocked += row->time.blocked;
        parent->probes += row->time.probes;
        kept[row->parent] |= kept[r];
    }
}

/* Siblings' numbers are sorted by what stands here. */
struct ranking {
    const struct rc_report *report;
    const struct rc_tree_row *rows;
};

static uint64_t inside_of(const struct rc_tree_row *row) {
    return row->time.running + row->time.blocked + row->time.probes;
}

static int by_number(uint64_t a, uint64_t b) {
    return (a < b) - (a > b); /* the larger one first */
}

static int by_rank(const void *left, const void *right, void *context) {
    const struct ranking *in = context;
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    const struct rc_tree_row *a = &in->rows[one], *b = &in->rows[other];
    int order = -by_number(a->place, b->place);
    if (!order)
        order = by_number(inside_of(a), inside_of(b));
    if (!order)
        order = by_number(a->time.total, b->time.total);
    if (!order)
        order = by_number(a->entries, b->entries);
    if (!order)
        order = strcmp(rc_tree_row_name(in->report, a), rc_tree_row_name(in->report, b));
    return order ? order : one < other ? -1 : 1;
}

/* `room`: for as many as there are siblings. */
static void sort_siblings(struct ranking *ranking, uint32_t *first, uint32_t *next, uint32_t *room) {
    size_t n = 0;
    for (uint32_t at = *first; at != RC_NONE; at = next[at])
        room[n++] = at;
    if (n < 2)
        return;
    qsort_r(room, n, sizeof *room, by_rank, ranking);
    *first = room[0];
    for (size_t i = 0; i < n; i++)
        next[room[i]] = i + 1 < n ? room[i + 1] : RC_NONE;
}

/* Lays the kept rows down, each parent before its children; `next` links siblings, `first` leads to the children. */
static void lay_down(struct rc_tree *tree, const struct rc_rows *rows, const uint32_t *first, const uint32_t *next,
                     uint32_t root, uint32_t *shown) {
    uint32_t parent = RC_NONE, depth = 0, at = root;
    while (at != RC_NONE) {
        uint32_t here = (uint32_t)tree->n++;
        tree->rows[here] = rows->items[at];
        shown[at] = here;
        tree->rows[here].parent = parent;
        tree->rows[here].depth = depth;
        tree->rows[here].end = at; /* until it is closed: where it came from */
        if (first[at] != RC_NONE) {
            parent = here;
            depth++;
            at = first[at];
            continue;
        }
        uint32_t open = here;
        do {
            at = next[tree->rows[open].end];
            parent = tree->rows[open].parent;
            depth = tree->rows[open].depth;
            tree->rows[open].end = (uint32_t)tree->n;
            open = parent;
        } while (at == RC_NONE && open != RC_NONE);
    }
}

static int order_kept(struct rc_tree *tree, const struct rc_rows *rows, const struct rc_report *report,
                      const bool *kept, uint32_t *siblings, uint32_t *links, uint32_t *shown) {
    struct ranking ranking = {report, rows->items};
    size_t n = 0;
    uint32_t *first = links, *next = links + rows->n, root = RC_NONE;
    for (uint32_t r = 0; r < rows->n; r++)
        first[r] = next[r] = shown[r] = RC_NONE;
    for (uint32_t r = 0; r < rows->n; r++) {
        uint32_t *head = rows->items[r].parent == RC_NONE ? &root : &first[rows->items[r].parent];
        if (!kept[r])
            continue;
        next[r] = *head;
        *head = r;
        n++;
    }
    tree->rows = calloc(n + 1, sizeof *tree->rows);
    if (!tree->rows)
        return -1;
    sort_siblings(&ranking, &root, next, siblings);
    for (uint32_t r = 0; r < rows->n; r++)
        sort_siblings(&ranking, &first[r], next, siblings);
    lay_down(tree, rows, first, next, root, shown);
    return 0;
}

int rc_rows_order(struct rc_tree *tree, struct rc_rows *rows, const struct rc_report *report, uint32_t **shown) {
    bool *kept = calloc(rows->n + 1, sizeof *kept);
    uint32_t *siblings = calloc(rows->n + 1, sizeof *siblings);
    uint32_t *links = calloc(2 * rows->n + 1, sizeof *links);
    int result = -1;
    *shown = calloc(rows->n + 1, sizeof **shown);
    if (kept && siblings && links && *shown) {
        sum_up(rows, kept);
        result = order_kept(tree, rows, report, kept, siblings, links, *shown);
    }
    free(kept);
    free(siblings);
    free(links);
    return result;
}

void rc_rows_free(struct rc_rows *rows) {
    forget_keys(rows);
    free(rows->items);
    *rows = (struct rc_rows){0};
}
