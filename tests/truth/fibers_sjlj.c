/*
 * Fibers by setjmp and longjmp. A stack is entered once, by a signal's handler that runs on it and notes where it is;
 * the loop later jumps there, into a handler that has returned long ago. With ANNOUNCED the stacks are entered by
 * makecontext instead.
 */
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#define ROOM 32768
#define AWAIT_POINTS
#define LEAVE()                                                                                                        \
    do {                                                                                                               \
        if (_setjmp(fibers[current]) == 0)                                                                             \
            _longjmp(loop, 1);                                                                                         \
    } while (0)
#define ENTER(i)                                                                                                       \
    do {                                                                                                               \
        if (_setjmp(loop) == 0)                                                                                        \
            _longjmp(fibers[i], 1);                                                                                    \
    } while (0)
#define MAKE(i) make(i)
#ifdef ANNOUNCED
#define FIRST_CALLER "begin"
#define ALSO(n) printf("\"begin\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"make\":%d}},", n, n, n)
#else
#define ALSO(n)                                                                                                        \
    printf("\"on_signal\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"callers\":{\"[signal]\":%d}},", n, n, n, n)
#endif

static jmp_buf loop, fibers[16];
static char stacks[16][ROOM] __attribute__((aligned(64)));
static void make(int i);

#include "fibers.h"

#ifdef ANNOUNCED

static jmp_buf maker;

/* Notes where it is, goes back to make(), and goes on when the loop jumps in. */
NI static void begin(void) {
    if (_setjmp(fibers[current]) == 0)
        _longjmp(maker, 1);
    fiber_main();
    _longjmp(loop, 1);
}

NI static void make(int i) {
    ucontext_t there;
    current = i;
    getcontext(&there);
    there.uc_stack.ss_sp = stacks[i];
    there.uc_stack.ss_size = ROOM;
    there.uc_link = NULL;
    makecontext(&there, begin, 0);
    if (_setjmp(maker) == 0)
        setcontext(&there);
}

#else

/* Has returned when the loop jumps into it; nobody else uses its stack until then. */
UNSEEN NI static void begin(void) {
    if (_setjmp(fibers[current]) == 0)
        return;
    fiber_main();
    _longjmp(loop, 1);
}

static void on_signal(int number) {
    (void)number;
    begin();
}

NI static void make(int i) {
    stack_t stack = {.ss_sp = stacks[i], .ss_size = ROOM}, before;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    current = i;
    sigaltstack(&stack, &before);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaltstack(&before, NULL);
}

#endif
