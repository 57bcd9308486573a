/*
 * eintr THREADS CALLS [tick]: each thread works for 3 to 5 ms and then sleeps for 1 ms, in turn in nanosleep, poll,
 * epoll_wait, read and futex, CALLS times in each. Prints how many of those calls there were, how many failed with
 * EINTR, and the CPU time that the bursts of work took by the threads' own clocks:
 *
 *     {"threads":N,"cpu_s":S,"calls":{"nanosleep":N,…},"eintr":{"nanosleep":N,…}}
 *
 * With "tick" it is its own bad sampler, a signal to each thread every millisecond of wall time: the control that shows
 * that calls fail and are counted when somebody does interrupt them.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum kind { NANOSLEEP, POLL, EPOLL_WAIT, READ, FUTEX, KINDS };
static const char *const names[KINDS] = {"nanosleep", "poll", "epoll_wait", "read", "futex"};
static const struct timespec nap = {0, 1000000};

struct worker {
    pthread_t thread, writer;
    unsigned random;
    int rounds, tick, epoll;
    int ask[2], answer[2]; /* pipes to the helper that ends a read and back */
    uint64_t cpu_ns, calls[KINDS], eintr[KINDS];
    uint64_t writer_calls[KINDS], writer_eintr[KINDS];
    volatile uint32_t sum;
};

static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

__attribute__((noinline)) static uint32_t mix(uint32_t value) {
    return value * 1664525u + 1013904223u;
}

/* 3 to 5 ms, of no fixed length, in steps of some 20 us. */
static void burst(struct worker *w) {
    uint64_t start = cpu_ns(), now = start;
    uint64_t length = 3000000 + (uint64_t)rand_r(&w->random) % 2000000;
    for (; now - start < length; now = cpu_ns())
        for (int i = 0; i < 4000; i++)
            w->sum = mix(w->sum);
    w->cpu_ns += now - start;
}

static void note(uint64_t *calls, uint64_t *eintr, enum kind kind, long result) {
    calls[kind]++;
    if (result < 0 && errno == EINTR)
        eintr[kind]++;
}

/* Ends each of the worker's reads after a nap of its own; its two sleeps count as well. */
static void *write_later(void *argument) {
    struct worker *w = argument;
    char byte;
    for (;;) {
        ssize_t got = read(w->ask[0], &byte, 1);
        if (got == 0)
            return NULL;
        note(w->writer_calls, w->writer_eintr, READ, got);
        if (got < 0)
            continue;
        note(w->writer_calls, w->writer_eintr, NANOSLEEP, nanosleep(&nap, NULL));
        while (write(w->answer[1], &byte, 1) != 1)
            ;
    }
}

static void read_answer(struct worker *w) {
    char byte = 'x';
    while (write(w->ask[1], &byte, 1) != 1)
        ;
    long got;
    do {
        got = read(w->answer[0], &byte, 1);
        note(w->calls, w->eintr, READ, got);
    } while (got < 0);
}

static void sleep_in(struct worker *w, enum kind kind) {
    struct epoll_event event;
    uint32_t word = 0;
    switch (kind) {
    case NANOSLEEP:
        note(w->calls, w->eintr, kind, nanosleep(&nap, NULL));
        break;
    case POLL:
        note(w->calls, w->eintr, kind, poll(NULL, 0, 1));
        break;
    case EPOLL_WAIT:
        note(w->calls, w->eintr, kind, epoll_wait(w->epoll, &event, 1, 1));
        break;
    case READ:
        read_answer(w);
        break;
    default:
        note(w->calls, w->eintr, kind, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &nap, NULL, 0));
        break;
    }
}

static void on_tick(int signal) {
    (void)signal;
}

static void tick(void) {
    struct sigaction action = {.sa_handler = on_tick};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    event._sigev_un._tid = gettid();
    if (sigaction(SIGALRM, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &timer) ||
        timer_settime(timer, 0, &every, NULL))
        abort();
}

static void *work(void *argument) {
    struct worker *w = argument;
    if (w->tick)
        tick();
    for (int round = 0; round < w->rounds; round++)
        for (enum kind kind = 0; kind < KINDS; kind++) {
            burst(w);
            sleep_in(w, kind);
        }
    close(w->ask[1]);
    return NULL;
}

static void start(struct worker *w, unsigned seed, int rounds) {
    w->random = seed;
    w->rounds = rounds;
    w->epoll = epoll_create1(0);
    if (w->epoll < 0 || pipe(w->ask) || pipe(w->answer) || pthread_create(&w->writer, NULL, write_later, w) ||
        pthread_create(&w->thread, NULL, work, w))
        abort();
}

static void print_kinds(const char *name, const uint64_t *values) {
    printf(",\"%s\":{", name);
    for (int kind = 0; kind < KINDS; kind++)
        printf("%s\"%s\":%llu", kind ? "," : "", names[kind], (unsigned long long)values[kind]);
    printf("}");
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1, rounds = argc > 2 ? atoi(argv[2]) : 300;
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    if (!workers)
        return 1;
    uint64_t cpu = 0, calls[KINDS] = {0}, eintr[KINDS] = {0};
    for (int i = 0; i < threads; i++) {
        workers[i].tick = argc > 3;
        start(&workers[i], (unsigned)i + 1, rounds);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        pthread_join(workers[i].writer, NULL);
        cpu += workers[i].cpu_ns;
        for (int kind = 0; kind < KINDS; kind++) {
            calls[kind] += workers[i].calls[kind] + workers[i].writer_calls[kind];
            eintr[kind] += workers[i].eintr[kind] + workers[i].writer_eintr[kind];
        }
    }
    printf("{\"threads\":%d,\"cpu_s\":%.6f", threads, (double)cpu / 1e9);
    print_kinds("calls", calls);
    print_kinds("eintr", eintr);
    printf("}\n");
    free(workers);
    return 0;
}
