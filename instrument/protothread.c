/*
 * Protothreads, found without edits: a function that goes on where a word behind its first argument says (A. Dunkels,
 * "Protothreads", SenSys 2006). Its entry with that word 0 begins a call, any other resumes one, and what the word
 * holds when it leaves says where it waits. Which functions do so is found by trial (trial.c).
 *
 * The verdicts stand in one table for all threads: a slot is a function's address with what it is above that, written
 * once.
 */
#include "instrument/protothread.h"

#include "instrument/arch.h"

#include "instrument/safe.h"

#define VERDICTS 65536u /* a power of two */
#define REACH 64u
#define NO UINT64_C(0xffff)
#define NOBODY UINT64_C(1)
#define PROTOTHREADS 1024u

static _Atomic uint64_t *verdicts;
static struct rf_identity **identities; /* by their number; complete before a verdict names it */
static _Atomic uint32_t n_identities;

void rt_protothreads_reset(void) {
    verdicts = rt_pages(VERDICTS * sizeof *verdicts);
    identities = rt_pages(PROTOTHREADS * sizeof *identities);
    atomic_store_explicit(&n_identities, 0, memory_order_relaxed);
    rt.identities = (struct rt_pool){
        .kind = RF_IDENTITIES, .record = sizeof(struct rf_identity), .records_next = 7, .records_most = 255};
}

/* A slot stays taken, by no function, so that those behind it are found. */
void rt_protothreads_gone(uint64_t lo, uint64_t hi) {
    for (uint32_t i = 0; verdicts && i < VERDICTS; i++) {
        uint64_t fn = rf_address(atomic_load_explicit(&verdicts[i], memory_order_relaxed));
        if (fn >= lo && fn < hi)
            atomic_store_explicit(&verdicts[i], NOBODY, memory_order_relaxed);
    }
}

/* The function's slot, or the one that it would take; NULL: there is no room. */
static _Atomic uint64_t *slot_of(uint64_t fn) {
    uint64_t slot = (fn >> 2) * UINT64_C(0x9E3779B97F4A7C15) >> 40;
    for (uint64_t i = 0; verdicts && i < REACH; i++) {
        _Atomic uint64_t *here = &verdicts[(slot + i) & (VERDICTS - 1)];
        uint64_t is = atomic_load_explicit(here, memory_order_acquire); /* what it names is complete */
        if (!is || rf_address(is) == fn)
            return here;
    }
    return NULL;
}

enum rt_verdict rt_verdict_of(uint64_t fn, struct rf_identity **identity) {
    const _Atomic uint64_t *slot = slot_of(fn);
    uint64_t is = slot ? atomic_load_explicit(slot, memory_order_acquire) : 0;
    if (!slot || is >> RF_ADDRESS_BITS == NO)
        return RT_NO_PROTOTHREAD;
    if (!is)
        return RT_UNDECIDED;
    *identity = identities[(is >> RF_ADDRESS_BITS) - 1];
    return RT_PROTOTHREAD;
}

/* Another function may take the slot first: then the next one is tried. False: the function had a verdict already. */
static bool pronounce(uint64_t fn, uint64_t what) {
    for (;;) {
        _Atomic uint64_t *slot = slot_of(fn);
        uint64_t empty = 0;
        if (!slot || atomic_load_explicit(slot, memory_order_relaxed))
            return false;
        /* Release: the identity is complete. */
        if (atomic_compare_exchange_strong_explicit(slot, &empty, fn | what << RF_ADDRESS_BITS, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
}

void rt_verdict_no(uint64_t fn) {
    pronounce(fn, NO);
}

void rt_verdict_yes(uint64_t fn, struct rt_place place) {
    struct rf_identity *identity = rt_pool_take(&rt.identities);
    uint32_t number = atomic_fetch_add_explicit(&n_identities, 1, memory_order_relaxed);
    if (!identity || !identities || number >= PROTOTHREADS) {
        __atomic_fetch_add(&rt.process->lost_events, 1, __ATOMIC_RELAXED);
        rt_verdict_no(fn);
        return;
    }
    identity->offset = place.offset;
    identity->width = place.width;
    identities[number] = identity;
    if (pronounce(fn, number + 1))
        __atomic_store_n(&identity->fn, fn, __ATOMIC_RELEASE);
}

uint64_t rt_function_above(uint64_t fn) {
    uint64_t above = UINT64_MAX;
    for (uint32_t i = 0; verdicts && i < VERDICTS; i++) {
        uint64_t is = rf_address(atomic_load_explicit(&verdicts[i], memory_order_relaxed));
        if (is > fn && is < above)
            above = is;
    }
    return above;
}

static void bump(uint64_t *counter) {
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void note_state(struct rf_identity *identity, uint64_t state) {
    for (uint32_t i = 0; i < RF_STATES_MOST; i++) {
        uint64_t is = 0; /* whoever finds the slot empty fills it */
        if (__atomic_compare_exchange_n(&identity->state[i], &is, state, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
            is == state)
            return;
    }
    bump(&identity->unlisted);
}

/* The line stands for the place; an address is noted as the return address that it would be, one byte further. */
static struct rf_await *await_at(struct rt_thread *self, const struct rf_identity *identity, struct rf_node *node,
                                 uint64_t state) {
    bool line = identity->width == 2;
    struct rf_await *await = rt_await_get(self, node, line ? state : state + 1);
    if (await && line)
        await->line = (uint32_t)state;
    return await;
}

/* Where a call waits from here on; `before`: what its state was when the slice began. */
static void leave(struct rt_thread *self, struct rf_identity *identity, struct rf_call *call, struct rf_node *node,
                  uint64_t before, uint64_t state) {
    struct rf_extra *extra = rt_extra_get(self, node);
    call->state_word = state;
    if (!state) {
        call->state = RF_CALL_ENDED;
        if (extra)
            extra->ends++;
        return;
    }
    note_state(identity, state);
    struct rf_await *await = call->await = await_at(self, identity, node, state);
    if (await)
        await->open++;
    if (state == before) {
        if (extra)
            extra->idle++;
        if (await)
            await->idle++;
    }
    __atomic_store_n(&call->ready, 0, __ATOMIC_RELAXED);
    call->state = RF_CALL_SUSPENDED;
}

static bool read_state(const struct rf_identity *identity, uint64_t key, uint64_t *state) {
    uint64_t word;
    *state = 0;
    if (identity->width == 8)
        return rt_read_safely(key, state, 1);
    /* No further than the word itself needs: it may be the last one of its page. */
    uint64_t from = key & ~UINT64_C(7);
    if (!rt_read_safely(from, &word, 1))
        return false;
    memcpy(state, (const char *)&word + (key - from), key - from <= 6 ? 2 : 1);
    return key - from <= 6;
}

void rt_protothread_left(struct rt_thread *self, struct rf_call *call, struct rf_node *logical) {
    struct rf_identity *identity;
    uint64_t state = 0;
    if (call->state != RF_CALL_RUNNING || rt_verdict_of(call->resume_fn, &identity) != RT_PROTOTHREAD)
        return;
    if (!read_state(identity, call->key, &state))
        bump(&identity->unread); /* the object is gone, and the call with it */
    leave(self, identity, call, logical, call->state_word, state);
}

static void begin(struct rt_thread *self, struct rf_identity *identity, struct rf_node *node, uint64_t key,
                  uint64_t state, uint32_t flags) {
    if (!rt_call_find(key))
        bump(&identity->objects);
    struct rf_call *call = rt_call_begin(self, key, node, RF_CALL_STATE | flags);
    if (!call)
        return;
    call->resume_fn = node->fn;
    call->state_word = state;
}

static void resume(struct rt_thread *self, struct rf_identity *identity, struct rf_node *node, uint64_t key,
                   uint64_t state) {
    struct rf_call *call = rt_call_find(key);
    if (!call || call->state != RF_CALL_SUSPENDED || !(call->flags & RF_CALL_STATE) || call->resume_fn != node->fn) {
        bump(&identity->unseen);
        begin(self, identity, node, key, state, RF_CALL_BEGIN_UNSEEN);
        return;
    }
    if (call->state_word != state)
        bump(&identity->changed);
    call->state_word = state;
    rt_call_resume(self, call, rt_ticks());
}

static bool enter_known(struct rt_thread *self, struct rf_identity *identity, struct rf_node *node, uint64_t sp,
                        const uint64_t *object) {
    uint64_t key = object ? *object + identity->offset : 0, state;
    if (!object || !read_state(identity, key, &state)) {
        bump(&identity->unread);
        return false;
    }
    rt_push(self, node, sp);
    struct rf_extra *extra = rt_extra_get(self, node);
    if (extra)
        *(state ? &extra->resumes : &extra->begins) += 1;
    if (state)
        resume(self, identity, node, key, state);
    else
        begin(self, identity, node, key, 0, 0);
    return true;
}

static bool is_pointer(uint64_t value) {
    return value >= RF_PAGE && value < UINT64_C(1) << 47;
}

bool rt_protothread_enter(struct rt_thread *self, struct rf_node *node, uint64_t hook_return, uint64_t sp,
                          const struct rt_registers *registers) {
    struct rf_identity *identity = NULL;
    uint64_t object;
    enum rt_verdict verdict = rt_verdict_of(node->fn, &identity);
    node->flags &= (uint16_t)~RF_NODE_WATCHED;
    if (verdict == RT_NO_PROTOTHREAD)
        return false;
    bool known = rt_first_argument(node->fn, hook_return, sp, registers, &object) && is_pointer(object);
    if (verdict == RT_PROTOTHREAD) {
        node->flags |= RF_NODE_WATCHED;
        rt_trial_end(self, node->fn);
        return enter_known(self, identity, node, sp, known ? &object : NULL);
    }
    if (known && rt_trial_enter(self, node, sp, object)) {
        node->flags |= RF_NODE_WATCHED;
        return true;
    }
    rt_verdict_no(node->fn);
    return false;
}

void rt_protothread_dismiss(struct rt_thread *self, struct rf_node *node) {
    if (!(node->flags & RF_NODE_WATCHED))
        return;
    rt_verdict_no(node->fn);
    rt_trial_end(self, node->fn);
}

/* ---- what was entered before it was known ---- */

static void settle_wait(struct rt_thread *self, struct rf_call *call, uint64_t now) {
    struct rf_extra *extra = rt_extra_get(self, call->node);
    uint64_t waited = now - call->suspended;
    if (extra)
        extra->awaiting_ticks += waited;
    if (call->await) {
        call->await->count++;
        call->await->awaiting_ticks += waited;
    }
}

static void settle_step(struct rt_thread *self, const struct rt_step *step, struct rf_identity *identity, uint64_t fn) {
    struct rt_place place = {identity->offset, identity->width};
    uint64_t key = step->object + place.offset, in = rt_state_in(step->in, place), out = rt_state_in(step->out, place);
    struct rf_extra *extra = rt_extra_get(self, step->node);
    struct rf_call *call = rt_call_find(key);
    if (extra)
        *(in ? &extra->resumes : &extra->begins) += 1;
    if (!call)
        bump(&identity->objects);
    if (!in)
        call = rt_call_adopt(self, key, step->node);
    else if (call)
        settle_wait(self, call, step->in_at);
    if (!call)
        return;
    call->flags = RF_CALL_STATE;
    call->resume_fn = fn;
    call->slices++;
    leave(self, identity, call, call->node, in, out);
    __atomic_store_n(&call->suspended, step->out_at, __ATOMIC_RELEASE);
}

void rt_protothread_settle(struct rt_thread *self, const struct rt_journal *journal, struct rf_identity *identity) {
    for (uint32_t i = 0; i < journal->n_quiet; i++) {
        struct rf_extra *extra = rt_extra_get(self, journal->quiet[i]);
        if (extra) {
            extra->begins++;
            extra->ends++;
        }
    }
    for (uint32_t i = 0; i < journal->n_steps; i++)
        settle_step(self, &journal->steps[i], identity, journal->fn);
}
