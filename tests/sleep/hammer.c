/*
 * hammer LIBRARY: threads that call 512 functions for the first time together, while a handler interrupts them and a
 * library comes and goes; each result is held against what no hook has touched. Prints how many were wrong.
 *
 * With "no-files" before LIBRARY no descriptor can be opened, so that code is changed in the second way; with
 * "no-code" no page may become writable and executable either.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "hammer.h"

#define THREADS 4
#define ROUNDS 40
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

static pthread_barrier_t together;
static _Atomic long wrong, handled;

EIGHT_CUBED(FUNCTIONS, 0)

static value_function *const values[] = {EIGHT_CUBED(VALUE_NAME, 0)};
static in_place_function *const places[] = {EIGHT_CUBED(PLACE_NAME, 0)};
enum { FUNCTIONS_COUNT = sizeof values / sizeof *values };

NI static void nothing(void) {
    __asm__ volatile("");
}

/* A jump, and no return: at -O2 its exit hook is reached by one. */
NI static void each_in_place(uint64_t *x, int i) {
    nothing();
    places[i](x);
}

NI static uint64_t down(uint64_t x, int depth) {
    if (depth == 0)
        return x;
    uint64_t below = down(x + 1, depth - 1);
    __asm__ volatile("" : "+r"(below));
    return below + 1;
}

NI static uint64_t hooked_round(uint64_t x) {
    for (int i = 0; i < FUNCTIONS_COUNT; i++) {
        x = values[i](x);
        each_in_place(&x, i);
    }
    return down(x, 20);
}

UNSEEN static uint64_t plain_round(uint64_t x) {
    for (uint64_t i = 0; i < FUNCTIONS_COUNT; i++) {
        x = VALUE(x, i);
        x = IN_PLACE(x, i);
    }
    return x + 40;
}

UNSEEN static void *work(void *number) {
    uint64_t hooked = (uint64_t)(uintptr_t)number, plain = hooked;
    pthread_barrier_wait(&together);
    for (int i = 0; i < ROUNDS; i++) {
        hooked = hooked_round(hooked);
        plain = plain_round(plain);
        wrong += hooked != plain;
    }
    return NULL;
}

static void on_alarm(int number) {
    uint64_t x = (uint64_t)number;
    handled++;
    wrong += down(values[7](x), 3) != VALUE(x, 7) + 6;
}

UNSEEN static void come_and_go(const char *library) {
    for (int i = 0; i < 20; i++) {
        void *object = dlopen(library, RTLD_NOW | RTLD_LOCAL);
        in_place_function *twice = object ? (in_place_function *)dlsym(object, "hammer_twice") : NULL;
        uint64_t x = (uint64_t)i;
        for (int k = 0; twice && k < 100; k++)
            twice(&x);
        uint64_t plain = (uint64_t)i;
        for (int k = 0; k < 200; k++)
            plain = IN_PLACE(plain, 3);
        wrong += x != plain;
        if (object)
            dlclose(object);
    }
}

UNSEEN static const char *forbid(int argc, char **argv) {
    struct rlimit none = {0, 0};
    int no_code = strcmp(argv[1], "no-code") == 0, no_files = strcmp(argv[1], "no-files") == 0;
    if (no_files || no_code)
        setrlimit(RLIMIT_NOFILE, &none);
    if (no_code && prctl(PR_SET_MDWE, 1, 0, 0, 0) != 0) {
        puts("skipped: the kernel has no PR_SET_MDWE");
        exit(77);
    }
    return no_files || no_code ? NULL : argv[argc - 1];
}

UNSEEN int main(int argc, char **argv) {
    pthread_t threads[THREADS];
    struct itimerval often = {{0, 900}, {0, 900}}, never = {{0, 0}, {0, 0}};
    if (argc < 2)
        return 2;
    const char *library = forbid(argc, argv);
    signal(SIGALRM, on_alarm);
    pthread_barrier_init(&together, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    setitimer(ITIMER_REAL, &often, NULL);
    if (library)
        come_and_go(library);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    hooked_round(0); /* alone: what was in dispute is no longer */
    printf("%ld wrong\n", (long)wrong);
    return wrong != 0;
}
