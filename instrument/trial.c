/*
 * Functions on trial. A function that takes a pointer may be a protothread, and its first entries on each thread come
 * through the slow path. What they find and leave in the first 64 bytes behind the pointer thins out the places where a
 * state word may be: it was 0 when an object came for the first time, changes only while the function runs, and holds
 * what may be a line or an address in the function's code. Most functions leave none and are as any other at once or
 * after a few entries. A thread's trials are its own.
 */
#include "instrument/protothread.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define TRIALS 4096u /* a power of two */
#define REACH 16u    /* slots that a function may stand in */
#define JOURNALS 8u
#define CODE_REACH (UINT64_C(1) << 16) /* a label is no further from its function's start */

struct trial {
    uint64_t object; /* of the open entry */
    struct rf_node *node;
    uint64_t call; /* its number; 0: none is open */
    uint64_t began;
    uint32_t lines;                      /* places left: bit i is a number at 2 i */
    uint32_t addresses;                  /* bit i is an address at 8 i */
    uint32_t live_lines, live_addresses; /* those where something was left */
    uint32_t n_quiet;
    struct rt_journal *journal; /* from the first entry on that left something */
    struct rf_node *quiet[RT_QUIET_MOST];
};

struct rt_trials {
    uint64_t fn[TRIALS];
    struct trial trial[TRIALS];
    struct rt_journal journals[JOURNALS];
};

static uint32_t slot_of(uint64_t fn) {
    return (uint32_t)((fn >> 2) * UINT64_C(0x9E3779B97F4A7C15) >> 40);
}

static struct trial *find(struct rt_trials *trials, uint64_t fn) {
    uint32_t slot = slot_of(fn);
    for (uint32_t i = 0; i < REACH; i++)
        if (trials->fn[(slot + i) % TRIALS] == fn)
            return &trials->trial[(slot + i) % TRIALS];
    return NULL;
}

static void release(struct rt_thread *self, struct trial *trial) {
    self->watching -= trial->call != 0;
    if (trial->journal)
        trial->journal->taken = 0;
    self->trials->fn[trial - self->trials->trial] = 0;
}

/* A free slot; or that of a function which has shown nothing yet and is as any other from now on. */
static struct trial *start(struct rt_thread *self, uint64_t fn) {
    struct rt_trials *trials = self->trials;
    uint32_t slot = slot_of(fn), at = TRIALS;
    for (uint32_t i = 0; i < REACH; i++) {
        uint32_t here = (slot + i) % TRIALS;
        if (!trials->fn[here]) {
            at = here;
            break;
        }
        if (at == TRIALS && !trials->trial[here].journal && !trials->trial[here].call)
            at = here;
    }
    if (at == TRIALS)
        return NULL;
    if (trials->fn[at])
        rt_verdict_no(trials->fn[at]);
    trials->fn[at] = fn;
    trials->trial[at] = (struct trial){.lines = UINT32_MAX, .addresses = (1u << RT_OBJECT_WORDS) - 1};
    return &trials->trial[at];
}

/* What lies behind the end of readable memory is none of the object's: never 0, so no state either. */
static bool read_object(uint64_t object, uint64_t *words) {
    int most = (int)((RF_PAGE - (object & (RF_PAGE - 1))) / sizeof *words);
    if (rt_read_safely(object, words, RT_OBJECT_WORDS))
        return true;
    memset(words, 0xff, RT_OBJECT_WORDS * sizeof *words);
    return most > 0 && most < RT_OBJECT_WORDS && rt_read_safely(object, words, most);
}

/* Leaves the places whose state passes the test. */
typedef bool state_test(uint64_t fn, uint64_t state, uint64_t before, uint32_t width);
static void thin_out(struct trial *trial, uint64_t fn, const uint64_t *now, const uint64_t *before, state_test *test) {
    static const uint64_t nothing[RT_OBJECT_WORDS];
    before = before ? before : nothing;
    for (uint32_t i = 0; i < 32; i++) {
        struct rt_place place = {2 * i, 2};
        if (trial->lines >> i & 1 && !test(fn, rt_state_in(now, place), rt_state_in(before, place), 2))
            trial->lines &= ~(1u << i);
    }
    for (uint32_t i = 0; i < RT_OBJECT_WORDS; i++) {
        struct rt_place place = {8 * i, 8};
        if (trial->addresses >> i & 1 && !test(fn, rt_state_in(now, place), rt_state_in(before, place), 8))
            trial->addresses &= ~(1u << i);
    }
}

/* An object comes fresh, or as it was left. */
static bool may_come(uint64_t fn, uint64_t state, uint64_t before, uint32_t width) {
    (void)fn;
    (void)width;
    return state == 0 || state == before;
}

static bool may_be_left(uint64_t fn, uint64_t state, uint64_t before, uint32_t width) {
    (void)before;
    if (state == 0)
        return true;
    return width == 2 ? state >= RT_LINE_LEAST && state <= RT_LINE_MOST : state > fn && state - fn < CODE_REACH;
}

/* A piece of a pointer into the heap, a library or a stack is no number. */
static void drop_pointers(struct trial *trial, const uint64_t *words) {
    for (uint32_t i = 0; i < RT_OBJECT_WORDS; i++)
        if (words[i] >> 40 >= 0x55 && words[i] >> 40 <= 0x7f)
            trial->lines &= ~(15u << 4 * i);
}

static const uint64_t *left_before(const struct rt_journal *journal, uint64_t object) {
    for (uint32_t i = journal ? journal->n_steps : 0; i-- > 0;)
        if (journal->steps[i].object == object)
            return journal->steps[i].out;
    return NULL;
}

static bool may_open(struct trial *trial, uint64_t fn, uint64_t object) {
    uint64_t words[RT_OBJECT_WORDS];
    if (trial->call || (object & 1) || !read_object(object, words))
        return false; /* it calls itself: not to be followed here */
    thin_out(trial, fn, words, left_before(trial->journal, object), may_come);
    if (object & 7)
        trial->addresses = 0;
    if (!trial->lines && !trial->addresses)
        return false;
    trial->object = object;
    if (trial->journal)
        memcpy(trial->journal->steps[trial->journal->n_steps].in, words, sizeof words);
    return true;
}

/* The exit must take the slow path: it always does from a frame that is timed. */
static void push_watched(struct rt_thread *self, struct trial *trial, struct rf_node *node, uint64_t sp) {
    struct rf_frame *frame = rt_push(self, node, sp);
    trial->node = node;
    trial->call = frame->call;
    trial->began = rt_ticks();
    if (frame->t0 & 1 || !(frame->t0 & 2))
        frame->t0 = trial->began | 2;
    self->watching++;
}

/* What it was on trial for was unloaded: its contexts have other addresses now. */
static bool is_gone(const struct trial *trial, uint64_t fn) {
    return trial->node && trial->node->fn != fn;
}

static struct trial *get(struct rt_thread *self, uint64_t fn) {
    if (!self->trials)
        self->trials = rt_pages(sizeof *self->trials);
    if (!self->trials)
        return NULL;
    struct trial *trial = find(self->trials, fn);
    if (trial && is_gone(trial, fn)) {
        release(self, trial);
        trial = NULL;
    }
    return trial ? trial : start(self, fn);
}

bool rt_trial_enter(struct rt_thread *self, struct rf_node *node, uint64_t sp, uint64_t object) {
    struct rf_identity *identity;
    if (self->trying || rt_verdict_of(node->fn, &identity) != RT_UNDECIDED) {
        rt_verdict_no(node->fn); /* a handler's entry, in the middle of a trial: nobody could keep its books */
        return false;
    }
    self->trying = 1;
    atomic_signal_fence(memory_order_seq_cst);
    struct trial *trial = get(self, node->fn);
    bool open = trial && may_open(trial, node->fn, object);
    if (open) {
        push_watched(self, trial, node, sp);
    } else {
        rt_verdict_no(node->fn);
        if (trial)
            release(self, trial);
    }
    atomic_signal_fence(memory_order_seq_cst);
    self->trying = 0;
    return open;
}

static struct rt_journal *new_journal(struct rt_trials *trials, const struct trial *trial, uint64_t fn) {
    for (uint32_t i = 0; i < JOURNALS; i++) {
        struct rt_journal *journal = &trials->journals[i];
        if (journal->taken)
            continue;
        journal->taken = 1;
        journal->fn = fn;
        journal->n_steps = journal->asked = 0;
        journal->n_quiet = trial->n_quiet;
        memcpy(journal->quiet, trial->quiet, sizeof journal->quiet);
        memset(journal->steps[0].in, 0, sizeof journal->steps[0].in); /* where a state may be there was none so far */
        return journal;
    }
    return NULL;
}

static void note_life(struct trial *trial, const uint64_t *words) {
    for (uint32_t i = 0; i < 32; i++)
        if (rt_state_in(words, (struct rt_place){2 * i, 2}))
            trial->live_lines |= 1u << i;
    for (uint32_t i = 0; i < RT_OBJECT_WORDS; i++)
        if (words[i])
            trial->live_addresses |= 1u << i;
    trial->live_lines &= trial->lines;
    trial->live_addresses &= trial->addresses;
}

static bool is_alive(const struct trial *trial) {
    return trial->live_lines || trial->live_addresses;
}

/* As far as functions are known by now. */
static uint64_t function_above(const struct rt_trials *trials, uint64_t fn) {
    uint64_t above = rt_function_above(fn);
    for (uint32_t i = 0; i < TRIALS; i++)
        if (trials->fn[i] > fn && trials->fn[i] < above)
            above = trials->fn[i];
    return above;
}

/* Labels lie before the next function; what another function's address is stored for is no protothread's. */
static bool are_labels(const struct rt_trials *trials, const struct rt_journal *journal, struct rt_place place) {
    uint64_t above = function_above(trials, journal->fn);
    for (uint32_t i = 0; i < journal->n_steps; i++)
        if (rt_state_in(journal->steps[i].out, place) >= above)
            return false;
    return true;
}

static enum rt_finding ask(const struct rt_trials *trials, struct trial *trial, struct rt_place place) {
    struct rt_journal *journal = trial->journal;
    if (!rt_state_in(journal->steps[journal->n_steps - 1].in, place))
        return RT_NOT_YET; /* nothing was resumed there now */
    enum rt_finding finding = rt_evidence(journal, place);
    if (finding == RT_FOUND && place.width == 8 && !are_labels(trials, journal, place))
        return RT_NEVER;
    return finding;
}

/* Addresses first: a part of one could pass for a number. */
static bool decide(const struct rt_trials *trials, struct trial *trial, struct rt_place *found) {
    uint32_t *const places[] = {&trial->live_addresses, &trial->live_lines};
    for (int kind = 0; kind < 2; kind++)
        for (uint32_t left = *places[kind]; left; left &= left - 1) {
            uint32_t bit = left & -left, width = kind ? 2 : 8;
            *found = (struct rt_place){width * (uint32_t)__builtin_ctz(bit), width};
            enum rt_finding finding = ask(trials, trial, *found);
            if (finding == RT_FOUND)
                return true;
            if (finding == RT_NEVER) {
                *places[kind] &= ~bit;
                *(kind ? &trial->lines : &trial->addresses) &= ~bit;
            }
        }
    return false;
}

static void add_step(struct trial *trial, const uint64_t *words, uint64_t now) {
    struct rt_step *step = &trial->journal->steps[trial->journal->n_steps++];
    step->node = trial->node;
    step->object = trial->object;
    step->in_at = trial->began;
    step->out_at = now;
    memcpy(step->out, words, sizeof step->out);
}

/* False: the trial is over, without a finding. */
static bool goes_on(struct rt_thread *self, struct trial *trial, uint64_t fn, uint64_t now) {
    uint64_t words[RT_OBJECT_WORDS];
    if (!read_object(trial->object, words))
        return false;
    thin_out(trial, fn, words, NULL, may_be_left);
    drop_pointers(trial, words);
    note_life(trial, words);
    if (!trial->journal && !is_alive(trial)) {
        trial->quiet[trial->n_quiet++] = trial->node;
        return (trial->lines || trial->addresses) && trial->n_quiet < RT_QUIET_MOST;
    }
    if (!trial->journal)
        trial->journal = new_journal(self->trials, trial, fn);
    if (!trial->journal)
        return false;
    add_step(trial, words, now);
    struct rt_place found;
    if (decide(self->trials, trial, &found))
        rt_verdict_yes(fn, found);
    return (trial->lines || trial->addresses) && trial->journal->n_steps < RT_STEPS_MOST;
}

/* What was kept is booked, if the function is known by now: found here, or on another thread. */
static void conclude(struct rt_thread *self, struct trial *trial, uint64_t fn, bool going_on) {
    struct rf_identity *identity;
    enum rt_verdict verdict = rt_verdict_of(fn, &identity);
    if (verdict == RT_UNDECIDED && going_on)
        return;
    if (verdict == RT_UNDECIDED)
        rt_verdict_no(fn);
    if (verdict == RT_PROTOTHREAD && !trial->journal)
        trial->journal = new_journal(self->trials, trial, fn);
    if (verdict == RT_PROTOTHREAD && trial->journal)
        rt_protothread_settle(self, trial->journal, identity);
    release(self, trial);
}

void rt_trial_left(struct rt_thread *self, struct rf_node *node, uint64_t call, uint64_t now) {
    struct trial *trial = self->trying ? NULL : find(self->trials, node->fn);
    if (!trial || trial->node != node || trial->call != call)
        return;
    uint64_t fn = node->fn;
    self->trying = 1;
    atomic_signal_fence(memory_order_seq_cst);
    bool going_on = goes_on(self, trial, fn, now);
    trial->call = 0;
    self->watching--;
    conclude(self, trial, fn, going_on);
    atomic_signal_fence(memory_order_seq_cst);
    self->trying = 0;
}

void rt_trial_end(struct rt_thread *self, uint64_t fn) {
    struct trial *trial = self->trials && !self->trying ? find(self->trials, fn) : NULL;
    if (!trial)
        return;
    self->trying = 1;
    atomic_signal_fence(memory_order_seq_cst);
    conclude(self, trial, fn, false);
    atomic_signal_fence(memory_order_seq_cst);
    self->trying = 0;
}
