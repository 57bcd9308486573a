/*
 * What a library that switches stacks tells, or instrument/switch.c on libc's behalf: where a stack lies, when it is
 * left. Exported; all of it is async-signal-safe, keeps errno and does nothing on a thread that no hook has run on.
 */
#include "instrument/runtime.h"

#include "instrument/arch.h"
#include "instrument/match.h"

#include "instrument/safe.h"

RT_EXPORT void recount_stack_made(uint64_t lo, uint64_t hi);
RT_EXPORT void recount_stack_switch(uint64_t target_sp, uint64_t from_code);
RT_EXPORT void recount_stack_unwound(uint64_t sp, uint64_t from_code);

static struct rt_thread *known(void) {
    return rt_self == &rt_nobody ? NULL : rt_self;
}

/* A fiber that ended went on where its uc_link led, inside libc: the thread has come to another stack since its last
 * hook. Not asked in a handler on a stack of its own. */
static void arrive(struct rt_thread *self) {
    uint64_t here = (uint64_t)__builtin_frame_address(0);
    const struct rf_stack *stack = self->shared.stack;
    if ((here >= stack->lo && here < stack->hi && rt_stack_is_mine(self)) || self->shared.lo == 0)
        return;
    struct rf_stack *there = rt_stack_of(self, here, 0);
    if (there)
        rt_stack_switch(self, there, 0);
}

/** Memory [lo, hi) is the stack of a fiber that will start afresh; the calling context is the one that made it. */
void recount_stack_made(uint64_t lo, uint64_t hi) {
    struct rt_thread *self = known();
    if (!self || lo >= hi)
        return;
    arrive(self);
    rt_stack_made(self, lo, hi);
}

/*
 * The place of a switch is where the innermost hooked function called what led to it. Its body calls everything with
 * the stack pointer that it called the hook with, so the return address lies right below; if it does, for a body that
 * pushes arguments has moved on.
 */
static uint64_t place_of_call(const struct rt_thread *self, uint64_t from_code) {
    const struct rf_frame *top = self->shared.top;
    const struct rf_stack *stack = self->shared.stack;
    uint64_t here = (uint64_t)__builtin_frame_address(0), fn = top->node->fn;
    if (top == stack->frames || top->sp - 8 <= here || top->sp >= stack->hi || here < stack->lo)
        return from_code;
    uint64_t word;
    memcpy(&word, (const void *)(top->sp - 8), sizeof word);
    return word > fn && word - fn < RT_CODE_REACH ? word : from_code;
}

/** The calling thread goes on where the stack pointer was, or will first be, `target_sp`. */
void recount_stack_switch(uint64_t target_sp, uint64_t from_code) {
    struct rt_thread *self = known();
    if (self)
        arrive(self);
    struct rf_stack *to = self ? rt_stack_of(self, target_sp, 0) : NULL;
    if (to)
        rt_stack_switch(self, to, place_of_call(self, from_code));
}

/**
 * The calling thread goes on in a function whose stack pointer is `sp`: what was called below it, and a signal's
 * handler on a stack of its own, is left without exits. On another stack that is a switch.
 */
void recount_stack_unwound(uint64_t sp, uint64_t from_code) {
    struct rt_thread *self = known();
    if (!self)
        return;
    const struct rf_stack *stack = self->shared.stack;
    if (sp < stack->lo || sp >= stack->hi) {
        if (self->handlers)
            return;
        recount_stack_switch(sp, from_code);
        stack = self->shared.stack;
    }
    uint64_t now = rt_ticks();
    while (self->shared.top > stack->frames &&
           (self->shared.top->sp < sp || self->shared.top->sp < stack->lo || self->shared.top->sp >= stack->hi))
        rt_close_lost(self, now);
}

/*
 * The sanitizers' interface for fibers (sanitizer/common_interface_defs.h, tsan_interface.h), which many libraries
 * call under a macro already. Weak: where a sanitizer is linked in, its own definitions win; one that is loaded
 * beside us is found behind us and told as well.
 */
#define WEAK_EXPORT __attribute__((weak)) RT_EXPORT

extern void *dlsym(void *, const char *) __attribute__((weak)); /* a static program has none, and nothing behind us */
#define RTLD_DEFAULT ((void *)0)
#define RTLD_NEXT ((void *)-1L)

typedef void any_function(void);

static void none(void) {
}

/* The sanitizer's own, if one is loaded, which `mark` tells; a second runtime of ours is none. */
static any_function *next(const char *name, const char *mark, any_function *_Atomic *cached) {
    any_function *function = atomic_load_explicit(cached, memory_order_relaxed);
    if (!function) {
        void *found = dlsym && dlsym(RTLD_DEFAULT, mark) ? dlsym(RTLD_NEXT, name) : NULL;
        memcpy(&function, &found, sizeof function); /* POSIX has the two kinds of pointers look alike */
        atomic_store_explicit(cached, function ? function : none, memory_order_relaxed);
    }
    return function == none ? NULL : function;
}

WEAK_EXPORT void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
WEAK_EXPORT void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
WEAK_EXPORT void *__tsan_create_fiber(unsigned flags);
WEAK_EXPORT void __tsan_destroy_fiber(void *fiber);
WEAK_EXPORT void __tsan_switch_to_fiber(void *fiber, unsigned flags);
WEAK_EXPORT void *__tsan_get_current_fiber(void);

/* Bounds are told before the switch, and the switch itself from the stack that it led to. */
static void announce_target(struct rt_thread *self, uint64_t lo, uint64_t hi) {
    struct rf_stack *stack = rt_place_find(lo, hi, NULL);
    if ((lo >= self->own->lo && hi <= self->own->hi) || (stack && stack->exact))
        return;
    if (!stack || stack == self->shared.stack)
        rt_stack_made(self, lo, hi);
    else
        rt_stack_known(stack, lo, hi);
}

void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size) {
    static any_function *_Atomic real;
    void (*start)(void **, const void *, size_t) =
        (void (*)(void **, const void *, size_t))next("__sanitizer_start_switch_fiber", "__asan_init", &real);
    struct rt_thread *self = known();
    if (self) {
        self->switch_site = place_of_call(self, (uint64_t)__builtin_return_address(0));
        if (size)
            announce_target(self, (uint64_t)bottom, (uint64_t)bottom + size);
    }
    if (start)
        start(save, bottom, size);
    else if (save)
        *save = NULL;
}

void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size) {
    static any_function *_Atomic real;
    void (*finish)(void *, const void **, size_t *) =
        (void (*)(void *, const void **, size_t *))next("__sanitizer_finish_switch_fiber", "__asan_init", &real);
    struct rt_thread *self = known();
    const struct rf_stack *from = self ? self->shared.stack : NULL;
    if (finish) {
        finish(save, bottom, size);
    } else {
        if (bottom)
            *bottom = from ? (const void *)from->lo : NULL;
        if (size)
            *size = from ? from->hi - from->lo : 0;
    }
    struct rf_stack *to = self ? rt_stack_of(self, (uint64_t)__builtin_dwarf_cfa(), 0) : NULL;
    if (to)
        rt_stack_switch(self, to, self->switch_site);
}

/* Without bounds: the fiber's stack is the next unknown one that a hook meets after the switch to it. */
void *__tsan_create_fiber(unsigned flags) {
    static any_function *_Atomic real;
    void *(*create)(unsigned) = (void *(*)(unsigned))next("__tsan_create_fiber", "__tsan_init", &real);
    struct rt_thread *self = known();
    if (create)
        return create(flags);
    struct rf_stack *stack = self ? rt_stack_expect(self) : NULL;
    return stack ? (void *)stack : (void *)&rt_nobody;
}

void __tsan_destroy_fiber(void *fiber) {
    static any_function *_Atomic real;
    void (*destroy)(void *) = (void (*)(void *))next("__tsan_destroy_fiber", "__tsan_init", &real);
    struct rt_thread *self = known();
    if (destroy)
        destroy(fiber);
    else if (self && fiber != &rt_nobody)
        rt_stack_gone(self, fiber);
}

void __tsan_switch_to_fiber(void *fiber, unsigned flags) {
    static any_function *_Atomic real;
    void (*leap)(void *, unsigned) = (void (*)(void *, unsigned))next("__tsan_switch_to_fiber", "__tsan_init", &real);
    struct rt_thread *self = known();
    if (leap)
        leap(fiber, flags);
    else if (self)
        self->expected = fiber != &rt_nobody && !((struct rf_stack *)fiber)->hi ? fiber : NULL;
}

void *__tsan_get_current_fiber(void) {
    static any_function *_Atomic real;
    void *(*current)(void) = (void *(*)(void))next("__tsan_get_current_fiber", "__tsan_init", &real);
    const struct rt_thread *self = known();
    if (current)
        return current();
    return self ? self->shared.stack : (void *)&rt_nobody;
}
