/*
 * Threads that end in the middle: cancelled while they wait deep in the stack, cancelled at any instruction, gone
 * through pthread_exit. Their cleanup handlers and the destructors of their data run, and wait a little.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ROUNDS 8
#define DEPTH 5

static pthread_key_t key;
static int waits, blocks, holds, cleanups, gone, spins, leaves, tidied;
static volatile int ready;
static int hole[2];
static double cleaned_ms;

NI static void tidy(void) {
    double start = truth_ms();
    tidied++;
    truth_burn(2);
    cleaned_ms += truth_ms() - start;
}

/* Waits for what never comes. */
NI static void block(int how) {
    char byte;
    blocks++;
    if (how == 0)
        return;
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    if (read(hole[0], &byte, 1) != 0)
        abort();
}

/* So deep in the stack that a frame of block, if it were still open, would be further out. */
NI static void cleanup(void *argument) {
    volatile char room[8192];
    (void)argument;
    room[0] = 1;
    cleanups++;
    tidy();
    block(0);
    __asm__ volatile("" : : "r"(room[0]) : "memory");
}

NI static void data_gone(void *data) {
    (void)data;
    gone++;
}

NI static void wait_deep(int depth) {
    waits++;
    if (depth == 0)
        block(1);
    else
        wait_deep(depth - 1);
    __asm__ volatile("");
}

NI static void hold(int how) {
    holds++;
    pthread_cleanup_push(cleanup, NULL);
    if (how == 0)
        wait_deep(DEPTH);
    if (how == 1)
        pthread_exit(NULL);
    pthread_cleanup_pop(1);
}

NI static void *waiter(void *argument) {
    pthread_setspecific(key, &key);
    hold(argument != NULL);
    return NULL;
}

/* Nothing but its own instructions to be cancelled at. */
NI static void spin(void) {
    spins++;
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    for (;;)
        __asm__ volatile("pause");
}

NI static void *spinner(void *argument) {
    pthread_setspecific(key, &key);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    spin();
    return argument;
}

NI static void leave(int depth) {
    leaves++;
    if (depth == 0)
        pthread_exit(NULL);
    else
        leave(depth - 1);
    __asm__ volatile("");
}

NI static void *leaver(void *argument) {
    leave(DEPTH);
    return argument;
}

/* One thread at a time: nobody else touches the counts. */
NI static void run(void *(*function)(void *), void *argument, int cancelled) {
    pthread_t thread;
    ready = 0;
    pthread_create(&thread, NULL, function, argument);
    if (cancelled) {
        while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
            truth_sleep(0.1);
        pthread_cancel(thread);
    }
    pthread_join(thread, NULL);
}

UNSEEN static void tell_truth(void) {
    if (waits != ROUNDS * (DEPTH + 1) || holds != 2 * ROUNDS || cleanups != holds || blocks != holds + ROUNDS ||
        tidied != holds || gone != 3 * ROUNDS || spins != ROUNDS || leaves != ROUNDS * (DEPTH + 1)) {
        fprintf(stderr, "the program itself is wrong\n");
        exit(3);
    }
    printf("{\"functions\":{"
           "\"wait_deep\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"hold\":%d,\"wait_deep\":%d}},"
           "\"hold\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"waiter\":%d}},",
           waits, waits, waits - ROUNDS, ROUNDS, waits - ROUNDS, holds, holds, holds);
    printf("\"cleanup\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"callers\":{\"hold\":%d},"
           "\"physical_callers\":{\"hold\":%d}},"
           "\"tidy\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"cleanup\":%d}},",
           cleanups, cleanups, cleanups, cleanups, tidied, tidied, tidied);
    printf("\"block\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"wait_deep\":%d,\"cleanup\":%d}},",
           blocks, blocks, ROUNDS, cleanups);
    printf("\"data_gone\":{\"entries\":%d,\"calls\":%d,\"from_signal\":0,\"callers\":{\"[thread]\":%d}},", gone, gone,
           gone);
    printf("\"spin\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"spinner\":%d}},"
           "\"spinner\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"[thread]\":%d}},",
           spins, spins, spins, spins, spins, spins);
    printf("\"leave\":{\"entries\":%d,\"calls\":%d,\"recursive\":%d,\"callers\":{\"leaver\":%d,\"leave\":%d}},"
           "\"waiter\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"[thread]\":%d}},"
           "\"run\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"main\":%d}}},",
           leaves, leaves, leaves - ROUNDS, ROUNDS, leaves - ROUNDS, holds, holds, holds, 4 * ROUNDS, 4 * ROUNDS,
           4 * ROUNDS);
    printf("\"running_blocked_ms\":{\"tidy\":%.3f,\"cleanup\":%.3f}}\n", cleaned_ms, cleaned_ms);
}

int main(void) {
    if (pipe(hole) || pthread_key_create(&key, data_gone))
        return 3;
    for (int i = 0; i < ROUNDS; i++) {
        run(waiter, NULL, 1);
        run(waiter, &key, 0);
        run(spinner, NULL, 1);
        run(leaver, NULL, 0);
    }
    tell_truth();
    return 0;
}
