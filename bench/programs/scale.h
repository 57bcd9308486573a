/*
 * What the scale programs share: PROGRAM TASKS SWITCHES THREADS keeps TASKS tasks alive at once, evenly on its threads,
 * resumes them in turn SWITCHES times in all, lets them end, and prints as one line of JSON what it did: its own
 * counts, the threads' CPU time for starting and for switching, and its memory while all tasks were alive.
 */
#ifndef RECOUNT_BENCH_SCALE_H
#define RECOUNT_BENCH_SCALE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNSEEN __attribute__((no_instrument_function))
#define NI __attribute__((noinline))

struct share {
    pthread_t thread;
    long tasks, rounds;    /* to do: each task is resumed `rounds` times */
    long started, resumed; /* done, as the tasks count it themselves */
    double start_ns, switch_ns;
    void *own; /* the style's */
};

/* The style's part: all of a share's tasks up to their first wait; one more resume of each; their ends. */
void scale_start(struct share *share);
void scale_round(struct share *share);
void scale_end(struct share *share);
/* Prints the style's truth, the value of "functions". */
void scale_truth(long tasks, long started, long resumed);

static pthread_barrier_t scale_alive, scale_seen;

UNSEEN static inline double scale_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

UNSEEN static inline void *scale_thread(void *argument) {
    struct share *share = (struct share *)argument;
    double before = scale_cpu_ns();
    scale_start(share);
    double started = scale_cpu_ns();
    for (long round = 0; round < share->rounds; round++)
        scale_round(share);
    share->start_ns = started - before;
    share->switch_ns = scale_cpu_ns() - started;
    pthread_barrier_wait(&scale_alive);
    pthread_barrier_wait(&scale_seen);
    scale_end(share);
    return NULL;
}

UNSEEN static inline long scale_memory_kb(const char *name) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kb = -1;
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, name, strlen(name)) == 0)
            kb = atol(line + strlen(name));
    if (status)
        fclose(status);
    return kb;
}

UNSEEN static inline long scale_argument(int argc, char **argv, int i, long otherwise) {
    long value = argc > i ? atol(argv[i]) : otherwise;
    return value > 0 ? value : otherwise;
}

UNSEEN static inline void scale_print(const struct share *shares, long threads, long anonymous, long shared) {
    struct share sum;
    memset(&sum, 0, sizeof sum);
    for (long i = 0; i < threads; i++) {
        sum.tasks += shares[i].tasks;
        sum.started += shares[i].started;
        sum.resumed += shares[i].resumed;
        sum.start_ns += shares[i].start_ns;
        sum.switch_ns += shares[i].switch_ns;
    }
    printf("{\"functions\":{");
    scale_truth(sum.tasks, sum.started, sum.resumed);
    printf("},\"scale\":{\"tasks\":%ld,\"switches\":%ld,\"threads\":%ld,\"start_cpu_ns\":%.0f,\"switch_cpu_ns\":%.0f,"
           "\"anonymous_kb\":%ld,\"shared_kb\":%ld,\"peak_kb\":%ld}}\n",
           sum.tasks, sum.tasks * shares[0].rounds, threads, sum.start_ns, sum.switch_ns, anonymous, shared,
           scale_memory_kb("VmHWM:"));
}

UNSEEN static inline int scale_main(int argc, char **argv) {
    long tasks = scale_argument(argc, argv, 1, 1000), switches = scale_argument(argc, argv, 2, 100000),
         threads = scale_argument(argc, argv, 3, 1);
    struct share *shares = (struct share *)calloc((size_t)threads, sizeof *shares);
    pthread_barrier_init(&scale_alive, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&scale_seen, NULL, (unsigned)threads + 1);
    for (long i = 0; i < threads; i++) {
        shares[i].tasks = tasks / threads;
        shares[i].rounds = switches / tasks ? switches / tasks : 1;
        pthread_create(&shares[i].thread, NULL, scale_thread, &shares[i]);
    }
    pthread_barrier_wait(&scale_alive);
    long anonymous = scale_memory_kb("RssAnon:"), shared = scale_memory_kb("RssShmem:") + scale_memory_kb("RssFile:");
    pthread_barrier_wait(&scale_seen);
    for (long i = 0; i < threads; i++)
        pthread_join(shares[i].thread, NULL);
    scale_print(shares, threads, anonymous, shared);
    free(shares);
    return 0;
}

#endif
