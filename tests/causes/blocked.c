/* A function that sleeps in the kernel for most of its time, and holds its thread meanwhile. */
#include <time.h>

#include "causes.h"

NI static void sleeps(void) {
    struct timespec pause = {.tv_nsec = 4000000};
    SPIN(MS);
    nanosleep(&pause, NULL);
}

int main(void) {
    for (int i = 0; i < 150; i++)
        sleeps();
    puts("{\"subject\":\"sleeps\",\"cause\":\"blocked\",\"of\":\"time\",\"part\":0.8,\"also\":{\"main\":\"blocked\"}}");
    return 0;
}
