/* A thread that no hook ever runs on does half of the work. */
#include <pthread.h>
#include <stdatomic.h>

#include "causes.h"

static atomic_bool done;

UNSEEN NI static void unhooked(void) {
    for (int i = 0; i < 400; i++)
        SPIN(MS);
}

UNSEEN static void *thread(void *argument) {
    unhooked();
    atomic_store(&done, 1);
    return argument;
}

NI static void hooked(void) {
    SPIN(4 * MS);
}

int main(void) {
    pthread_t other;
    pthread_create(&other, NULL, thread, NULL);
    while (!atomic_load(&done))
        hooked();
    puts("{\"subject\":\"unhooked\",\"cause\":\"uninstrumented\",\"of\":\"share\",\"part\":1,\"disagree\":1}");
    return 0;
}
