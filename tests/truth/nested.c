/*
 * Signals' handlers that enter functions which are open below them, handlers inside handlers, recursion in each, on the
 * thread's stack and on an alternate one, and one that leaves by siglongjmp. Every delivery is a task of its own: what
 * it calls is recursive only where it was called before in the same delivery.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 10
#define NESTED 4

static int works, works_in_handlers, walks, walks_in_handlers, handlers, alternates, leavers;
static int nesting; /* handlers open */
static double worked_ms, handled_ms;
static sigjmp_buf out;

NI static int walk(int depth) {
    walks++;
    walks_in_handlers += nesting > 0;
    int below = depth > 0 ? walk(depth - 1) + walk(depth - 1) : 0;
    __asm__ volatile("" : "+r"(below));
    return below + 1;
}

NI static void work(int signal) {
    works++;
    works_in_handlers += nesting > 0;
    double start = truth_ms();
    truth_burn(0.3);
    if (!nesting)
        worked_ms += truth_ms() - start;
    if (signal)
        raise(signal);
    walk(2);
}

/* Interrupts work, and calls it, to be interrupted in it again. */
NI static void handler(int number) {
    nesting++;
    handlers++;
    walk(1);
    work(nesting < NESTED ? number : 0);
    nesting--;
}

NI static void alternate(int number) {
    (void)number;
    double start = truth_ms();
    nesting++;
    alternates++;
    work(0);
    nesting--;
    handled_ms += truth_ms() - start;
}

NI static void leaver(int number) {
    (void)number;
    leavers++;
    siglongjmp(out, 1);
}

/* So deep in the stack that a frame of the work that was left, if it were still open, would be further out. */
NI static void reach(void) {
    volatile char room[8192];
    room[0] = 1;
    work(0);
    __asm__ volatile("" : : "r"(room[0]) : "memory");
}

NI static void escape(void) {
    if (sigsetjmp(out, 1) == 0)
        work(SIGTERM);
    reach();
    walk(1);
}

NI static void play(void) {
    work(SIGUSR1);
    work(SIGUSR2);
    escape();
}

int main(void) {
    static char stack[65536];
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternative, NULL);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_NODEFER}, NULL);
    sigaction(SIGUSR2, &(struct sigaction){.sa_handler = alternate, .sa_flags = SA_ONSTACK}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = leaver}, NULL);
    for (int i = 0; i < ROUNDS; i++)
        play();
    /* walk(2) is 7 calls, walk(1) 3; a round has NESTED handlers with one of each, an alternate one with a walk(2), and
     * outside of handlers three walk(2) and a walk(1). The third work is left before it walks. */
    int outside = 7 * 3 + 3, inside = 10 * NESTED + 7;
    if (works != ROUNDS * (4 + NESTED + 1) || walks != ROUNDS * (outside + inside) || handlers != ROUNDS * NESTED ||
        walks_in_handlers != ROUNDS * inside || works_in_handlers != ROUNDS * (NESTED + 1) || leavers != ROUNDS) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    int from_works = works - ROUNDS, own_walks = handlers + ROUNDS;
    printf(
        "{\"functions\":{"
        "\"handler\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":0,\"callers\":{\"[signal]\":%d}},"
        "\"alternate\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":0,\"callers\":{\"[signal]\":%d}},"
        "\"leaver\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":0,\"callers\":{\"[signal]\":%d}},",
        handlers, handlers, handlers, handlers, alternates, alternates, alternates, alternates, leavers, leavers,
        leavers, leavers);
    printf("\"work\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":0,"
           "\"callers\":{\"play\":%d,\"escape\":%d,\"reach\":%d,\"handler\":%d,\"alternate\":%d}},",
           works, works, works_in_handlers, 2 * ROUNDS, ROUNDS, ROUNDS, handlers, alternates);
    printf("\"walk\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"recursive\":%d,"
           "\"callers\":{\"work\":%d,\"handler\":%d,\"escape\":%d,\"walk\":%d}},",
           walks, walks, walks_in_handlers, walks - from_works - own_walks, from_works, handlers, ROUNDS,
           walks - from_works - own_walks);
    printf("\"escape\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"play\":%d}},"
           "\"play\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}}},"
           "\"running_blocked_ms\":{\"alternate\":%.3f}}\n",
           ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, ROUNDS, handled_ms);
    return 0;
}
