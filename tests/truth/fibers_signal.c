/*
 * A scheduler that preempts: the handler of a signal switches away from the fiber that it interrupts, and returns to it
 * turns later. Here the fibers send the signal themselves; with TIMER it comes at any instruction, hooks included.
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define FIBERS 4
#define PIECES 12
#define LEAVES 2000
#define ROOM 65536
#ifdef TIMER
#define SIGNAL SIGALRM
#else
#define SIGNAL SIGUSR1
#endif

/* Its counts are its own: another fiber may run between any two instructions. */
struct fiber {
    ucontext_t context;
    char *stack;
    int done, starts, pieces, preempted;
    unsigned leaves;
    double awaited_ms;
};

static ucontext_t loop;
static struct fiber fibers[FIBERS], *volatile current;
static int delivered, settled, resumes;

NI static void settle(void) {
    settled++;
}

/* The loop's stack is left alone: a signal that was let in while control is on its way to a fiber. */
NI static void preempt(int number) {
    (void)number;
    struct fiber *self = current;
    char here;
    delivered++;
    if (&here < self->stack || &here >= self->stack + ROOM)
        return;
    double left = truth_ms();
    self->preempted++;
    swapcontext(&self->context, &loop);
    self->awaited_ms += truth_ms() - left;
    settle();
}

NI static void leaf(struct fiber *self) {
    self->leaves++;
}

NI static void piece(struct fiber *self) {
    self->pieces++;
    for (int i = 0; i < LEAVES; i++)
        leaf(self);
    truth_burn(0.4);
#ifndef TIMER
    raise(SIGNAL);
#endif
    __asm__ volatile("");
}

NI static void crunch(struct fiber *self) {
    for (int i = 0; i < PIECES; i++)
        piece(self);
    __asm__ volatile("");
}

NI static void start(unsigned high, unsigned low) {
    struct fiber *self = (struct fiber *)((uint64_t)high << 32 | low);
    self->starts++;
    crunch(self);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    self->done = 1;
    setcontext(&loop);
}

NI static void spawn(struct fiber *fiber) {
    getcontext(&fiber->context);
    fiber->stack = malloc(ROOM);
    fiber->context.uc_stack.ss_sp = fiber->stack;
    fiber->context.uc_stack.ss_size = ROOM;
    fiber->context.uc_link = NULL;
    sigdelset(&fiber->context.uc_sigmask, SIGNAL);
    makecontext(&fiber->context, (void (*)(void))start, 2, (unsigned)((uint64_t)fiber >> 32),
                (unsigned)(uint64_t)fiber);
}

NI static void resume(struct fiber *fiber) {
    resumes++;
    current = fiber;
    swapcontext(&loop, &fiber->context);
    __asm__ volatile("");
}

NI static void schedule(void) {
    for (int left = FIBERS; left > 0;)
        for (int i = 0; i < FIBERS; i++)
            if (!fibers[i].done) {
                resume(&fibers[i]);
                left -= fibers[i].done;
            }
}

UNSEEN static void tell_truth(void) {
    int starts = 0, pieces = 0, preempted = 0;
    unsigned leaves = 0;
    double awaited_ms = 0;
    for (int i = 0; i < FIBERS; i++) {
        starts += fibers[i].starts;
        pieces += fibers[i].pieces;
        preempted += fibers[i].preempted;
        leaves += fibers[i].leaves;
        awaited_ms += fibers[i].awaited_ms;
    }
    if (pieces != FIBERS * PIECES || preempted < FIBERS || settled != preempted || resumes != preempted + FIBERS) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf("{\"functions\":{"
           "\"preempt\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":0,"
           "\"callers\":{\"[signal]\":%d}},"
           "\"settle\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"callers\":{\"preempt\":%d}},",
           delivered, delivered, delivered, delivered, settled, settled, settled, settled);
    printf("\"leaf\":{\"entries\":%u,\"calls\":%u,\"from_signal\":0,\"callers\":{\"piece\":%u}},"
           "\"piece\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"recursive\":0,\"callers\":{\"crunch\":%d}},"
           "\"crunch\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"recursive\":0,\"callers\":{\"start\":%d}},",
           leaves, leaves, leaves, pieces, pieces, pieces, starts, starts, starts);
    printf("\"start\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spawn\":%d}},"
           "\"resume\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"recursive\":0,"
           "\"callers\":{\"schedule\":%d}}},",
           starts, starts, starts, resumes, resumes, resumes);
    printf("\"awaiting_ms\":{\"crunch\":%.3f,\"piece\":%.3f}}\n", awaited_ms, awaited_ms);
}

int main(void) {
    struct sigaction action = {.sa_handler = preempt, .sa_flags = SA_RESTART};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGNAL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGNAL, &action, NULL);
    for (int i = 0; i < FIBERS; i++)
        spawn(&fibers[i]);
#ifdef TIMER
    struct itimerval often = {{0, 1500}, {0, 1500}}, never = {0};
    setitimer(ITIMER_REAL, &often, NULL);
    schedule();
    setitimer(ITIMER_REAL, &never, NULL);
#else
    schedule();
#endif
    tell_truth();
    return 0;
}
