/*
 * Some of these functions sleep (filter.sh puts the sleep_ ones to sleep): what they call hangs under their callers,
 * and every other count is exact. The program prints its truth for tests/truth/check.c.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#define NI __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))
#define THREADS 3

static _Atomic int leaf_calls, round_calls, deep_calls, handler_leaves, jump_calls, whole_calls, part_calls;
static __thread jmp_buf back;
static void (*sleep_part)(void (*)(void));

NI static void leaf(void) {
    leaf_calls++;
}

NI static void part_leaf(void) {
    part_calls++;
}

/* An exit by a jump, at -O2. */
NI static void sleep_jump(void) {
    leaf();
    leaf();
}

NI static int sleep_value(int x) {
    leaf();
    __asm__ volatile("" : "+r"(x));
    return x + 1;
}

NI static int sleep_deep(int depth) {
    int below = depth ? sleep_deep(depth - 1) : 0;
    __asm__ volatile("" : "+r"(below));
    leaf();
    return below + 1;
}

/* It is left without an exit. */
NI static void sleep_away(void) {
    jump_calls++;
    leaf();
    longjmp(back, 1);
}

NI static int deep(int depth) {
    deep_calls++;
    int below = depth ? deep(depth - 1) : sleep_value(0);
    __asm__ volatile("" : "+r"(below));
    return below;
}

/* Inlined at -O2: its hooks stand in whole's body, beside those of whole. */
static inline int sleep_inlined(int x) {
    __asm__ volatile("" : "+r"(x));
    return x * 3;
}

NI static int whole(int x) {
    whole_calls++;
    return sleep_inlined(x) + sleep_inlined(x + 1);
}

NI static int round_of_all(int i) {
    round_calls++;
    int sum = sleep_value(i);
    sleep_jump();
    sum += sleep_deep(5) + deep(4) + whole(i);
    if (setjmp(back) == 0)
        sleep_away();
    if (sleep_part)
        sleep_part(part_leaf);
    return sum;
}

NI static void handler_leaf(void) {
    handler_leaves++;
}

static void sleep_handler(int number) {
    (void)number;
    handler_leaf();
}

UNSEEN static void *work(void *rounds) {
    for (intptr_t i = 0; i < (intptr_t)rounds; i++)
        if (round_of_all((int)i) != i + 1 + 6 + 1 + (int)(6 * i + 3))
            puts("a sum is wrong");
    return NULL;
}

UNSEEN int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    void *part = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (part)
        *(void **)&sleep_part = dlsym(part, "sleep_part");
    signal(SIGUSR1, sleep_handler);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(intptr_t)200);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 10; i++)
        raise(SIGUSR1);
    printf("{\"functions\":{"
           "\"leaf\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"round_of_all\":%d,\"deep\":%d}},"
           "\"round_of_all\":{\"entries\":%d,\"lost_exits\":0},"
           "\"deep\":{\"entries\":%d,\"lost_exits\":0,\"callers\":{\"round_of_all\":%d,\"deep\":%d}},"
           "\"whole\":{\"entries\":%d,\"callers\":{\"round_of_all\":%d}},"
           "\"part_leaf\":{\"entries\":%d,\"callers\":{\"round_of_all\":%d}},"
           "\"handler_leaf\":{\"entries\":%d}}}\n",
           leaf_calls, leaf_calls, leaf_calls - round_calls, round_calls, round_calls, deep_calls, round_calls,
           deep_calls - round_calls, whole_calls, whole_calls, part_calls, part_calls, handler_leaves);
    return 0;
}
