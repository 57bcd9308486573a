/* A process that forks in the middle of a call: each writes its own part, and the report adds them up. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))

NI static int step(int n) {
    __asm__ volatile("" : "+r"(n));
    return n + 1;
}

NI static int run(int steps) {
    int n = 0;
    for (int i = 0; i < steps; i++)
        n = step(n);
    return n;
}

NI static void child(void) {
    run(500);
}

NI static pid_t split(void) {
    pid_t pid = fork();
    if (pid == 0)
        child();
    return pid;
}

int main(void) {
    run(1000);
    for (int i = 0; i < 3; i++)
        if (split() == 0)
            exit(0);
    while (wait(NULL) > 0)
        ;
    printf("{\"processes\":4,\"functions\":{"
           "\"step\":{\"entries\":2500,\"calls\":2500,\"callers\":{\"run\":2500}},"
           "\"run\":{\"entries\":4,\"calls\":4,\"callers\":{\"main\":1,\"child\":3}},"
           "\"child\":{\"entries\":3,\"calls\":3,\"callers\":{\"split\":3}},"
           "\"split\":{\"entries\":3,\"calls\":3,\"callers\":{\"main\":3}},"
           "\"main\":{\"entries\":1,\"calls\":1}}}\n");
    return 0;
}
