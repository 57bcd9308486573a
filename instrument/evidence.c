/*
 * Whether a word behaves as a protothread's state does. In the journal: the function was entered again where it had
 * left, and came to an end or to the same place twice, as a counter never does. In the code: each state is a constant
 * that the function stores, and one that it compares with (or it jumps through a table), as a switch over the state
 * does; that tells it from a capacity, a token or a flag, which are stored and never asked for at the entry.
 *
 * The code is searched byte by byte for the constants and the operations in front of them, not decoded: what is found
 * by accident makes a finding weaker, never a count wrong, for the reader checks the states against the source.
 */
#include "instrument/protothread.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define WINDOW 256u  /* bytes of code read at once */
#define PROLOGUE 96u /* from a function's start to where it names itself */
#define AROUND 8u    /* an operation and its operands stand at most that far in front of a constant */

struct states {
    uint64_t state[RF_STATES_MOST];
    bool stored[RF_STATES_MOST], compared[RF_STATES_MOST];
    uint32_t n;
    bool table; /* the code holds an indirect jump */
};

static bool add_state(struct states *states, uint64_t state) {
    for (uint32_t i = 0; i < states->n; i++)
        if (states->state[i] == state)
            return false;
    if (states->n < RF_STATES_MOST)
        states->state[states->n++] = state;
    return true;
}

static bool follows(const unsigned char *constant, unsigned char operation) {
    for (int back = 2; back <= 7; back++)
        if (constant[-back] == operation)
            return true;
    return false;
}

/* mov $imm, reg (B8+r), or mov $imm to memory (C7 /0, its operand's length between). */
static bool is_store(const unsigned char *constant) {
    if (constant[-1] >= 0xb8 && constant[-1] <= 0xbf && (constant[-2] == 0x66 || (!constant[2] && !constant[3])))
        return true;
    return follows(constant, 0xc7);
}

/* cmp or sub of a constant: 3D and 2D (accumulator), 81 and 83 (any operand). */
static bool is_compare(const unsigned char *constant, unsigned state) {
    unsigned wide = constant[0] | (unsigned)constant[1] << 8;
    if (wide == state && (constant[-1] == 0x3d || constant[-1] == 0x2d || follows(constant, 0x81)))
        return true;
    return constant[0] == state && state < 0x80 && follows(constant, 0x83);
}

/* The first entry of a table is brought to 0 by an addition: 05 (accumulator), 81 and 83, or 8D (lea). */
static bool is_base(const unsigned char *constant, unsigned state) {
    unsigned wide = constant[0] | (unsigned)constant[1] << 8;
    if (wide == ((0u - state) & 0xffff) && (constant[-1] == 0x05 || follows(constant, 0x81) || follows(constant, 0x8d)))
        return true;
    return constant[0] == ((0u - state) & 0xff) && state <= 0x80 &&
           (follows(constant, 0x83) || follows(constant, 0x8d));
}

static bool is_table_jump(const unsigned char *at) {
    return at[0] == 0xff && ((at[1] & 0xf8) == 0xe0 || at[1] == 0x24);
}

static void look_at(struct states *states, const unsigned char *at) {
    unsigned wide = at[0] | (unsigned)at[1] << 8;
    states->table |= is_table_jump(at);
    for (uint32_t i = 0; i < states->n; i++) {
        unsigned state = (unsigned)states->state[i];
        states->stored[i] |= state == wide && is_store(at);
        states->compared[i] |= is_compare(at, state) || is_base(at, state);
    }
}

/* Returns the bytes read, which end before memory that cannot be. */
static unsigned read_code(uint64_t at, unsigned char *window) {
    if (rt_read_safely(at, (uint64_t *)(void *)window, WINDOW / sizeof(uint64_t)))
        return WINDOW;
    unsigned words = (unsigned)((RF_PAGE - (at & (RF_PAGE - 1))) / sizeof(uint64_t));
    if (words < WINDOW / sizeof(uint64_t) && rt_read_safely(at, (uint64_t *)(void *)window, (int)words))
        return words * (unsigned)sizeof(uint64_t);
    return 0;
}

/* What is done with each byte of code; false: it is enough. */
typedef bool code_visit(void *with, const unsigned char *code, uint64_t at);

static void walk_code(uint64_t from, uint64_t end, code_visit *visit, void *with) {
    _Alignas(uint64_t) unsigned char window[WINDOW];
    for (uint64_t at = from; at + AROUND < end; at += WINDOW - 2 * AROUND) {
        unsigned have = read_code(at, window);
        for (unsigned i = AROUND; i + AROUND < have && at + i < end; i++)
            if (!visit(with, window + i, at + i))
                return;
        if (have < WINDOW)
            return;
    }
}

/* A hooked function gives the hook its own address: an instruction that names what lies shortly before it stands in
 * the beginning of another one. lea address(%rip), reg; or mov $address, reg in code that is not relocated. */
static bool find_end(void *with, const unsigned char *code, uint64_t at) {
    uint64_t *end = with, named = 0;
    int32_t distance;
    if (code[0] == 0x48 && code[1] == 0x8d && (code[2] & 0xc7) == 0x05) {
        memcpy(&distance, code + 3, sizeof distance);
        named = at + 7 + (uint64_t)(int64_t)distance;
    } else if (code[0] >= 0xb8 && code[0] <= 0xbf) {
        memcpy(&distance, code + 1, sizeof distance);
        named = (uint64_t)(uint32_t)distance;
    }
    if (named <= *end || named >= at || at - named > PROLOGUE)
        return true;
    *end = named;
    return false;
}

static bool look(void *with, const unsigned char *code, uint64_t at) {
    (void)at;
    look_at(with, code);
    return true;
}

static void search_code(struct states *states, uint64_t fn) {
    uint64_t end = fn;
    walk_code(fn, fn + RT_CODE_MOST, find_end, &end);
    walk_code(fn, end > fn ? end : fn + RT_CODE_MOST, look, states);
}

/* A single state in a table may be any constant; a second one must show. */
static enum rt_finding code_agrees(struct states *states, uint64_t fn) {
    bool compared = true;
    search_code(states, fn);
    for (uint32_t i = 0; i < states->n; i++) {
        if (!states->stored[i] || (!states->compared[i] && !states->table))
            return RT_NEVER;
        compared &= states->compared[i];
    }
    return compared || states->n > 1 ? RT_FOUND : RT_NOT_YET;
}

/* lea label(%rip), reg; or the label as a constant, in code that is not relocated. */
static bool find_label(void *with, const unsigned char *code, uint64_t at) {
    uint64_t *label = with;
    int32_t word;
    bool lea = (code[0] == 0x48 || code[0] == 0x4c) && code[1] == 0x8d && (code[2] & 0xc7) == 0x05;
    memcpy(&word, code + (lea ? 3 : 0), sizeof word);
    if (lea ? at + 7 + (uint64_t)(int64_t)word != *label : (uint64_t)(int64_t)word != *label)
        return true;
    *label = 0;
    return false;
}

/* A saved context holds addresses of the function as well, where it called: a label is one that the code itself names.
 */
static enum rt_finding labels_named(const struct states *states, uint64_t fn) {
    for (uint32_t i = 0; i < states->n; i++) {
        uint64_t label = states->state[i];
        walk_code(fn, fn + RT_CODE_MOST, find_label, &label);
        if (label)
            return RT_NEVER;
    }
    return RT_FOUND;
}

enum rt_finding rt_evidence(struct rt_journal *journal, struct rt_place place) {
    struct states states = {.n = 0};
    uint32_t resumes = 0;
    bool again = false;
    for (uint32_t i = 0; i < journal->n_steps; i++) {
        uint64_t in = rt_state_in(journal->steps[i].in, place), out = rt_state_in(journal->steps[i].out, place);
        resumes += in != 0;
        if (out)
            again |= !add_state(&states, out);
        else
            again |= in != 0;
    }
    if (resumes < 2 || !again)
        return RT_NOT_YET;
    if (place.width == 8)
        return labels_named(&states, journal->fn);
    uint32_t bit = 1u << place.offset / 2;
    if (states.n == 1 && journal->asked & bit)
        return RT_NOT_YET;
    journal->asked |= bit;
    return code_agrees(&states, journal->fn);
}
