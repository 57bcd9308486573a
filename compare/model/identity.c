/*
 * Whether a function that the runtime took for a protothread is one. The runtime saw how a word behaves; the source
 * decides: the word's values are lines of the function, or addresses of its code. What is not proven is said, and its
 * entries are calls.
 */
#include <string.h>

#include "compare/model/build.h"

static bool same_function(const struct rc_symbol *a, const struct rc_symbol *b) {
    return strcmp(a->base, b->base) == 0 && strcmp(a->object, b->object) == 0;
}

/* A label of the function may stand in a part that the compiler moved away. */
static const char *check_addresses(const struct rc_part *part, const struct rc_identity *identity,
                                   const struct rc_symbol *symbol) {
    if (!symbol->size)
        return "there are no symbols to tell where its code ends";
    for (size_t i = 0; i < identity->n_states; i++)
        if (!same_function(part->lookup->find(part->lookup->context, identity->state[i]), symbol))
            return "its states are not all addresses of its own code";
    return NULL;
}

/* The lines of a function's own code, not of what was inlined into it. */
struct own_lines {
    uint32_t last;
    bool hit[RF_STATES_MOST]; /* by a state: there is code on exactly that line */
};

enum { CODE_MOST = 1 << 16, CODE_MOST_OF_ALL = 1 << 24 };

static void find_lines(const struct rc_part *part, const struct rc_identity *identity, const struct rc_symbol *symbol,
                       struct own_lines *lines) {
    void *context = part->lookup->context;
    uint64_t load = identity->fn - rf_address(identity->fn);
    for (uint64_t at = 0; at < symbol->size && at < CODE_MOST; at++) {
        const char *name;
        uint64_t code = symbol->start + at + load;
        struct rc_line line = part->lookup->line(context, code);
        if (!line.file || strcmp(line.file, symbol->file) || part->lookup->inlined(context, code, &name, 1))
            continue;
        if (line.line > lines->last)
            lines->last = line.line;
        for (size_t i = 0; i < identity->n_states; i++)
            lines->hit[i] |= identity->state[i] == line.line;
    }
}

/* Code that several waits share has one of their lines, and of a macro's call over several lines clang's __LINE__ is
 * the last, which holds no code: half of the states must be lines with code. */
static const char *check_lines(struct rc_build *build, const struct rc_part *part, const struct rc_identity *identity,
                               const struct rc_symbol *symbol) {
    struct own_lines lines = {.last = 0};
    size_t hits = 0;
    if (!symbol->file || !symbol->line || !symbol->size)
        return "there is no line information to check its states with";
    if (build->code_looked_at > CODE_MOST_OF_ALL) /* a file may name any number of functions */
        return "too much code had to be looked at for others";
    build->code_looked_at += symbol->size < CODE_MOST ? symbol->size : CODE_MOST;
    find_lines(part, identity, symbol, &lines);
    for (size_t i = 0; i < identity->n_states; i++) {
        if (identity->state[i] < symbol->line || identity->state[i] > lines.last)
            return "its states are not all lines of its source";
        hits += lines.hit[i];
    }
    return 2 * hits >= identity->n_states ? NULL : "its states are not lines of its source that hold code";
}

static const char *check(struct rc_build *build, const struct rc_part *part, const struct rc_identity *identity,
                         const struct rc_symbol *symbol) {
    if (identity->changed)
        return "the word was changed from outside";
    if (identity->unread)
        return "in some entries the word could not be read";
    if (identity->unlisted || !identity->n_states)
        return "its states could not all be kept";
    return identity->width == 8 ? check_addresses(part, identity, symbol) : check_lines(build, part, identity, symbol);
}

static void judge(struct rc_build *build, const struct rc_part *part, const struct rc_identity *identity) {
    const struct rc_symbol *symbol = part->lookup->find(part->lookup->context, identity->fn);
    uint32_t at = rc_function_of(build, symbol);
    if (at == RC_NONE)
        return;
    struct rc_identity_of *known = &build->report->functions[at].identity;
    known->by = RC_EVIDENCE_STATE;
    if (!known->doubt)
        known->doubt = check(build, part, identity, symbol);
    known->addresses = identity->width == 8;
    known->offset = identity->offset;
    known->objects += identity->objects;
    known->unseen += identity->unseen;
    if (known->states < identity->n_states)
        known->states = identity->n_states; /* of several processes: the same ones, mostly */
}

/* Entries that came before the word was known, on a thread that never came back to tell. */
static void find_untold(struct rc_build *build, const struct rc_part *part, uint32_t n) {
    const struct rc_work *work = &part->work[n];
    if (work->function == RC_NONE || build->report->functions[work->function].identity.by != RC_EVIDENCE_STATE)
        return;
    struct rc_identity_of *known = &build->report->functions[work->function].identity;
    const struct rc_extra *extra = rc_extra_of(part, n);
    uint64_t told = extra->begins + extra->resumes + work->open_any + work->open_passed;
    known->fresh += extra->begins;
    if (part->process->nodes[n].count > told && !known->doubt)
        known->doubt = "of some entries it is not known what they found";
}

void rc_judge_identities(struct rc_build *build) {
    bool any = false;
    for (size_t i = 0; i < build->n_parts; i++)
        for (size_t k = 0; k < build->parts[i].process->n_identities; k++)
            judge(build, &build->parts[i], &build->parts[i].process->identities[k]);
    for (size_t i = 0; i < build->n_parts; i++)
        any |= build->parts[i].process->n_identities > 0;
    for (size_t i = 0; i < build->n_parts && any; i++)
        for (uint32_t n = 0; n < build->parts[i].process->n_nodes; n++)
            find_untold(build, &build->parts[i], n);
    for (size_t f = 0; f < build->report->n_functions; f++) {
        struct rc_function *function = &build->report->functions[f];
        if (function->identity.by != RC_EVIDENCE_STATE)
            function->identity.by = function->coroutine   ? RC_EVIDENCE_FRAME
                                    : function->announced ? RC_EVIDENCE_TOLD
                                                          : RC_EVIDENCE_NONE;
    }
}
