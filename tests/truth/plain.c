/* Calls that leave without an exit: longjmp, pthread_exit, exit() deep in the stack; recursion, signals, both at once.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))

static jmp_buf back;
static volatile int entered_jumper, entered_leaf, entered_handler, entered_walk, entered_worker, entered_quit,
    entered_cb;
static volatile int walk_from_handler;

NI static void leaf(void) {
    entered_leaf++;
}

NI static void jumper(int depth) {
    entered_jumper++;
    leaf();
    if (depth == 0)
        longjmp(back, 1);
    jumper(depth - 1);
    __asm__ volatile("");
}

NI static void try_jump(void) {
    if (setjmp(back) == 0)
        jumper(4);
    leaf();
}

static volatile int entered_outer;

NI static void inner(void) {
    longjmp(back, 1);
}

/* Comes round at the same height of the stack each time, without an exit in between. */
NI static void outer(void) {
    entered_outer++;
    inner();
    __asm__ volatile("");
}

NI static int walk(int depth) {
    entered_walk++;
    int below = depth > 0 ? walk(depth - 1) + walk(depth - 1) : 0;
    __asm__ volatile("" : "+r"(below));
    return below + 1;
}

NI static void handler(int number) {
    (void)number;
    entered_handler++;
    walk_from_handler += walk(3);
}

NI static void quit_thread(int depth) {
    entered_quit++;
    if (depth == 0)
        pthread_exit(NULL);
    quit_thread(depth - 1);
    __asm__ volatile("");
}

NI static void *worker(void *argument) {
    __atomic_fetch_add((int *)&entered_worker, 1, __ATOMIC_RELAXED);
    if (argument)
        quit_thread(3);
    walk(5);
    return NULL;
}

NI static int compare(const void *a, const void *b) {
    entered_cb++;
    return *(const int *)a - *(const int *)b;
}

NI static void finish(int depth) {
    if (depth > 0) {
        finish(depth - 1);
        __asm__ volatile("");
        return;
    }
    /* walk: 63 a worker, 15 a handler; depth 2 a turn in main is 7 */
    printf("{\"functions\":{"
           "\"jumper\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"try_jump\":100,\"jumper\":400}},"
           "\"leaf\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"jumper\":500,\"try_jump\":100}},"
           "\"handler\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d},"
           "\"walk\":{\"entries\":%d,\"calls\":%d,\"from_signal\":%d,\"callers\":{\"handler\":%d,\"worker\":3,\"main\":"
           "50,\"walk\":%d}},"
           "\"outer\":{\"entries\":%d,\"calls\":70,\"recursive\":0,\"callers\":{\"main\":70}},"
           "\"inner\":{\"entries\":70,\"calls\":70,\"callers\":{\"outer\":70}},"
           "\"quit_thread\":{\"entries\":%d,\"calls\":%d,\"recursive\":3},"
           "\"worker\":{\"entries\":%d,\"calls\":%d},"
           "\"compare\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}},"
           "\"try_jump\":{\"entries\":100,\"calls\":100,\"recursive\":0,\"callers\":{\"main\":100}},"
           "\"finish\":{\"entries\":6,\"calls\":6,\"recursive\":5}}}\n",
           entered_jumper, entered_jumper, 400, entered_leaf, entered_leaf, entered_handler, entered_handler,
           entered_handler, entered_walk, entered_walk, walk_from_handler, entered_handler,
           entered_walk - entered_handler - 53, entered_outer, entered_quit, entered_quit, entered_worker,
           entered_worker, entered_cb, entered_cb, entered_cb);
    fflush(stdout);
    exit(0);
}

int main(void) {
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 100; i++)
        try_jump();
    for (volatile int i = 0; i < 70; i++)
        if (setjmp(back) == 0)
            outer();
    for (int i = 0; i < 50; i++) {
        walk(2);
        raise(SIGUSR1);
    }
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, worker, i == 0 ? &thread : NULL);
        pthread_join(thread, NULL);
    }
    int numbers[64];
    for (int i = 0; i < 64; i++)
        numbers[i] = i * 37 % 64;
    qsort(numbers, 64, sizeof *numbers, compare);
    finish(5);
}
