/* Threads that live for less than a period of the sampler do half of the work. record: -F 40 */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "causes.h"

static atomic_bool done;

NI static void brief(void) {
    SPIN(3 * MS);
}

static void *thread(void *argument) {
    brief();
    atomic_store(&done, 1);
    return argument;
}

NI static void steady(void) {
    SPIN(MS / 2);
}

int main(void) {
    while (clock() < 2 * CLOCKS_PER_SEC) { /* some 40 samples, however fast the machine is */
        pthread_t other;
        atomic_store(&done, 0);
        pthread_create(&other, NULL, thread, NULL);
        pthread_detach(other);
        while (!atomic_load(&done))
            steady();
    }
    puts("{\"subject\":\"brief\",\"cause\":\"too_coarse\",\"of\":\"share\",\"part\":0.6,\"disagree\":1,"
         "\"also\":{\"steady\":\"too_coarse\",\"clone3\":\"uninstrumented\"}}"); /* it does take time to make threads */
    return 0;
}
