/* A handler that takes most of the time of what it interrupts. */
#include <signal.h>

#include "causes.h"

NI static void on_signal(int number) {
    (void)number;
    SPIN(3 * MS);
}

NI static void interrupted(void) {
    SPIN(MS);
    raise(SIGUSR1);
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 100; i++)
        interrupted();
    puts("{\"subject\":\"interrupted\",\"cause\":\"signal_reentry\",\"of\":\"time\",\"part\":0.8,"
         "\"also\":{\"on_signal\":\"signal_reentry\",\"main\":\"signal_reentry\"}}");
    return 0;
}
