/* A function of a nanosecond, called as often as it goes: what is measured is the hooks. */
#include "causes.h"

static volatile unsigned sum;

NI static unsigned tiny(unsigned n) {
    __asm__ volatile("" : "+r"(n));
    return n + 1;
}

NI static void calls(void) {
    for (unsigned i = 0; i < 60000000; i++)
        sum = tiny(i);
}

int main(void) {
    calls();
    puts("{\"subject\":\"calls\",\"cause\":\"probe_effect\",\"of\":\"time\",\"part\":0.6,"
         "\"also\":{\"tiny\":\"probe_effect\",\"main\":\"probe_effect\"}}");
    return 0;
}
