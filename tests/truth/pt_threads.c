/*
 * Protothreads of one function on several threads at once, each with objects of its own; then all of them on one other
 * thread, which goes on with what the first ones left.
 */
#include <pthread.h>

#include "pt_lines.h"
#include "truth.h"

#define NI __attribute__((noinline))
#define THREADS 4
#define EACH 50
#define STEPS 5 /* entries of a task: it begins, and is resumed four times */

struct task {
    struct pt pt;
    int step;
};

static struct task tasks[THREADS][EACH];
static int entered[THREADS + 1];
static __thread int self;
static pthread_barrier_t together;

NI static PT_THREAD(task(struct task *own)) {
    entered[self]++;
    PT_BEGIN(&own->pt);
    PT_WAIT_UNTIL(&own->pt, ++own->step == 3);
    PT_WAIT_UNTIL(&own->pt, ++own->step == 5);
    PT_YIELD(&own->pt);
    PT_END(&own->pt);
}

NI static void run(struct task *own, int from, int to) {
    for (int i = from; i < to; i++)
        for (int j = 0; j < EACH; j++)
            task(&own[j]);
}

NI static void *first_part(void *own) {
    self = (int)((struct task(*)[EACH])own - tasks);
    pthread_barrier_wait(&together);
    run(own, 0, STEPS - 2);
    return NULL;
}

NI static void *second_part(void *unused) {
    self = THREADS;
    for (int i = 0; i < THREADS; i++)
        run(tasks[i], STEPS - 2, STEPS);
    return unused;
}

int main(void) {
    pthread_t thread[THREADS], last;
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, first_part, tasks[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    pthread_create(&last, NULL, second_part, NULL);
    pthread_join(last, NULL);
    int all = 0, calls = THREADS * EACH;
    for (int i = 0; i <= THREADS; i++)
        all += entered[i];
    printf("{\"functions\":{\"task\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,"
           "\"callers\":{\"run\":%d}}}}\n",
           all, calls, all - calls, calls, calls);
    return 0;
}
