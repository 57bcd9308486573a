/*
 * Where coroutine frames are made. A frame's address alone does not tell which call of the ramp it belongs to; that
 * operator new returned it in the middle of the ramp (or of the function that the ramp was inlined into) does. So each
 * code address that allocates is learnt about: does it make coroutine frames?
 *
 *  - The object that it made last is looked at when it makes the next one: a frame begins with two code addresses.
 *  - A coroutine that is resumed for the first time finds its frame among the thread's latest allocations.
 *
 * Either makes the site one of frames; from then on each allocation there is noted as a call that was made and has not
 * run (RF_CALL_MADE). After LOOKS_MOST looks in vain the site is plain for good, and its allocations pass by
 * (frame_made.c).
 */
#include "instrument/runtime.h"

#include <errno.h>

#include "instrument/arch.h"

#include "instrument/safe.h"

#define SITE_BITS 14
#define PROBES 8
#define LOOKS_MOST 16u
#define NEAR (UINT64_C(1) << 24) /* the clones of one coroutine lie in one object's code */
#define UNTIED_MOST (1u << 18)   /* objects noted at one site that never ran: past this it makes other things as well */

/* Any thread may change them; each word stands for itself, and a lost update costs one more look. */
struct site {
    _Atomic uint64_t code;  /* the allocating call's return address | PLAIN or FRAMES; 0: free */
    _Atomic uint64_t last;  /* the object it made last, while it is being learnt about */
    _Atomic uint64_t size;  /* of its objects: a ramp's frames have one size */
    _Atomic uint32_t looks; /* in vain */
    _Atomic uint32_t open;  /* noted less run */
};

#define PLAIN (UINT64_C(1) << 62)
#define FRAMES (UINT64_C(1) << 63)
#define CODE_MASK (~(PLAIN | FRAMES))

static struct site sites[1u << SITE_BITS];

static struct site *site_of(uint64_t code, uint64_t *word) {
    uint64_t at = code * UINT64_C(0x9E3779B97F4A7C15) >> (64 - SITE_BITS);
    for (int i = 0; i < PROBES; i++, at++) {
        struct site *site = &sites[at & ((1u << SITE_BITS) - 1)];
        *word = atomic_load_explicit(&site->code, memory_order_relaxed);
        if (!*word && atomic_compare_exchange_strong_explicit(&site->code, word, code, memory_order_relaxed,
                                                              memory_order_relaxed))
            *word = code;
        if ((*word & CODE_MASK) == code)
            return site;
    }
    return NULL; /* full: what is made there stays untied */
}

static bool is_code(uint64_t address) {
    struct rt_mapping mapping;
    return rt_mapping_of(address, &mapping) && mapping.executable;
}

static bool looks_like_frame(uint64_t object) {
    uint64_t words[2];
    if (!object || !rt_read_safely(object, words, 2) || !words[1])
        return false;
    if (words[0] && (words[0] == words[1] || words[0] - words[1] + NEAR > 2 * NEAR))
        return false;
    return (!words[0] || is_code(words[0])) && is_code(words[1]);
}

/* The innermost call that is still open: below `sp` stand those that an exception left without an exit. */
static struct rf_frame *maker_of(const struct rt_thread *self, uint64_t sp) {
    const struct rf_stack *stack = self->shared.stack;
    struct rf_frame *frame = rt_innermost(self, stack, self->shared.top);
    while (frame > stack->frames && frame->sp < sp)
        frame = rt_outer(self, stack, frame);
    return frame;
}

/* What is known of an allocation at a site of frames becomes a call. */
static void note(struct rt_thread *self, struct site *site, const struct rt_made *made) {
    struct rf_call *call = rt_call_find(made->address);
    if (!call || call->state != RF_CALL_MADE || call->made_at != made->code) {
        if (atomic_load_explicit(&site->open, memory_order_relaxed) >= UNTIED_MOST) {
            rt_call_gone(self, call);
            return;
        }
        atomic_fetch_add_explicit(&site->open, 1, memory_order_relaxed);
    }
    rt_call_made(self, made);
}

/*
 * When a ramp returns, its coroutine has suspended for the first time. So the exit of the call that allocates is
 * waited for. A call that allocates a second frame is no ramp, but has ramps inlined: then the allocation stands for
 * the suspension, as it does where the exit took the fast path, after a call too short to matter.
 */
static void await_exit(struct rt_thread *self, struct rf_frame *frame, const struct rt_made *made) {
    struct rt_ramp *ramp = self->ramps + self->n_ramps;
    while (ramp > self->ramps && ramp[-1].frame >= frame && !(ramp[-1].frame == frame && ramp[-1].call == frame->call))
        ramp--;
    if (ramp > self->ramps && ramp[-1].frame == frame) {
        ramp[-1].address = 0;
    } else if (ramp < self->ramps + RT_RAMPS && frame > self->shared.stack->frames && !(frame->call & RF_CALL_ASYNC)) {
        *ramp++ = (struct rt_ramp){frame, frame->call, made->address, made->begin};
    }
    self->n_ramps = (uint32_t)(ramp - self->ramps);
}

/* The thread's latest allocations, by their address. Others may look: the address is cleared first and stored last. */
static struct rt_made *recent(struct rt_thread *of, uint64_t address) {
    return &of->made[(address >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - RT_MADE_BITS)];
}

static void remember(struct rt_thread *self, const struct rt_made *made) {
    struct rt_made *to = recent(self, made->address);
    __atomic_store_n(&to->address, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&to->maker, made->maker, __ATOMIC_RELAXED);
    __atomic_store_n(&to->code, made->code, __ATOMIC_RELAXED);
    __atomic_store_n(&to->begin, made->begin, __ATOMIC_RELAXED);
    __atomic_store_n(&to->left, made->left, __ATOMIC_RELAXED);
    __atomic_store_n(&to->address, made->address, __ATOMIC_RELEASE);
}

static bool recall(struct rt_thread *of, uint64_t address, struct rt_made *to) {
    struct rt_made *made = recent(of, address);
    if (__atomic_load_n(&made->address, __ATOMIC_ACQUIRE) != address)
        return false;
    to->address = address;
    to->maker = __atomic_load_n(&made->maker, __ATOMIC_RELAXED);
    to->code = __atomic_load_n(&made->code, __ATOMIC_RELAXED);
    to->begin = __atomic_load_n(&made->begin, __ATOMIC_RELAXED);
    to->left = __atomic_load_n(&made->left, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&made->address, __ATOMIC_RELAXED) == address;
}

/* What an allocation tells becomes a call once: two threads may come to know that it was a frame's together, the one
 * that made the next frame at its place and the one that resumes it. Who takes it makes the call, and the other waits
 * for that: some hundred instructions, unless the first one loses its CPU in between. */
#define TAKEN 1u
#define WAITS_MOST (1u << 14)

static bool take_made(struct rt_thread *of, uint64_t address) {
    return __atomic_compare_exchange_n(&recent(of, address)->address, &(uint64_t){address}, address | TAKEN, false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void made_taken(struct rt_thread *of, uint64_t address) {
    __atomic_compare_exchange_n(&recent(of, address)->address, &(uint64_t){address | TAKEN}, 0, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

static void await_taker(struct rt_thread *of, uint64_t address) {
    uint32_t waits = 0;
    while (__atomic_load_n(&recent(of, address)->address, __ATOMIC_ACQUIRE) == (address | TAKEN) &&
           waits++ < WAITS_MOST)
        _mm_pause();
}

/* Whose latest allocations have it, by whomever it is taken; NULL: nobody's. */
static struct rt_thread *maker_thread(struct rt_thread *self, uint64_t address) {
    struct rt_thread *of = self;
    struct rf_thread *other = atomic_load_explicit(&rt.threads, memory_order_acquire);
    while (of && (__atomic_load_n(&recent(of, address)->address, __ATOMIC_ACQUIRE) & ~(uint64_t)TAKEN) != address) {
        of = (struct rt_thread *)other;
        other = other ? other->next : NULL;
    }
    return of;
}

bool rt_ramp_open(const struct rt_thread *self, uint64_t address) {
    const struct rt_ramp *ramp = self->n_ramps ? &self->ramps[self->n_ramps - 1] : NULL;
    return ramp && ramp->frame == self->shared.top && ramp->call == self->shared.top->call && ramp->address == address;
}

void rt_ramp_left(struct rt_thread *self, const struct rf_frame *frame, uint64_t now) {
    while (self->n_ramps && self->ramps[self->n_ramps - 1].frame >= frame) {
        const struct rt_ramp *ramp = &self->ramps[--self->n_ramps];
        if (ramp->frame != frame || ramp->call != frame->call || !ramp->address)
            continue;
        struct rf_call *call = rt_call_find(ramp->address);
        struct rt_made *made = recent(self, ramp->address);
        if (call && call->state == RF_CALL_MADE && call->begin == ramp->begin)
            rt_call_left_by_ramp(call, ramp->begin, now);
        else if (made->address == ramp->address && made->begin == ramp->begin)
            __atomic_store_n(&made->left, now, __ATOMIC_RELAXED);
    }
}

static void becomes_frames(struct site *site, uint64_t code, uint64_t size) {
    atomic_store_explicit(&site->size, size, memory_order_relaxed);
    atomic_store_explicit(&site->code, code | FRAMES, memory_order_relaxed);
}

/* True: the site has just been found to make frames. */
static bool learn(struct rt_thread *self, struct site *site, const struct rt_made *made, uint64_t size) {
    uint64_t last = atomic_exchange_explicit(&site->last, made->address, memory_order_relaxed);
    if (last && last != made->address && size == atomic_load_explicit(&site->size, memory_order_relaxed) &&
        looks_like_frame(last)) {
        struct rt_made before;
        becomes_frames(site, made->code, size);
        if (recall(self, last, &before) && before.code == made->code && take_made(self, last)) {
            const struct rf_call *call = rt_call_find(last);
            if (!call || call->begin < before.begin)
                note(self, site, &before);
            made_taken(self, last);
        }
        return true;
    }
    atomic_store_explicit(&site->size, size, memory_order_relaxed);
    if (last && atomic_fetch_add_explicit(&site->looks, 1, memory_order_relaxed) + 1 >= LOOKS_MOST)
        atomic_store_explicit(&site->code, made->code | PLAIN, memory_order_relaxed);
    return false;
}

static void take(struct rt_thread *self, struct site *site, struct rt_made *made, bool frames, uint64_t size,
                 uint64_t sp) {
    const struct rf_stack *stack = self->shared.stack;
    struct rf_frame *frame = maker_of(self, sp);
    if (sp < stack->lo || sp >= stack->hi || frame->node->flags & RF_NODE_LOST)
        return; /* on a stack that was switched to without a hook since: the context is not known */
    made->maker = frame->node;
    made->begin = made->left = rt_ticks();
    await_exit(self, frame, made);
    if (frames || learn(self, site, made, size)) {
        note(self, site, made);
    } else {
        rt_call_gone(self, rt_call_find(made->address));
        remember(self, made);
    }
}

RT_EXPORT int recount_frame_made(uint64_t address, uint64_t size, uint64_t code, uint64_t sp);

/**
 * operator new returned `address` to the code at `code`, whose stack pointer was `sp`.
 * @return 1: what is made there is never a coroutine's frame, and need not be told again
 */
int recount_frame_made(uint64_t address, uint64_t size, uint64_t code, uint64_t sp) {
    struct rt_thread *self = rt_self;
    uint64_t word;
    if (self == &rt_nobody || !address)
        return 0;
    struct site *site = site_of(code, &word);
    if (!site || word & PLAIN)
        return 1;
    struct rt_made made = {.address = address, .code = code};
    int saved = errno;
    if (!(word & FRAMES) || size == atomic_load_explicit(&site->size, memory_order_relaxed))
        take(self, site, &made, word & FRAMES, size, sp);
    errno = saved;
    return 0;
}

/* What `made` tells, which is this thread's to note; nothing if it is known already, or is not the latest there. */
static void note_taken(struct rt_thread *self, const struct rt_made *made) {
    const struct rf_call *call = rt_call_find(made->address);
    uint64_t word;
    struct site *site = call && call->begin >= made->begin ? NULL : site_of(made->code, &word);
    if (!site)
        return;
    if (!(word & FRAMES))
        becomes_frames(site, made->code, atomic_load_explicit(&site->size, memory_order_relaxed));
    note(self, site, made);
}

struct rf_call *rt_made_find(struct rt_thread *self, uint64_t address) {
    struct rt_made made;
    struct rt_thread *of = maker_thread(self, address);
    if (!of)
        return NULL;
    if (recall(of, address, &made) && take_made(of, address)) {
        note_taken(self, &made);
        made_taken(of, address);
    } else {
        await_taker(of, address);
    }
    struct rf_call *call = rt_call_find(address);
    return call && call->state == RF_CALL_MADE ? call : NULL;
}

void rt_made_ran(uint64_t code) {
    uint64_t word;
    struct site *site = site_of(code, &word);
    if (site && atomic_load_explicit(&site->open, memory_order_relaxed))
        atomic_fetch_sub_explicit(&site->open, 1, memory_order_relaxed);
}

void rt_sites_gone(uint64_t lo, uint64_t hi) {
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        uint64_t word = atomic_load_explicit(&sites[i].code, memory_order_relaxed), code = word & CODE_MASK;
        if (code >= lo && code < hi && word)
            atomic_store_explicit(&sites[i].code, 0, memory_order_relaxed);
    }
}
